"""What a verification asks of the tables beside the leaves themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, IsolationLevel, sql

from osler.kit.database import Database
from osler.ledger.head import Place
from osler.ledger.leaf import AUDIT, ERASURE, VERSION
from osler.store.ledger import Reference, without_leaf

_AT_MOST = 1000


class Unsealed(NamedTuple):
    """A version or row without leaf, its place in the order of sealing, and the time it claims."""

    reference: Reference
    place: Place
    at: datetime


class Archived(NamedTuple):
    """A range of audit rows that went to a file."""

    first: int
    last: int
    file: str


def reader(database: Database) -> Connection[Any]:
    """A connection whose transactions see one moment each; the caller closes it."""
    conn = database.connect()
    conn.isolation_level = IsolationLevel.REPEATABLE_READ
    conn.read_only = True
    # The comparison of everything with everything is one large join.
    conn.execute("SET work_mem = '128MB'")
    return conn


_VERSIONS = sql.SQL(
    "SELECT v.xact, {kind}, v.rid, v.version, v.type, v.id, v.updated FROM {table} v WHERE {which} LIMIT {limit}"
)
_ROWS = sql.SQL(
    "SELECT v.xact, {kind}, v.seq, v.seq, '', '', v.at FROM {table} v WHERE {which} LIMIT {limit}"
)
_SOURCES = (
    ("resource", VERSION),
    ("history", VERSION),
    ("audit", AUDIT),
    ("audit_kept", AUDIT),
    ("ledger_erasure", ERASURE),
)


def unsealed(conn: Connection[Any]) -> list[Unsealed]:
    """What has no leaf: at most a thousand of each table."""
    found = []
    for table, kind in _SOURCES:
        query = (_VERSIONS if kind == VERSION else _ROWS).format(
            kind=sql.Literal(kind),
            table=sql.Identifier(table),
            which=without_leaf(kind),
            limit=sql.Literal(_AT_MOST),
        )
        for xact, _, row, number, type, id, at in conn.execute(query):
            place = Place(int(xact), kind, row, number if kind == VERSION else 0)
            found.append(Unsealed(Reference(kind, type, id, number), place, at))
    return found


def ahead(conn: Connection[Any]) -> int:
    """The number that the next transaction of this cluster gets, or one above it."""
    row = conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    assert row is not None
    return int(row[0])


def erased(conn: Connection[Any]) -> dict[tuple[str, str], list[range]]:
    """The versions of each resource that were erased, as the erasures say."""
    found: dict[tuple[str, str], list[range]] = defaultdict(list)
    for type, id, first, last in conn.execute("SELECT type, id, first, last FROM ledger_erasure"):
        found[type, id].append(range(first, last + 1))
    return found


def archived(conn: Connection[Any]) -> list[Archived]:
    """The audit's archived ranges, oldest first."""
    rows = conn.execute("SELECT first_seq, last_seq, file FROM audit_archive ORDER BY month")
    return [Archived(*row) for row in rows]


def rows(
    conn: Connection[Any], kind: int, numbers: list[int]
) -> dict[int, tuple[bytes | None, bytes]]:
    """Salt and hash of the leaves of rows of one kind."""
    query = sql.SQL(
        "SELECT number, salt, hash FROM ledger_leaf WHERE kind <> 0 AND kind = {} AND number = ANY(%s)"
    ).format(sql.Literal(kind))
    found = conn.execute(query, (numbers,), binary=True)
    return {number: (salt, hash) for number, salt, hash in found}


def node(conn: Connection[Any], level: int, index: int) -> bytes | None:
    """One stored subtree hash."""
    row = conn.execute(
        "SELECT hash FROM ledger_node WHERE level = %s AND index = %s", (level, index)
    ).fetchone()
    return None if row is None else row[0]
