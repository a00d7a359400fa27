"""The versions and rows that leaves seal, as the entries of the ledger: read alike to seal and to verify."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.rows import dict_row

from osler.ledger.leaf import AUDIT, ERASURE, VERSION, audit_entry, erasure_entry, version_entry
from osler.store.ledger import Reference


class Found(NamedTuple):
    """An entry, and of versions the content behind it."""

    entry: bytes
    content: bytes | None = None


def entries(conn: Connection[Any], references: Sequence[Reference]) -> dict[Reference, Found]:
    """The entries of those that are there."""
    by_type: dict[str, list[Reference]] = defaultdict(list)
    by_kind: dict[int, list[int]] = defaultdict(list)
    for one in references:
        if one.kind == VERSION:
            by_type[one.type].append(one)
        else:
            by_kind[one.kind].append(one.number)
    found: dict[Reference, Found] = {}
    for type, wanted in by_type.items():
        # A version only ever moves from `resource` to `history`, so in this order none is missed.
        for table in ("resource", "history"):
            _versions(conn, table, type, [one for one in wanted if one not in found], found)
    for table in ("audit", "audit_kept"):
        missing = [n for n in by_kind[AUDIT] if Reference(AUDIT, "", "", n) not in found]
        found |= _rows(conn, table, AUDIT, missing)
    return found | _rows(conn, "ledger_erasure", ERASURE, by_kind[ERASURE])


_VERSIONS = sql.SQL(
    "SELECT v.id, v.version, v.updated, v.deleted, v.patient, v.content"
    " FROM unnest(%s::text[], %s::int[]) AS w(id, version)"
    " JOIN {table} v ON v.type = {type} AND v.id = w.id AND v.version = w.version"
)


def _versions(
    conn: Connection[Any],
    table: str,
    type: str,
    wanted: Sequence[Reference],
    found: dict[Reference, Found],
) -> None:
    if not wanted:
        return
    query = _VERSIONS.format(table=sql.Identifier(table), type=sql.Literal(type))
    ids, numbers = [one.id for one in wanted], [one.number for one in wanted]
    rows = conn.execute(query, (ids, numbers), binary=True).fetchall()
    for id, version, updated, deleted, patient, content in rows:
        entry = version_entry(type, id, version, updated, deleted, patient, content)
        found[Reference(VERSION, type, id, version)] = Found(entry, content)


def _rows(
    conn: Connection[Any], table: str, kind: int, numbers: Sequence[int]
) -> dict[Reference, Found]:
    if not numbers:
        return {}
    query = sql.SQL("SELECT * FROM {} WHERE seq = ANY(%s)").format(sql.Identifier(table))
    make = audit_entry if kind == AUDIT else erasure_entry
    with conn.cursor(row_factory=dict_row) as cursor:
        return {
            Reference(kind, "", "", row["seq"]): Found(make(row))
            for row in cursor.execute(query, (list(numbers),))
        }
