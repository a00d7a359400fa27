from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from osler.kit.database import Database
from osler.record import upkeep
from osler.store import jobs
from osler.worker.app import make_app, run


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("procrastinate").setLevel(logging.NOTSET)


def _states(database: Database) -> list[tuple[str, str]]:
    with database.connection() as conn:
        return conn.execute(
            "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"
        ).fetchall()


def test_a_job_deferred_in_a_transaction_is_done(
    fresh_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh_database.connection() as conn, conn.transaction():
        jobs.defer(conn, "search_parameter_changed", '{"type": "SearchParameter", "id": "x"}')
    with caplog.at_level(logging.WARNING, "osler.worker"):
        run(fresh_database.url, once=True)
    assert ("search_parameter_changed", "succeeded") in _states(fresh_database)
    assert "SearchParameter/x changed" in caplog.text


def test_a_job_of_a_rolled_back_transaction_does_not_exist(fresh_database: Database) -> None:
    with fresh_database.connection() as conn, conn.transaction(force_rollback=True):
        jobs.defer(conn, "search_parameter_changed", '{"type": "SearchParameter", "id": "x"}')
    assert _states(fresh_database) == []


def test_every_job_that_the_record_causes_has_a_task(database_url: str) -> None:
    from osler.record import events

    names = {name for tasks in events._CAUSES.values() for name in tasks}
    assert names <= set(make_app(database_url).tasks)


def test_audit_partitions_are_made_ahead(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        row = conn.execute(
            "SELECT max(relname) FROM pg_class WHERE relname ~ '^audit_[0-9]{4}_[0-9]{2}$'"
        ).fetchone()
        assert row is not None
        conn.execute(b"DROP TABLE " + row[0].encode())
    assert upkeep.make_audit_partitions(fresh_database) == 1
    assert upkeep.make_audit_partitions(fresh_database) == 0
