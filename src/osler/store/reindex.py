"""Rows in the order in which a reindex visits them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from osler.store.read import COLUMNS, version_of
from osler.store.rows import Version


def count(conn: Connection[Any], type: str, after: int) -> int:
    """How many current resources of a type are still to be visited."""
    query = sql.SQL("SELECT count(*) FROM resource WHERE type = {} AND rid > {} AND NOT deleted")
    row = conn.execute(query.format(sql.Literal(type), sql.Literal(after))).fetchone()
    return int(row[0]) if row else 0


def batch(conn: Connection[Any], type: str, after: int, size: int) -> list[Version]:
    """The next current resources of a type, locked against change until the transaction ends."""
    query = sql.SQL(
        "SELECT {} FROM resource r WHERE r.type = {} AND r.rid > {} AND NOT r.deleted"
        " ORDER BY r.rid LIMIT {} FOR UPDATE"
    ).format(COLUMNS, sql.Literal(type), sql.Literal(after), sql.Literal(size))
    return [version_of(row) for row in conn.execute(query)]
