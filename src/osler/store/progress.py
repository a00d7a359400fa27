"""How far loads of files have come, committed together with their rows."""

from __future__ import annotations

from typing import Any

from psycopg import Connection


def mark(conn: Connection[Any], source: str, position: int, done: bool) -> None:
    """Note that everything of `source` before `position` is in the database."""
    conn.execute(
        "INSERT INTO load_progress (source, position, done) VALUES (%s, %s, %s)"
        " ON CONFLICT (source) DO UPDATE SET position = greatest(load_progress.position, excluded.position),"
        " done = load_progress.done OR excluded.done, updated = clock_timestamp()",
        (source, position, done),
    )


def position(conn: Connection[Any], source: str) -> tuple[int, bool]:
    """(position, done) of a load; (0, False) where it never began."""
    row = conn.execute(
        "SELECT position, done FROM load_progress WHERE source = %s", (source,)
    ).fetchone()
    return (int(row[0]), bool(row[1])) if row else (0, False)
