"""The audit's own life: rows for its start, its stop, and every time in which nothing could be recorded."""

from __future__ import annotations

from datetime import timedelta

from osler.access import LOCAL, Principal
from osler.kit.database import Database
from osler.record.context import who
from osler.store import audit
from osler.store.audit import life
from osler.store.rows import Access

WATCH = Principal("system:audit", "Audit watch")
SILENCE = timedelta(minutes=5)
"""A job renews the sign of life every minute; a longer silence means that the system was down."""


def started(database: Database, what: str = "server") -> None:
    """Record that the system starts, and how long it was down before."""
    _alive(database, [Access("audit-started", detail=what)])


def stopped(database: Database, what: str = "server") -> None:
    """Record that the system stops in an orderly way."""
    _alive(database, [Access("audit-stopped", detail=what)])


def tell(database: Database, accesses: list[Access]) -> None:
    """Record what the operator did to the installation: settings, keys."""
    with database.connection() as conn:
        audit.write(conn, who(LOCAL), accesses)


def beat(database: Database) -> None:
    """Renew the sign of life; where the last one is long ago, the gap is recorded."""
    _alive(database, [])


def _alive(database: Database, accesses: list[Access]) -> None:
    with database.connection() as conn, conn.transaction():
        gap = life.renew(conn, SILENCE)
        if gap is not None:
            since, until = (moment.isoformat(timespec="seconds") for moment in gap)
            minutes = round((gap[1] - gap[0]).total_seconds() / 60)
            detail = f"nothing was recorded from {since} to {until} ({minutes} minutes)"
            accesses = [Access("audit-gap", outcome="transient", detail=detail), *accesses]
        if accesses:
            audit.write(conn, who(WATCH), accesses)
