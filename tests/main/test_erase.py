"""`osler erase` on a database of its own: what is asked for goes, a legal hold forbids it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from osler.access import LOCAL
from osler.kit.database import Database
from osler.kit.errors import Conflict, Gone
from osler.main.erase import command
from osler.record import Create, Record
from tests.record.cast import patient


def _run(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setenv("OSLER_DATA_DIR", str(home))
    monkeypatch.setenv("OSLER_DATABASE_URL", database.url)
    done = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_hold_forbids_what_its_release_allows(
    fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(fresh_database)
    made = record.commit(LOCAL, [Create(patient())])[0].version
    assert made is not None
    why = ("--reason", "request of 3 May")
    _run(fresh_database, tmp_path, monkeypatch, "hold", made.id, *why)
    assert made.id in _run(fresh_database, tmp_path, monkeypatch, "holds")
    with pytest.raises(Conflict):
        _run(fresh_database, tmp_path, monkeypatch, "patient", made.id, "--yes", *why)
    _run(fresh_database, tmp_path, monkeypatch, "release", made.id, *why)
    said = _run(fresh_database, tmp_path, monkeypatch, "patient", made.id, "--yes", *why)
    assert said.startswith("Erased: ")
    with pytest.raises(Gone):
        record.vread(LOCAL, "Patient", made.id, 1)
