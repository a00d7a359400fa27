"""Statements on what has been written since: the versions of finished transactions, by the order of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

AT_MOST = 200
"""Versions of one answer; whoever missed more looks at the whole anew."""

READ_AT_MOST = 5_000
"""Versions looked at for one answer: a load writes no more between two looks."""


@dataclass(frozen=True, slots=True)
class Change:
    """A version that is the current one now: whose it is about, who wrote it, which staff it names."""

    type: str
    id: str
    version: int
    deleted: bool
    patient: str | None
    actor: str | None
    to: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes after a cursor, oldest first, and the cursor after them; `more`: there were too many to list."""

    cursor: str
    changes: tuple[Change, ...] = ()
    more: bool = False


# Everything before the oldest transaction still running is there to be seen: that is the next cursor. What
# committed after it comes again the next time; whoever asks knows by type, id and version.
_SINCE = (
    "WITH fresh AS MATERIALIZED (SELECT type, id, version, deleted, patient, rid, xact FROM resource"
    " WHERE xact >= %s::xid8 ORDER BY xact LIMIT 5000)"  # Written out, so that every plan goes by the index.
    " SELECT pg_snapshot_xmin(pg_current_snapshot())::text, (SELECT count(*) FROM fresh), c.*"
    " FROM (VALUES (1)) one LEFT JOIN LATERAL (SELECT r.type, r.id, r.version, r.deleted, r.patient,"
    " (SELECT a.actor FROM audit a WHERE a.xact = r.xact LIMIT 1),"
    " ARRAY(SELECT i.target_type || '/' || i.target_id FROM reference_index i WHERE i.rid = r.rid"
    " AND i.target_type IN ('Practitioner', 'PractitionerRole'))"
    " FROM fresh r WHERE r.patient = ANY(%s) OR r.type = ANY(%s) ORDER BY r.xact LIMIT %s) c ON true"
)


def cursor(conn: Connection[Any]) -> str:
    """The place in the order of transactions that is now."""
    row = conn.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    return str(row[0]) if row else "0"


def since(
    conn: Connection[Any], cursor: str, patients: Sequence[str], types: Sequence[str]
) -> Changes:
    """What was written after `cursor` about these patients, or of these types."""
    arguments = (cursor, list(patients), list(types), AT_MOST + 1)
    # Planned anew: a plan for any cursor would expect a third of all rows, and read them.
    rows = conn.execute(_SINCE, arguments, prepare=False).fetchall()
    found = tuple(_change(row[2:]) for row in rows if row[2] is not None)
    more = len(found) > AT_MOST or rows[0][1] == READ_AT_MOST
    return Changes(rows[0][0], found[:AT_MOST], more)


def _change(row: Sequence[Any]) -> Change:
    type, id, version, deleted, patient, actor, to = row
    return Change(type, id, version, deleted, patient, actor, frozenset(to))


def writer(conn: Connection[Any], type: str, id: str) -> tuple[str, datetime] | None:
    """Who wrote the current version of a resource, and when."""
    row = conn.execute(
        "SELECT (SELECT coalesce(a.actor_name, a.actor) FROM audit a WHERE a.xact = r.xact LIMIT 1),"
        " r.updated FROM resource r WHERE r.type = %s AND r.id = %s",
        (type, id),
    ).fetchone()
    return None if row is None else (row[0] or "", row[1])
