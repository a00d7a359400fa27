"""Audit rows: one per access, written in the statement or transaction of the access itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from osler.store.rows import Access, Who

WHO = sql.SQL("actor, on_behalf, purpose, emergency, origin, request")
WHO_VALUES = sql.SQL("%s, %s, %s, %s, %s, %s")

# The INSERT of audit rows, whose arguments `arguments` gives; may follow a WITH.
STATEMENT = sql.SQL(
    "INSERT INTO audit ({who}, action, type, id, version, patients, query, hits, outcome, detail)"
    " SELECT {who_values}, action, type, id, version, patients::text[], query, hits, outcome, detail"
    " FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::int[],"
    " %s::text[], %s::text[])"
    " AS access(action, type, id, version, patients, query, hits, outcome, detail)"
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
    return (
        *who,
        [access.action for access in accesses],
        [access.type for access in accesses],
        [access.id for access in accesses],
        [access.version for access in accesses],
        [array_text(access.patients) for access in accesses],
        [access.query for access in accesses],
        [access.hits for access in accesses],
        [access.outcome for access in accesses],
        [access.detail for access in accesses],
    )


def array_text(values: Sequence[str]) -> str:
    """A PostgreSQL array literal of strings, for arrays of different lengths inside one unnest."""
    quoted = ('"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values)
    return "{" + ",".join(quoted) + "}"


def write(conn: Connection[Any], who: Who, accesses: Sequence[Access]) -> None:
    """Write these accesses in the connection's current transaction."""
    conn.execute(_WRITE_BYTES, arguments(who, accesses))
