"""Job rows of procrastinate, written in the caller's transaction."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

QUEUE = "default"

_DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(%s, %s, 0, NULL, NULL, %s::jsonb, NULL)"
    "::procrastinate_job_to_defer_v1])"
)


def defer(conn: Connection[Any], task: str, arguments: str) -> None:
    """Enqueue a task by name with its arguments (a JSON object); it exists only if the transaction commits."""
    conn.execute(_DEFER, (QUEUE, task, arguments))
