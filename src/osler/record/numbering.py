"""Numbers that are given out one after the other: the record numbers of a practice."""

from __future__ import annotations

from osler.kit.database import Database
from osler.store import patients


def take(database: Database, name: str) -> int:
    """The next number under a name; nobody else gets it, and one that is not used is lost."""
    with database.connection() as conn, conn.transaction():
        return patients.next_number(conn, name)
