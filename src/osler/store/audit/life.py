"""When the audit was alive: a sign of life that a job renews, and how long there was none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

# Rows are signs of life too; only the newest matter, which the index on the time has at its end.
_LAST = """
    SELECT greatest((SELECT max(alive) FROM audit_life),
                    (SELECT at FROM audit ORDER BY at DESC, seq DESC LIMIT 1)), clock_timestamp()
"""


def renew(conn: Connection[Any], longest: timedelta) -> tuple[datetime, datetime] | None:
    """Say that the audit is alive; (from, to) of the silence before, where that was longer than `longest`.

    Needs a transaction; one process at a time finds a gap.
    """
    conn.execute("LOCK TABLE audit_life IN SHARE ROW EXCLUSIVE MODE")
    row = conn.execute(_LAST).fetchone()
    assert row is not None
    last, now = row
    conn.execute("DELETE FROM audit_life")
    conn.execute("INSERT INTO audit_life (alive) VALUES (%s)", (now,))
    return (last, now) if last is not None and now - last > longest else None
