"""What the administrator of the machine asks of the database: jobs and workers, sizes, growth; all of it bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import QueryCanceled

Conn = Connection[Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One job; without its arguments, which may name a patient. `ended` is when it last changed."""

    id: int
    task: str
    status: str
    attempts: int
    scheduled: datetime | None
    ended: datetime | None
    stopping: bool


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task that runs by the clock: when it was last due, and how that run went ("" once it is forgotten)."""

    task: str
    due: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table's bytes with its indexes, and about how many rows it has (-1: never counted)."""

    name: str
    size: int
    rows: int


def job_counts(conn: Conn) -> dict[str, int]:
    """How many jobs there are of each state."""
    rows = conn.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
    return {status: int(count) for status, count in rows}


def jobs(conn: Conn, statuses: Sequence[str], limit: int) -> list[Job]:
    """The newest jobs of these states."""
    rows = conn.execute(
        "SELECT id, task_name, status::text, attempts, scheduled_at,"
        " (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type <> 'scheduled'),"
        " abort_requested FROM procrastinate_jobs j WHERE status::text = ANY(%s) ORDER BY id DESC LIMIT %s",
        (list(statuses), limit),
    )
    return [Job(*row) for row in rows]


def periodic(conn: Conn) -> list[Periodic]:
    """The newest run of every task that runs by the clock."""
    rows = conn.execute(
        "SELECT DISTINCT ON (d.task_name) d.task_name, to_timestamp(d.defer_timestamp),"
        " coalesce(j.status::text, '') FROM procrastinate_periodic_defers d"
        " LEFT JOIN procrastinate_jobs j ON j.id = d.job_id"
        " ORDER BY d.task_name, d.defer_timestamp DESC"
    )
    return [Periodic(*row) for row in rows]


def heartbeats(conn: Conn) -> list[float]:
    """For how many seconds each worker has been silent, the liveliest first."""
    rows = conn.execute(
        "SELECT extract(epoch FROM now() - last_heartbeat) FROM procrastinate_workers ORDER BY 1"
    )
    return [float(row[0]) for row in rows]


def retry(conn: Conn, id: int) -> bool:
    """Put a failed job into the queue again; whether there was one."""
    found = conn.execute(
        "SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)"
        " FROM procrastinate_jobs WHERE id = %s AND status = 'failed'",
        (id,),
    )
    return found.fetchone() is not None


def cancel(conn: Conn, id: int) -> bool:
    """Take a job out of the queue, or ask a running one to stop; whether there was one."""
    row = conn.execute("SELECT procrastinate_cancel_job_v1(%s, true, false)", (id,)).fetchone()
    return row is not None and row[0] is not None


def tables(conn: Conn) -> list[Table]:
    """Every table of ours with its size; rows are PostgreSQL's estimate."""
    rows = conn.execute(
        "SELECT c.relname, pg_total_relation_size(c.oid), c.reltuples::bigint FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
    )
    return [Table(*row) for row in rows]


def database_size(conn: Conn) -> int:
    """Bytes of the whole database."""
    return int(_one(conn, "SELECT pg_database_size(current_database())"))


def server_version(conn: Conn) -> str:
    """What PostgreSQL calls itself."""
    return str(_one(conn, "SHOW server_version"))


def written_since(conn: Conn, since: datetime) -> int:
    """About how many resources were written since then: the planner's estimate, nothing is counted."""
    plan = conn.execute(
        "EXPLAIN (FORMAT JSON) SELECT FROM resource WHERE updated >= %s", (since,)
    ).fetchone()
    if plan is None:
        return 0
    told = plan[0] if isinstance(plan[0], list) else json.loads(plan[0])
    return int(told[0]["Plan"]["Plan Rows"])


def last_done(conn: Conn, actor: str, action: str) -> tuple[datetime, str] | None:
    """When an actor last did something, with the audit's words for it."""
    row = conn.execute(
        "SELECT at, coalesce(detail, type, '') FROM audit WHERE actor = %s AND action = %s"
        " ORDER BY at DESC LIMIT 1",
        (actor, action),
    ).fetchone()
    return None if row is None else (row[0], str(row[1]))


def last_block(conn: Conn) -> int | None:
    """The height of the ledger's newest block."""
    row = conn.execute("SELECT max(height) FROM ledger_block").fetchone()
    return None if row is None else row[0]


@contextmanager
def at_most(conn: Conn, milliseconds: int) -> Iterator[None]:
    """Let what is asked inside take so long; then it is given up with TimeoutError."""
    try:
        with conn.transaction():
            conn.execute("SELECT set_config('statement_timeout', %s, true)", (str(milliseconds),))
            yield
    except QueryCanceled as error:
        raise TimeoutError from error


def _one(conn: Conn, query: Any) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0]
