"""Audit rows: one per access, written in the statement or transaction of the access itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection, sql

from osler.store.rows import Access, Who

WHO = sql.SQL("actor, on_behalf, purpose, emergency, origin, request")
WHO_VALUES = sql.SQL("%s, %s, %s, %s, %s, %s")

# The INSERT of audit rows, whose arguments `arguments` gives; may follow a WITH.
STATEMENT = sql.SQL(
    "INSERT INTO audit ({who}, action, type, id, version, patients, query, hits, outcome, detail)"
    " SELECT {who_values}, action, type, id, version, patients, query, hits, outcome, detail"
    " FROM json_to_recordset(%s::json) AS access(action text, type text, id text, version int,"
    " patients text[], query text, hits int, outcome text, detail text)"
).format(who=WHO, who_values=WHO_VALUES)
_WRITE_BYTES = STATEMENT.as_bytes(None)

# An answered read whose audit row is still in memory can lose it only if the machine itself dies
# within the WAL writer's delay; see docs/adr/0004-audit-durability.md.
RELAXED = sql.SQL("set_config('synchronous_commit', 'off', true)")


def statement() -> bytes:
    """`STATEMENT` ready to execute."""
    return _WRITE_BYTES


def arguments(who: Who, accesses: Sequence[Access]) -> tuple[Any, ...]:
    """The arguments of `statement` for these accesses."""
    return (*who, msgspec.json.encode(accesses).decode())


def write(conn: Connection[Any], who: Who, accesses: Sequence[Access]) -> None:
    """Write these accesses in the connection's current transaction."""
    conn.execute(_WRITE_BYTES, arguments(who, accesses))
