"""A changed setting is a row of the audit; a secret's value is nowhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.main.configuration import note_changes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="a" * 40)


def _rows(database: Database) -> list[str]:
    with database.connection() as conn:
        found = conn.execute("SELECT detail FROM audit WHERE action = 'config-change' ORDER BY seq")
        return [row[0] for row in found]


def test_a_change_is_noted_once(settings: Settings, fresh_database: Database) -> None:
    assert note_changes(settings, fresh_database) == []
    changed = dataclasses.replace(settings, port=8123)
    note_changes(changed, fresh_database)
    note_changes(changed, fresh_database)
    assert _rows(fresh_database) == ["OSLER_PORT: 8000 to 8123"]


def test_a_secret_is_not_told(settings: Settings, fresh_database: Database) -> None:
    note_changes(settings, fresh_database)
    secret = "postgresql://osler:hunter2@db/osler"
    note_changes(dataclasses.replace(settings, database_url=secret), fresh_database)
    assert _rows(fresh_database) == ["OSLER_DATABASE_URL changed"]
    assert "hunter2" not in (settings.data_dir / "settings.seen.json").read_text()


def test_a_damaged_file_of_what_was_seen_hides_nothing(
    settings: Settings, fresh_database: Database
) -> None:
    (settings.data_dir / "settings.seen.json").write_text("{")
    assert "OSLER_PORT: unknown to 8000" in note_changes(settings, fresh_database)
