from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from osler.store import migrate


def _run(url: str, statement: bytes) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _count(url: str, query: bytes) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def empty(fresh_database_url: str) -> str:
    """A database that Osler has never seen."""
    _run(
        fresh_database_url,
        b"DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    )
    return fresh_database_url


def test_everything_is_applied_once_and_recorded(empty: str) -> None:
    assert "0001_record.sql" in migrate.migrate(empty)
    assert migrate.migrate(empty) == ()
    assert _count(empty, b"SELECT count(*) FROM schema_migration") == len(migrate.known())
    assert _count(empty, b"SELECT count(*) FROM procrastinate_jobs") == 0


def test_two_processes_at_once_apply_everything_once(empty: str) -> None:
    done: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(target=lambda: done.append(migrate.migrate(empty))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert sum("0001_record.sql" in names for names in done) == 1


def test_a_newer_schema_is_refused(fresh_database_url: str) -> None:
    _run(
        fresh_database_url,
        b"INSERT INTO schema_migration (part, number, name, sha256)"
        b" VALUES ('osler', 9999, '9999_future.sql', '')",
    )
    with pytest.raises(migrate.SchemaMismatch, match=r"9999_future.sql"):
        migrate.migrate(fresh_database_url)


def test_an_edited_file_is_refused(fresh_database_url: str) -> None:
    _run(
        fresh_database_url,
        b"UPDATE schema_migration SET sha256 = 'other' WHERE name = '0001_record.sql'",
    )
    with pytest.raises(migrate.SchemaMismatch, match=r"0001_record.sql was edited"):
        migrate.migrate(fresh_database_url)


def test_line_endings_are_no_edit() -> None:
    step = next(step for step in migrate.known() if step.part == "osler")
    windows = replace(step, text=step.text.replace(b"\n", b"\r\n"))
    assert windows.sha256 == step.sha256


def test_a_failing_migration_leaves_nothing(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = migrate.Migration(
        "osler", 9000, "9000_broken.sql", b"CREATE TABLE half (a int); SELECT 1/0"
    )
    monkeypatch.setattr(migrate, "known", lambda before=migrate.known: (*before(), broken))
    with pytest.raises(migrate.SchemaMismatch, match=r"9000_broken.sql failed"):
        migrate.migrate(fresh_database_url)
    assert _count(fresh_database_url, b"SELECT count(*) FROM pg_class WHERE relname = 'half'") == 0
    assert (
        _count(fresh_database_url, b"SELECT count(*) FROM schema_migration WHERE number = 9000")
        == 0
    )


def test_what_is_missing_is_said_without_applying_it(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        assert len(migrate.pending(connection)) == len(migrate.known())
        assert migrate.applied(connection) == ()


@pytest.fixture
def limited(empty: str) -> Iterator[str]:
    """A role that may connect to the empty database and no more, as is the default since 15."""
    role = f"limited_{uuid.uuid4().hex}"
    _run(empty, f"CREATE ROLE {role} LOGIN PASSWORD 'known'".encode())
    yield make_conninfo(empty, user=role, password="known")
    _run(empty, f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


@pytest.mark.parametrize("looking", [True, False])
def test_a_role_that_may_not_create_tables_hears_what_to_run(
    empty: str, limited: str, looking: bool
) -> None:
    if looking:
        _run(empty, b"GRANT USAGE ON SCHEMA public TO PUBLIC")
    with pytest.raises(migrate.MayNotCreate) as caught:
        migrate.migrate(limited)
    text = str(caught.value)
    assert "\n" not in text
    assert "known" not in text
    match = re.search(r"GRANT USAGE, CREATE ON SCHEMA public TO \S+(?=;)", text)
    assert match is not None
    _run(empty, match[0].encode())
    assert "0001_record.sql" in migrate.migrate(limited)


def test_a_role_that_may_only_use_the_tables_finds_nothing_to_do(empty: str, limited: str) -> None:
    migrate.migrate(empty)
    _run(
        empty, b"GRANT USAGE ON SCHEMA public TO PUBLIC; GRANT SELECT ON schema_migration TO PUBLIC"
    )
    assert migrate.migrate(limited) == ()
