"""Questions about the health of the database, each one statement, for `osler doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

Conn = Connection[Any]
_REFERENCES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Dangling:
    """References to resources that are not there: how many, and a few of what they name."""

    count: int
    examples: tuple[str, ...]

    def __add__(self, other: Dangling) -> Dangling:
        """Both together, with no more examples than one has."""
        examples = dict.fromkeys(self.examples + other.examples)
        return Dangling(self.count + other.count, tuple(examples)[:_REFERENCES_SHOWN])


def server_clock(conn: Conn) -> datetime:
    """The server's time now."""
    return _one(conn, "SELECT clock_timestamp()")  # type: ignore[no-any-return]


def unsafe_settings(conn: Conn) -> list[str]:
    """Settings under which a crash or power cut may lose or damage what was confirmed."""
    rows = conn.execute(
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'"
        " OR name = 'synchronous_commit' AND setting = 'off' ORDER BY name"
    )
    return [row[0] for row in rows]


def invalid_indexes(conn: Conn) -> list[str]:
    """Indexes that PostgreSQL does not use because their building broke off."""
    rows = conn.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        " AND indexrelid::regclass::text NOT LIKE 'pg\\_%' ORDER BY 1"
    )
    return [row[0] for row in rows]


def never_analyzed(conn: Conn) -> list[str]:
    """Large tables without statistics, whose queries are planned blindly."""
    rows = conn.execute(
        "SELECT relname FROM pg_stat_user_tables WHERE n_live_tup > 10000"
        " AND last_analyze IS NULL AND last_autoanalyze IS NULL ORDER BY relname"
    )
    return [row[0] for row in rows]


def dangling_references(conn: Conn, types: Sequence[str]) -> Dangling:
    """References in the index, to one of `types`, that lead to nothing or to something deleted."""
    missing = (
        "FROM reference_index i WHERE i.target_type = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM resource r WHERE r.type = i.target_type AND r.id = i.target_id"
        " AND NOT r.deleted)"
    )
    count = conn.execute(sql.SQL("SELECT count(*) ") + sql.SQL(missing), (list(types),)).fetchone()
    rows = conn.execute(
        sql.SQL("SELECT DISTINCT i.target_type || '/' || i.target_id ")
        + sql.SQL(missing)
        + sql.SQL(" LIMIT {}").format(sql.Literal(_REFERENCES_SHOWN)),
        (list(types),),
    )
    return Dangling(count[0] if count else 0, tuple(row[0] for row in rows))


def missing_patients(conn: Conn) -> Dangling:
    """Records about a patient who is not there or deleted.

    Their reference is the column `patient`, not a row of the index. Who is missing comes from the index
    over that column alone; only the records of those are then read.
    """
    row = conn.execute(
        "WITH missing AS MATERIALIZED (SELECT about.id FROM"
        " (SELECT DISTINCT patient AS id FROM resource WHERE patient IS NOT NULL) about"
        " WHERE NOT EXISTS (SELECT FROM resource p WHERE p.type = 'Patient' AND p.id = about.id"
        " AND NOT p.deleted)),"
        " found AS (SELECT r.patient AS id, count(*) AS records FROM missing"
        " JOIN resource r ON r.patient = missing.id WHERE r.type <> 'Patient' AND NOT r.deleted"
        " GROUP BY r.patient)"
        " SELECT coalesce(sum(records), 0),"
        " ARRAY(SELECT 'Patient/' || id FROM found ORDER BY id LIMIT %s) FROM found",
        (_REFERENCES_SHOWN,),
    ).fetchone()
    assert row is not None
    return Dangling(int(row[0]), tuple(row[1]))


def audit_month_ready(conn: Conn) -> bool:
    """Whether next month's accesses have a partition."""
    return bool(
        _one(
            conn,
            "SELECT to_regclass('audit_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month',"
            " 'YYYY_MM')) IS NOT NULL",
        )
    )


def audit_astray(conn: Conn) -> bool:
    """Whether accesses lie in the catch-all partition, which then blocks the making of their month."""
    return bool(_one(conn, "SELECT EXISTS (SELECT FROM audit_default)"))


def jobs_failed(conn: Conn) -> int:
    """Jobs that gave up."""
    return int(_one(conn, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"))


def jobs_waiting(conn: Conn) -> float:
    """For how many seconds the oldest due job has been waiting; 0 without one."""
    return float(
        _one(
            conn,
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)"
            " FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id"
            " AND e.type = 'deferred' WHERE j.status = 'todo'"
            " AND (j.scheduled_at IS NULL OR j.scheduled_at < now())",
        )
    )


def _one(conn: Conn, query: Any) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0]
