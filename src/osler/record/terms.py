"""Imported code systems as callers above reach them. They are about nobody, so no policy stands before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from osler.access import Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, NotFound
from osler.store import terms as stored
from osler.store.terms import Release, Row

__all__ = [
    "Release",
    "Row",
    "add",
    "begin",
    "by_code",
    "chosen",
    "find",
    "finish",
    "named",
    "releases",
    "use",
    "uses",
]

Found = tuple[str, str, str, str]
"""System, code, name and kind of a term."""


def releases(database: Database) -> list[Release]:
    """Every release that was ever begun, by system and age."""
    with database.connection() as conn:
        return stored.releases(conn)


def begin(database: Database, system: str, release: str, digest: str) -> tuple[int, int, bool]:
    """(id, lines that are in, whether it is whole) of a release.

    Raises Conflict where the release was begun with another file.
    """
    with database.connection() as conn, conn.transaction():
        id, before, position, done = stored.begin(conn, system, release, digest, clock.now())
    if before != digest:
        raise Conflict(
            f"Release {release} of {system} was loaded from another file. Give this one another --release."
        )
    return id, position, done


def add(database: Database, release: int, rows: Sequence[Row], position: int) -> None:
    """Put terms into a release, and with them how many lines of its file are in."""
    with database.connection() as conn, conn.transaction():
        stored.add(conn, release, rows, position)


def finish(database: Database, release: int) -> None:
    """Mark a release as whole."""
    with database.connection() as conn, conn.transaction():
        stored.finish(conn, release)


def use(database: Database, system: str, release: str) -> None:
    """Let searches look in this release. Raises NotFound where it is not here as a whole."""
    with database.connection() as conn, conn.transaction():
        if not stored.use(conn, system, release):
            raise NotFound(
                f"There is no whole release {release!r} of {system}; see `osler terms list`."
            )


def find(
    database: Database, systems: Sequence[str], question: str, limit: int = 200
) -> list[Found]:
    """Terms of the releases in use whose words answer a tsquery."""
    with database.connection() as conn:
        return stored.find(conn, systems, question, limit)


def by_code(database: Database, systems: Sequence[str], start: str, limit: int = 50) -> list[Found]:
    """Terms of the releases in use whose codes begin so."""
    with database.connection() as conn:
        return stored.by_code(conn, systems, start, limit)


def named(database: Database, system: str, code: str) -> tuple[str, str] | None:
    """(name, kind) of a code, retired ones too; None where no release has it."""
    with database.connection() as conn:
        return stored.named(conn, system, code)


def chosen(database: Database, principal: Principal, system: str, code: str) -> None:
    """Note that the principal chose a code, for the order of their searches."""
    with database.connection() as conn, conn.transaction():
        stored.used(conn, principal.person or principal.id, system, code, clock.now())


def uses(database: Database, principal: Principal, systems: Sequence[str]) -> Mapping[str, int]:
    """How often the principal chose which "system|code"."""
    with database.connection() as conn:
        found = stored.uses(conn, principal.person or principal.id, systems)
    return {f"{system}|{code}": count for system, code, count in found}
