"""What merges of two records of one person remember, by which they can be gone on with and undone."""

from __future__ import annotations

from collections.abc import Sequence

from osler.kit import clock
from osler.kit.database import Database
from osler.store import patients as store
from osler.store.patients import Merge, Move

__all__ = [
    "Merge", "Move", "about", "advance", "begin", "counts", "ended", "get", "kept", "merges", "moved", "note",
    "settle", "tally",
]  # fmt: skip


def begin(database: Database, merge: Merge) -> bool:
    """Write a merge down; False where the one to be replaced is in a merge already."""
    with database.connection() as conn, conn.transaction():
        return store.begin(conn, merge)


def get(database: Database, id: str) -> Merge | None:
    """One merge."""
    with database.connection() as conn:
        return store.get(conn, id)


def merges(database: Database, patient: str) -> list[Merge]:
    """The merges that a patient is or was in, newest first."""
    with database.connection() as conn:
        return store.of_patient(conn, patient)


def advance(database: Database, id: str, state: str) -> None:
    """Say how far a merge has come."""
    with database.connection() as conn, conn.transaction():
        store.advance(conn, id, state, clock.now())


def ended(database: Database, id: str, survivor: int, other: int) -> None:
    """The versions of both Patients that the merge made."""
    with database.connection() as conn, conn.transaction():
        store.ended(conn, id, survivor, other)


def note(database: Database, id: str, moves: Sequence[Move]) -> None:
    """Write down what is about to be moved, with the versions that this will make."""
    with database.connection() as conn, conn.transaction():
        store.note(conn, id, moves)


def moved(database: Database, id: str, limit: int) -> list[Move]:
    """Some of what was moved and is neither back nor kept."""
    with database.connection() as conn:
        return store.moved(conn, id, limit)


def settle(database: Database, id: str, moves: Sequence[Move], state: str) -> None:
    """Say of moves that they went back, or are kept."""
    with database.connection() as conn, conn.transaction():
        store.settle(conn, id, moves, state)


def counts(database: Database, id: str) -> dict[str, int]:
    """How many moves are in which state."""
    with database.connection() as conn:
        return store.counts(conn, id)


def kept(database: Database, id: str, limit: int) -> list[Move]:
    """What an undone merge left where it was, because it was changed since."""
    with database.connection() as conn:
        return store.kept(conn, id, limit)


def about(database: Database, patient: str, limit: int) -> list[tuple[str, str]]:
    """(type, id) of some current resources that name a patient."""
    with database.connection() as conn:
        return store.about(conn, patient, limit)


def tally(database: Database, patient: str) -> dict[str, int]:
    """How many current resources of each type are about a patient."""
    with database.connection() as conn:
        return store.tally(conn, patient)
