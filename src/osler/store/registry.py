"""The custom search parameters that are stored, and how far each has been indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Progress:
    """Indexing of one custom parameter on one type; `definition` is the sha256 of what is indexed."""

    url: str
    type: str
    code: str
    definition: str
    last_rid: int
    active: bool


def version(conn: Connection[Any]) -> int:
    """Moves whenever a search parameter is written or becomes active."""
    row = conn.execute("SELECT version FROM registry_version", prepare=True).fetchone()
    return int(row[0]) if row else 0


def bump(conn: Connection[Any]) -> None:
    """Make every process reload its search parameters."""
    conn.execute("UPDATE registry_version SET version = version + 1")


def definitions(conn: Connection[Any]) -> list[bytes]:
    """All current SearchParameter resources, as JSON."""
    rows = conn.execute(
        "SELECT content FROM resource WHERE type = 'SearchParameter' AND NOT deleted ORDER BY rid"
    )
    return [row[0] for row in rows]


def progress(conn: Connection[Any]) -> list[Progress]:
    """How far each custom parameter has been indexed."""
    rows = conn.execute(
        "SELECT url, type, code, definition, last_rid, active FROM custom_parameter ORDER BY url, type"
    )
    return [Progress(*row) for row in rows]


def start(conn: Connection[Any], url: str, type: str, code: str, definition: str) -> Progress:
    """The progress row of a parameter, begun anew if its definition changed."""
    row = conn.execute(
        "INSERT INTO custom_parameter (url, type, code, definition) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (url, type) DO UPDATE SET code = excluded.code, definition = excluded.definition,"
        " last_rid = CASE WHEN custom_parameter.definition = excluded.definition"
        "   THEN custom_parameter.last_rid ELSE 0 END,"
        " active = custom_parameter.active AND custom_parameter.definition = excluded.definition"
        " RETURNING url, type, code, definition, last_rid, active",
        (url, type, code, definition),
    ).fetchone()
    assert row is not None
    return Progress(*row)


def advance(conn: Connection[Any], url: str, type: str, last_rid: int, *, active: bool) -> None:
    """Note that rows up to `last_rid` are indexed; `active` once all are."""
    conn.execute(
        "UPDATE custom_parameter SET last_rid = %s, active = %s WHERE url = %s AND type = %s",
        (last_rid, active, url, type),
    )


def forget(conn: Connection[Any], keep: Sequence[str]) -> None:
    """Drop the progress of parameters that no longer exist."""
    conn.execute("DELETE FROM custom_parameter WHERE NOT url = ANY(%s)", (list(keep),))
