"""Rows of the resources inside the versions being written; each has a rid, as the index rows need one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.search.rows import Contained, IndexRows
from osler.store import lookup
from osler.store.rows import NewVersion

COLUMNS = (
    ("rid", "bigint"),
    ("container", "bigint"),
    ("container_type", "text"),
    ("type", "text"),
    ("id", "text"),
    ("version", "int"),
    ("updated", "timestamptz"),
    ("patient", "text"),
    ("date_low", "timestamptz"),
    ("date_high", "timestamptz"),
    ("keys", "bigint[]"),
    ("content", "text"),
)
"""The columns with their types, in the order of `row`."""


class Inside(NamedTuple):
    """A resource inside a version, with its row number."""

    rid: int
    container: NewVersion
    found: Contained


class Indexed(NamedTuple):
    """What a rid can be found by."""

    rid: int
    rows: IndexRows


def numbered(conn: Connection[Any], versions: Sequence[NewVersion]) -> list[Inside]:
    """All resources inside the versions. Only where there are any is the database asked for numbers."""
    pairs = [
        (version, one)
        for version in versions
        if version.index is not None and version.index.contained
        for one in version.index.contained
    ]
    if not pairs:
        return []
    rids = lookup.new_rids(conn, len(pairs))
    return [Inside(rid, *pair) for rid, pair in zip(rids, pairs, strict=True)]


def indexed(versions: Sequence[NewVersion], inside: Sequence[Inside]) -> Iterator[Indexed]:
    """Everything to be indexed: the versions and what is inside them."""
    for version in versions:
        if version.index is not None:
            yield Indexed(version.rid, version.index)
    for one in inside:
        yield Indexed(one.rid, one.found.rows)


def row(one: Inside) -> tuple[Any, ...]:
    """The row of one of them."""
    rid, container, found = one
    rows = found.rows
    return (
        *(rid, container.rid, container.type, found.type, found.id),
        *(container.version, container.updated, found.patient(container.patient)),
        *(rows.date_low, rows.date_high, rows.keys, found.content.decode()),
    )


def remove(conn: Connection[Any], containers: Sequence[int]) -> list[int]:
    """Delete the rows of what is inside these resources; their rids, whose index rows are to go too."""
    rows = conn.execute(
        "DELETE FROM contained WHERE container = ANY(%s) RETURNING rid", (list(containers),)
    )
    return [found[0] for found in rows]


DELETES = sql.SQL(
    "inside AS (DELETE FROM contained WHERE container = %s RETURNING rid),"
    " gone AS MATERIALIZED (SELECT %s::bigint AS rid UNION ALL SELECT rid FROM inside),"
)
"""Parts of a statement that replaces a version: `gone` are the rids whose index rows are to go."""
