"""Imported code systems: releases side by side, their terms by word, and what people choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection


class Release(NamedTuple):
    """One release of a code system."""

    id: int
    system: str
    release: str
    digest: str
    position: int
    done: bool
    in_use: bool
    loaded: datetime
    terms: int


class Row(NamedTuple):
    """One term of a release."""

    code: str
    name: str
    kind: str
    usable: bool


_RELEASES = (
    "SELECT r.id, r.system, r.release, r.digest, r.position, r.done, r.in_use, r.loaded,"
    " (SELECT count(*) FROM term t WHERE t.release = r.id) FROM term_release r"
    " ORDER BY r.system, r.loaded, r.id"
)


def releases(conn: Connection[Any]) -> list[Release]:
    """All of them, by system and age."""
    return [Release(*row) for row in conn.execute(_RELEASES)]


def begin(
    conn: Connection[Any], system: str, release: str, digest: str, at: datetime
) -> tuple[int, str, int, bool]:
    """(id, digest, position, done) of a release; it is made where it is new."""
    conn.execute(
        "INSERT INTO term_release (system, release, digest, loaded) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (system, release) DO NOTHING",
        (system, release, digest, at),
    )
    row = conn.execute(
        "SELECT id, digest, position, done FROM term_release WHERE system = %s AND release = %s FOR UPDATE",
        (system, release),
    ).fetchone()
    assert row is not None, "it was inserted or was there"
    return row[0], row[1], row[2], row[3]


def add(conn: Connection[Any], release: int, rows: Sequence[Row], position: int) -> None:
    """Put terms into a release, and note how many lines of its file are in by now."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO term (release, code, name, kind, usable, words)"
            " VALUES (%s, %s, %s, %s, %s, to_tsvector('simple', %s)) ON CONFLICT DO NOTHING",
            [(release, row.code, row.name, row.kind, row.usable, row.name) for row in rows],
        )
    conn.execute("UPDATE term_release SET position = %s WHERE id = %s", (position, release))


def finish(conn: Connection[Any], release: int) -> None:
    """Mark a release as whole."""
    conn.execute("UPDATE term_release SET done = true WHERE id = %s", (release,))


def use(conn: Connection[Any], system: str, release: str) -> bool:
    """Let searches look in this release of its system and in no other; whether there is such a whole one."""
    conn.execute("UPDATE term_release SET in_use = false WHERE system = %s AND in_use", (system,))
    done = conn.execute(
        "UPDATE term_release SET in_use = true WHERE system = %s AND release = %s AND done",
        (system, release),
    )
    return done.rowcount == 1


def find(
    conn: Connection[Any], systems: Sequence[str], question: str, limit: int
) -> list[tuple[str, str, str, str]]:
    """(system, code, name, kind) of usable terms whose words answer a tsquery, the shortest names first."""
    return conn.execute(
        "SELECT r.system, t.code, t.name, t.kind FROM term t JOIN term_release r ON r.id = t.release"
        " WHERE r.system = ANY(%s) AND r.in_use AND t.usable AND t.words @@ to_tsquery('simple', %s)"
        " ORDER BY length(t.name), t.code LIMIT %s",
        (list(systems), question, limit),
    ).fetchall()


def by_code(
    conn: Connection[Any], systems: Sequence[str], start: str, limit: int
) -> list[tuple[str, str, str, str]]:
    """The same of terms whose codes begin with `start`."""
    return conn.execute(
        "SELECT r.system, t.code, t.name, t.kind FROM term t JOIN term_release r ON r.id = t.release"
        " WHERE r.system = ANY(%s) AND r.in_use AND t.usable AND starts_with(t.code, %s)"
        " ORDER BY t.code LIMIT %s",
        (list(systems), start, limit),
    ).fetchall()


def named(conn: Connection[Any], system: str, code: str) -> tuple[str, str] | None:
    """(name, kind) of a code in the release that is in use, or else in the newest that has it."""
    return conn.execute(
        "SELECT t.name, t.kind FROM term t JOIN term_release r ON r.id = t.release"
        " WHERE r.system = %s AND t.code = %s ORDER BY r.in_use DESC, r.id DESC LIMIT 1",
        (system, code),
    ).fetchone()


def used(conn: Connection[Any], who: str, system: str, code: str, at: datetime) -> None:
    """Note that somebody chose a code."""
    conn.execute(
        "INSERT INTO term_use (who, system, code, last) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (who, system, code) DO UPDATE SET uses = term_use.uses + 1, last = excluded.last",
        (who, system, code, at),
    )


def uses(conn: Connection[Any], who: str, systems: Sequence[str]) -> list[tuple[str, str, int]]:
    """(system, code, uses) of somebody, the 500 most used."""
    return conn.execute(
        "SELECT system, code, uses FROM term_use WHERE who = %s AND system = ANY(%s)"
        " ORDER BY uses DESC, last DESC LIMIT 500",
        (who, list(systems)),
    ).fetchall()
