"""`osler keys`: the state of the keys in words and as JSON, and a new master key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.kit.database import Database
from osler.kit.keys import KeySource
from osler.main.cli import run
from osler.record import Create, Record, Storage


def test_status_and_rotation(
    fresh_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OSLER_DATABASE_URL", fresh_database.url)
    monkeypatch.setenv("OSLER_DATA_DIR", str(tmp_path))

    def told(*arguments: str, code: int = 0) -> str:
        assert run(["keys", *arguments]) == code
        return capsys.readouterr().out

    assert "none yet" in told("status")
    record = Record(
        fresh_database,
        documents=Storage(str(tmp_path / "blobs"), KeySource(tmp_path / "master.key")),
    )
    record.commit(LOCAL, [Create(r4.Binary(contentType="text/plain", data="eA=="))])
    before = json.loads(told("status", "--json"))
    assert (before["documents"], before["missing"]) == (1, [])
    done = json.loads(told("rotate", "--forget", "--json"))
    assert (done["rewrapped"], done["forgotten"]) == (1, before["held"])
    assert "1 keys are wrapped with " + done["current"] in told("status")
    (tmp_path / "master.key").unlink()
    told("status", code=1)
    assert run(["keys", "rotate"]) == 1
    assert not (tmp_path / "master.key").exists(), "no new key where one is missing"
