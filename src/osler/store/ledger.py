"""The ledger's tables: what is to be sealed, in its order, and what was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.ledger.head import Place, Signed
from osler.ledger.leaf import AUDIT, ERASURE, NAMES, VERSION
from osler.ledger.tree import Node
from osler.store.copying import copy_rows

_LOCK = 0x05_1E_2E
_LAST = 2**63 - 1


class Reference(NamedTuple):
    """What a leaf is a leaf of: `number` is a version, or the seq of another kind of row."""

    kind: int
    type: str
    id: str
    number: int

    @property
    def name(self) -> str:
        """As `osler ledger prove` takes it."""
        if self.kind == VERSION:
            return f"{self.type}/{self.id}/_history/{self.number}"
        return f"{NAMES.get(self.kind, self.kind)}/{self.number}"


class Leaf(NamedTuple):
    """A row of `ledger_leaf`; without salt, what it sealed was erased."""

    position: int
    reference: Reference
    salt: bytes | None
    hash: bytes


def try_lock(conn: Connection[Any]) -> bool:
    """Whether this connection is the one that seals now; others try later. Held until `unlock`."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


def unlock(conn: Connection[Any]) -> None:
    """Let others seal."""
    conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def keep_sealer_out(conn: Connection[Any]) -> None:
    """Until the transaction ends nothing is sealed; waits for the sealer's round to end (seconds)."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


def cluster(conn: Connection[Any]) -> str:
    """The name of the database cluster; transaction numbers mean something within one."""
    return str(_one(conn, "SELECT system_identifier FROM pg_control_system()"))


def horizon(conn: Connection[Any]) -> int:
    """The first transaction that may still be running: what is older is over, and nothing joins it."""
    return int(_one(conn, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))


def _one(conn: Connection[Any], query: sql.SQL | str) -> Any:
    row = conn.execute(sql.SQL(query) if isinstance(query, str) else query).fetchone()
    assert row is not None
    return row[0]


# History keeps the transaction that wrote the version, so both tables together have each version once.
_VERSIONS = sql.SQL(
    "(SELECT v.xact, {kind} AS kind, v.rid AS row, v.version::bigint AS number, v.type, v.id"
    " FROM {table} v WHERE {which} ORDER BY v.xact, v.rid, v.version LIMIT {limit})"
)
_ROWS = sql.SQL(
    "(SELECT v.xact, {kind}, v.seq, v.seq, '', '' FROM {table} v WHERE {which}"
    " ORDER BY v.xact, v.seq LIMIT {limit})"
)
_ORDERED = sql.SQL("SELECT * FROM ({}) x ORDER BY xact, kind, row, number LIMIT {}")
_SINCE = sql.SQL(
    "v.xact >= {xact}::xid8 AND v.xact < {until}::xid8 AND (v.xact, {columns}) > ({xact}::xid8, {after})"
)
_UNSEALED = sql.SQL(
    "NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.kind = {kind} AND l.number = v.{number}{more})"
)
_OF_VERSION = sql.SQL(" AND l.id = v.id AND l.type = v.type")
_SOURCES = (
    ("resource", VERSION),
    ("history", VERSION),
    ("audit", AUDIT),
    ("ledger_erasure", ERASURE),
)


def since(
    conn: Connection[Any], place: Place, until: int, limit: int
) -> list[tuple[Place, Reference]]:
    """What transactions before `until` wrote, after `place`: at most `limit`, in the order of sealing."""
    parts = []
    for table, kind in _SOURCES:
        names = ("rid", "version") if kind == VERSION else ("seq",)
        if place.kind == kind:
            after = (place.row, place.version)[: len(names)]
        else:
            after = ((-1 if place.kind < kind else _LAST), 0)[: len(names)]
        which = _SINCE.format(
            xact=sql.Literal(str(place.xact)),
            until=sql.Literal(str(until)),
            columns=sql.SQL(", ").join(sql.Identifier("v", name) for name in names),
            after=sql.SQL(", ").join(map(sql.Literal, after)),
        )
        parts.append(_part(table, kind, which, limit))
    return _places(conn, parts, limit)


def unsealed(conn: Connection[Any], limit: int) -> list[tuple[Place, Reference]]:
    """Whatever has no leaf, in the same order; reads everything."""
    everywhere = (*_SOURCES, ("audit_kept", AUDIT))  # What is kept of archived months is no news.
    parts = [_part(table, kind, without_leaf(kind), limit) for table, kind in everywhere]
    return _places(conn, parts, limit)


def without_leaf(kind: int) -> sql.Composed:
    """The condition on a row `v` of this kind that it was not sealed."""
    number, more = ("version", _OF_VERSION) if kind == VERSION else ("seq", sql.SQL(""))
    return _UNSEALED.format(kind=sql.Literal(kind), number=sql.Identifier(number), more=more)


def _part(table: str, kind: int, which: sql.Composable, limit: int) -> sql.Composed:
    return (_VERSIONS if kind == VERSION else _ROWS).format(
        kind=sql.Literal(kind), table=sql.Identifier(table), which=which, limit=sql.Literal(limit)
    )


def _places(
    conn: Connection[Any], parts: Sequence[sql.Composable], limit: int
) -> list[tuple[Place, Reference]]:
    query = _ORDERED.format(sql.SQL(" UNION ALL ").join(parts), sql.Literal(limit))
    return [
        (
            Place(int(xact), kind, row, number if kind == VERSION else 0),
            Reference(kind, type, id, number),
        )
        for xact, kind, row, number, type, id in conn.execute(query)
    ]


def sealed(conn: Connection[Any], references: Sequence[Reference]) -> set[Reference]:
    """Those that have a leaf."""
    found: set[Reference] = set()
    versions = [one for one in references if one.kind == VERSION]
    others = [one for one in references if one.kind != VERSION]
    if versions:
        rows = conn.execute(
            "SELECT l.kind, l.type, l.id, l.number FROM unnest(%s::text[], %s::text[], %s::bigint[])"
            " AS w(type, id, number) JOIN ledger_leaf l ON l.kind = 0 AND l.id = w.id"
            " AND l.number = w.number AND l.type = w.type",
            ([v.type for v in versions], [v.id for v in versions], [v.number for v in versions]),
        )
        found.update(Reference(*row) for row in rows)
    if others:
        rows = conn.execute(
            "SELECT l.kind, l.type, l.id, l.number FROM unnest(%s::smallint[], %s::bigint[])"
            " AS w(kind, number) JOIN ledger_leaf l ON l.kind <> 0 AND l.kind = w.kind"
            " AND l.number = w.number",
            ([one.kind for one in others], [one.number for one in others]),
        )
        found.update(Reference(*row) for row in rows)
    return found


def row(conn: Connection[Any], level: int, first: int, count: int) -> list[bytes]:
    """Hashes of stored nodes, level 0 those of leaves; see `ledger.tree.Row`."""
    if not count:
        return []
    if level == 0:
        found = conn.execute(
            "SELECT hash FROM ledger_leaf WHERE position >= %s AND position < %s ORDER BY position",
            (first, first + count),
        )
    else:
        found = conn.execute(
            "SELECT hash FROM ledger_node WHERE level = %s AND index >= %s AND index < %s"
            " ORDER BY index",
            (level, first, first + count),
        )
    return [hash for (hash,) in found]


def add(conn: Connection[Any], leaves: Sequence[Leaf], nodes: Sequence[Node]) -> None:
    """Append leaves, and the subtrees that they complete."""
    rows = (
        (leaf.position, *leaf.reference, _bytea(leaf.salt or b""), _bytea(leaf.hash))
        for leaf in leaves
    )
    columns = ("position", "kind", "type", "id", "number", "salt", "hash")
    copy_rows(conn, "ledger_leaf", columns, rows)
    hashes = ((level, index, _bytea(hash)) for level, index, hash in nodes)
    copy_rows(conn, "ledger_node", ("level", "index", "hash"), hashes)


def _bytea(value: bytes) -> str:
    return "\\x" + value.hex()


def add_block(conn: Connection[Any], signed: Signed) -> None:
    """Append a block; the database refuses a second one of the same height."""
    head = signed.head
    conn.execute(
        "INSERT INTO ledger_block (height, size, head, signature) VALUES (%s, %s, %s, %s)",
        (head.height, head.size, signed.text, signed.signature),
    )


def last_block(conn: Connection[Any]) -> Signed | None:
    """The newest block; None before the first."""
    found = conn.execute(
        "SELECT head, signature FROM ledger_block ORDER BY height DESC LIMIT 1"
    ).fetchone()
    return None if found is None else Signed(*found)


def block(conn: Connection[Any], height: int) -> Signed | None:
    """The block of a height."""
    found = conn.execute(
        "SELECT head, signature FROM ledger_block WHERE height = %s", (height,)
    ).fetchone()
    return None if found is None else Signed(*found)


def top(conn: Connection[Any]) -> int:
    """The height under which the last block stands, whatever its head says; -1 without one."""
    return int(_one(conn, "SELECT coalesce(max(height), -1) FROM ledger_block"))


def blocks(conn: Connection[Any], first: int = 0) -> Iterator[tuple[int, Signed]]:
    """(height, block) from `first` on, a thousand read at a time."""
    while True:
        found = conn.execute(
            "SELECT height, head, signature FROM ledger_block WHERE height >= %s"
            " ORDER BY height LIMIT 1000",
            (first,),
        ).fetchall()
        for height, head, signature in found:
            yield height, Signed(head, signature)
        if not found:
            return
        first = found[-1][0] + 1


def rotations(conn: Connection[Any]) -> list[Signed]:
    """The blocks that introduce another key, oldest first."""
    found = conn.execute(
        "SELECT head, signature FROM ledger_block"
        """ WHERE position('"next":"'::bytea IN head) > 0 ORDER BY height"""
    )
    return [Signed(*row) for row in found]


def size(conn: Connection[Any]) -> int:
    """One more than the last leaf's position."""
    return int(_one(conn, "SELECT coalesce(max(position) + 1, 0) FROM ledger_leaf"))


def leaves(conn: Connection[Any], first: int, count: int) -> list[Leaf]:
    """Leaves by position."""
    found = conn.execute(
        "SELECT position, kind, type, id, number, salt, hash FROM ledger_leaf"
        " WHERE position >= %s AND position < %s ORDER BY position",
        (first, first + count),
        binary=True,
    ).fetchall()
    return [
        Leaf(position, Reference(kind, type, id, number), salt, hash)
        for position, kind, type, id, number, salt, hash in found
    ]


def leaf_of(conn: Connection[Any], reference: Reference) -> Leaf | None:
    """The leaf of a version or row."""
    query = sql.SQL(
        "SELECT position, salt, hash FROM ledger_leaf WHERE number = %s AND kind = {}{}"
    ).format(
        sql.Literal(reference.kind),
        sql.SQL(" AND id = {} AND type = {}").format(
            sql.Literal(reference.id), sql.Literal(reference.type)
        )
        if reference.kind == VERSION
        else sql.SQL(""),
    )
    found = conn.execute(query, (reference.number,)).fetchone()
    return None if found is None else Leaf(found[0], reference, found[1], found[2])
