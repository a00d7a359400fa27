"""Audit rows: one per access, written in the statement or transaction of the access itself.

What was answered is on the disk: such a statement ends when its row is (docs/adr/0004-audit-durability.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection, sql

from osler.search.reference import COMPARTMENT
from osler.store.rows import Access, Who

_WHO_COLUMNS = (
    *("actor", "actor_name", "roles", "person", "on_behalf", "session"),
    *("purpose", "emergency", "address", "client", "request"),
)
WHO = sql.SQL(", ").join(map(sql.Identifier, _WHO_COLUMNS))
# An access is an emergency where it touched a patient whose glass is broken ("*": everybody's).
_EMERGENCY = sql.SQL("{glass} && ({patients} || '{{*}}'::text[])")


def who_values(patients: sql.Composable) -> sql.Composed:
    """Placeholders for the values of a `Who`, in a row whose patients these are."""
    texts = sql.SQL("%s::text[]")
    made = {"roles": texts, "emergency": _EMERGENCY.format(glass=texts, patients=patients)}
    return sql.SQL(", ").join(made.get(name, sql.SQL("%s")) for name in _WHO_COLUMNS)


# The INSERT of audit rows, whose arguments `arguments` gives; may follow a WITH.
STATEMENT = sql.SQL(
    "INSERT INTO audit ({who}, action, type, id, version, patients, query, hits, outcome, detail,"
    " source, author)"
    " SELECT {who_values}, action, type, id, version, patients, query, hits, outcome, detail,"
    " source, author FROM json_to_recordset(%s::json) AS access(action text, type text, id text,"
    " version int, patients text[], query text, hits int, outcome text, detail text, source text,"
    " author text)"
).format(who=WHO, who_values=who_values(sql.SQL("patients")))
_WRITE_BYTES = STATEMENT.as_bytes(None)

# Beside the patient of a row's own column: those it also names, as the compartment's definition says.
_OTHERS = sql.SQL(
    "SELECT i.target_id FROM reference_index i WHERE i.rid = {rids} AND i.param = {param}"
)


def others(rids: sql.Composable) -> sql.Composed:
    """A query for the further patients of rows; `rids` is one rid or ANY(an array)."""
    return _OTHERS.format(rids=rids, param=sql.Literal(COMPARTMENT))


def literals(who: Who, patients: sql.Composable) -> sql.Composed:
    """The values of a `Who` as SQL literals, in a row whose patients these are."""
    made = {
        name: sql.SQL("{}::text[]").format(sql.Literal(value))
        if isinstance(value, list)
        else sql.Literal(value)
        for name, value in zip(_WHO_COLUMNS, who, strict=True)
    }
    made["emergency"] = _EMERGENCY.format(glass=made["emergency"], patients=patients)
    return sql.SQL(", ").join(made.values())


def statement() -> bytes:
    """`STATEMENT` ready to execute."""
    return _WRITE_BYTES


def arguments(who: Who, accesses: Sequence[Access]) -> tuple[Any, ...]:
    """The arguments of `statement` for these accesses."""
    return (*who, msgspec.json.encode(accesses).decode())


def write(conn: Connection[Any], who: Who, accesses: Sequence[Access]) -> None:
    """Write these accesses in the connection's current transaction."""
    conn.execute(_WRITE_BYTES, arguments(who, accesses))


def patients_of(conn: Connection[Any], rids: Sequence[int]) -> tuple[str, ...]:
    """Every patient that these resources are about or name, in order."""
    found = conn.execute(
        "SELECT r.patient FROM resource r WHERE r.rid = ANY(%s) AND r.patient IS NOT NULL"
        " UNION SELECT i.target_id FROM reference_index i WHERE i.rid = ANY(%s) AND i.param = %s",
        (list(rids), list(rids), COMPARTMENT),
    )
    return tuple(sorted(row[0] for row in found))
