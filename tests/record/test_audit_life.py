"""The audit's own life: start, stop, and the time in which nothing could be recorded."""

from __future__ import annotations

from osler.access import LOCAL
from osler.kit.database import Database
from osler.record import AuditQuery, AuditRow, Record, audit_life

_OURS = ("audit-started", "audit-stopped", "audit-gap")


def _rows(database: Database) -> list[AuditRow]:
    query = AuditQuery(actions=_OURS, sort="at")
    return list(Record(database).audit(LOCAL, query).rows)


def test_start_stop_and_an_orderly_restart_leave_no_gap(fresh_database: Database) -> None:
    audit_life.started(fresh_database)
    audit_life.beat(fresh_database)
    audit_life.stopped(fresh_database)
    audit_life.started(fresh_database)
    rows = _rows(fresh_database)
    assert [row.action for row in rows] == ["audit-started", "audit-stopped", "audit-started"]
    assert {row.actor for row in rows} == {"system:audit"}


def test_a_silence_is_found_at_the_next_start(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        conn.execute("INSERT INTO audit_life VALUES (now() - interval '3 hours')")
    audit_life.started(fresh_database)
    gap, start = _rows(fresh_database)
    assert (gap.action, start.action) == ("audit-gap", "audit-started")
    assert gap.detail is not None
    assert "(180 minutes)" in gap.detail
    audit_life.beat(fresh_database)
    assert len(_rows(fresh_database)) == 2


def test_rows_are_signs_of_life_too(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        conn.execute("INSERT INTO audit_life VALUES (now() - interval '3 hours')")
    _rows(fresh_database)  # Reading the audit leaves a row.
    audit_life.beat(fresh_database)
    assert _rows(fresh_database) == []


def test_a_beat_finds_the_gap_where_only_the_database_was_away(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        conn.execute("INSERT INTO audit_life VALUES (now() - interval '1 hour')")
    audit_life.beat(fresh_database)
    assert [row.action for row in _rows(fresh_database)] == ["audit-gap"]
