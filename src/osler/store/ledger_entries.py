"""The versions and rows that leaves seal, as the entries of the ledger: read alike to seal and to verify."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.rows import dict_row

from osler.ledger.leaf import AUDIT, ERASURE, VERSION, audit_entry, erasure_entry, version_entry
from osler.store.ledger import Reference

_SPARSE = 4


class Found(NamedTuple):
    """An entry, and of versions the content behind it."""

    entry: bytes
    content: bytes | None = None


class Stock(NamedTuple):
    """Entries, and those of them that the tables have more than once."""

    entries: dict[Reference, Found]
    twice: set[Reference]


# A version only ever moves from `resource` to `history`, a row from `audit` to what is kept of it: looked for
# in this order none is missed.
_TABLES = {
    VERSION: ("resource", "history"),
    AUDIT: ("audit", "audit_kept"),
    ERASURE: ("ledger_erasure",),
}


def entries(conn: Connection[Any], references: Sequence[Reference]) -> dict[Reference, Found]:
    """The entries of those that are there."""
    found: dict[Reference, Found] = {}
    for kind, type, wanted in _groups(references):
        for table in _TABLES[kind]:
            missing = [one for one in wanted if one not in found]
            found.update(_read(conn, table, kind, type, missing))
    return found


def every_entry(conn: Connection[Any], references: Sequence[Reference]) -> Stock:
    """The same for somebody who suspects that there is more than one; needs a transaction of one moment."""
    stock = Stock({}, set())
    for kind, type, wanted in _groups(references):
        for table in _TABLES[kind]:
            for one, found in _read(conn, table, kind, type, wanted):
                if one in stock.entries:
                    stock.twice.add(one)
                stock.entries[one] = found
    return stock


def _groups(references: Sequence[Reference]) -> Iterator[tuple[int, str, list[Reference]]]:
    """(kind, type, references) of those that are found together."""
    groups: dict[tuple[int, str], list[Reference]] = defaultdict(list)
    for one in references:
        if one.kind in _TABLES:
            groups[one.kind, one.type].append(one)
    for (kind, type), wanted in groups.items():
        yield kind, type, wanted


def _read(
    conn: Connection[Any], table: str, kind: int, type: str, wanted: Sequence[Reference]
) -> Iterator[tuple[Reference, Found]]:
    if not wanted:
        return iter(())
    if kind == VERSION:
        return _versions(conn, table, type, wanted)
    return _rows(conn, table, kind, [one.number for one in wanted])


_VERSIONS = sql.SQL(
    "SELECT v.id, v.version, v.updated, v.deleted, v.patient, v.content"
    " FROM unnest(%s::text[], %s::bigint[]) AS w(id, version)"
    " JOIN {table} v ON v.type = {type} AND v.id = w.id AND v.version = w.version"
)


def _versions(
    conn: Connection[Any], table: str, type: str, wanted: Sequence[Reference]
) -> Iterator[tuple[Reference, Found]]:
    query = _VERSIONS.format(table=sql.Identifier(table), type=sql.Literal(type))
    ids, numbers = [one.id for one in wanted], [one.number for one in wanted]
    rows = conn.execute(query, (ids, numbers), binary=True).fetchall()
    for id, version, updated, deleted, patient, content in rows:
        entry = version_entry(type, id, version, updated, deleted, patient, content)
        yield Reference(VERSION, type, id, version), Found(entry, content)


_AMONG = sql.SQL("SELECT * FROM {} WHERE seq = ANY({})")
_BETWEEN = sql.SQL("SELECT * FROM {} WHERE seq BETWEEN {} AND {}")


def _rows(
    conn: Connection[Any], table: str, kind: int, numbers: Sequence[int]
) -> Iterator[tuple[Reference, Found]]:
    low, high, wanted = min(numbers), max(numbers), set(numbers)
    name = sql.Identifier(table)
    if high - low < _SPARSE * len(wanted):
        # Each month is a partition: one descent into each index instead of one for each number.
        query = _BETWEEN.format(name, sql.Literal(low), sql.Literal(high))
    else:
        query = _AMONG.format(name, sql.Literal(list(numbers)))
    make = audit_entry if kind == AUDIT else erasure_entry
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query):
            if row["seq"] in wanted:
                yield Reference(kind, "", "", row["seq"]), Found(make(row))
