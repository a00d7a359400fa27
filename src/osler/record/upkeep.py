"""Housekeeping that jobs ask for; it touches no clinical content, so it takes no principal."""

from __future__ import annotations

from osler.kit.database import Database
from osler.store import upkeep

_MONTHS_AHEAD = 2


def make_audit_partitions(database: Database) -> int:
    """Have partitions of the audit for this and the next months; how many were new."""
    with database.connection() as conn:
        return upkeep.audit_partitions(conn, _MONTHS_AHEAD)


def analyze(database: Database) -> None:
    """Refresh the planner's statistics; worth it after much was written at once."""
    with database.connection() as conn:
        upkeep.analyze(conn)
