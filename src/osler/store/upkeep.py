"""Statements that keep the tables in order; a job runs them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection


def audit_partitions(conn: Connection[Any], ahead: int) -> int:
    """Make the audit's monthly partitions from this month to `ahead` months on; how many were new."""
    row = conn.execute("SELECT audit_partitions(%s)", (ahead,)).fetchone()
    return int(row[0]) if row else 0


def analyze(conn: Connection[Any]) -> None:
    """Let the planner look at the tables anew, as after a large load."""
    conn.execute("ANALYZE")
