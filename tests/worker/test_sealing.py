"""The sealer that runs beside the queue."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.record import Record, signing
from osler.worker.sealing import Sealer
from tests.ledger.sealed import missing, put, some_record
from tests.record.cast import patient


def _wait(database: Database) -> None:
    deadline = time.monotonic() + 60
    while missing(database):
        assert time.monotonic() < deadline, "not sealed"
        time.sleep(0.02)


def test_it_seals_what_is_written_meanwhile(fresh_database: Database, tmp_path: Path) -> None:
    record = some_record(fresh_database)
    settings = Settings(data_dir=tmp_path)
    with (
        Sealer(fresh_database.url, settings, interval_s=0.02),
        Sealer(fresh_database.url, settings, interval_s=0.02),
    ):
        for n in range(10):
            put(record, patient(f"p{n}"))
        _wait(fresh_database)
    assert (tmp_path / "ledger.key").exists()


def test_it_goes_on_with_a_key_introduced_by_another_process(
    fresh_database: Database, tmp_path: Path
) -> None:
    record = some_record(fresh_database)
    settings = Settings(data_dir=tmp_path)
    with Sealer(fresh_database.url, settings, interval_s=0.02):
        _wait(fresh_database)
        signing.rotate_file(fresh_database, settings)
        put(record, patient("later"))
        _wait(fresh_database)


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the sealer logged."""
    return [one.getMessage() for one in caplog.records if one.name == "osler.ledger"]


def test_trouble_is_said_once_and_ends(
    fresh_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(Record(fresh_database), patient("a"))
    settings = Settings(data_dir=tmp_path)
    key = signing.signer_of(fresh_database, settings)
    assert key.public()
    (tmp_path / "ledger.key").chmod(0o644)
    with (
        caplog.at_level(logging.WARNING, "osler.ledger"),
        Sealer(fresh_database.url, settings, interval_s=0.02),
    ):
        deadline = time.monotonic() + 60
        while not _said(caplog) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        assert len(_said(caplog)) == 1
        assert "chmod 600" in _said(caplog)[0]
        (tmp_path / "ledger.key").chmod(0o600)
        _wait(fresh_database)
