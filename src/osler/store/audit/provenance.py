"""Who wrote which version: the audit row of the transaction that wrote it, also after its month is archived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql


@dataclass(frozen=True, slots=True)
class Written:
    """One version and who wrote it."""

    type: str
    id: str
    version: int
    rid: int
    updated: datetime
    patient: str | None
    action: str
    actor: str
    actor_name: str | None
    person: str | None
    on_behalf: str | None
    purpose: str | None
    source: str | None
    author: str | None


# Both tables keep the transaction that wrote the version; loads have one row for a whole transaction.
_ROWS = sql.SQL(
    "SELECT a.action, a.actor, a.actor_name, a.person, a.on_behalf, a.purpose, a.source, a.author"
    " FROM {table} a WHERE a.xact = v.xact AND a.outcome = 'success'"
    " AND ((a.type = v.type AND a.id = v.id AND a.version = v.version)"
    " OR a.action IN ('load', 'restore'))"
)
_WRITTEN = sql.SQL(
    "SELECT v.type, v.id, v.version, v.rid, v.updated, v.patient, w.* FROM ("
    "SELECT type, id, version, rid, updated, patient, xact FROM resource r WHERE {where}"
    " UNION ALL SELECT type, id, version, rid, updated, patient, xact FROM history r WHERE {where}"
    " ORDER BY updated DESC, version DESC LIMIT {limit}) v"
    " CROSS JOIN LATERAL (({audit}) UNION ALL ({kept}) LIMIT 1) w"
)


def written(conn: Connection[Any], where: sql.Composable, limit: int) -> list[Written]:
    """Versions that fulfil a condition on alias r, newest first, each with who wrote it."""
    statement = _WRITTEN.format(
        where=where,
        limit=sql.Literal(limit),
        audit=_ROWS.format(table=sql.Identifier("audit")),
        kept=_ROWS.format(table=sql.Identifier("audit_kept")),
    )
    return [Written(*row) for row in conn.execute(statement)]


def of(type: str, id: str, version: int | None = None) -> sql.Composed:
    """The condition on alias r: one resource, or one version of it."""
    where = sql.SQL("r.type = {} AND r.id = {}").format(sql.Literal(type), sql.Literal(id))
    if version is None:
        return where
    return sql.SQL("{} AND r.version = {}").format(where, sql.Literal(version))


def versions(which: Sequence[tuple[int, int]]) -> sql.Composed:
    """The condition on alias r: these versions, each by (rid, version)."""
    pairs = sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(rid), sql.Literal(version)) for rid, version in which
    )
    rids = sql.Literal([rid for rid, _ in which])
    return sql.SQL("r.rid = ANY({}) AND (r.rid, r.version) IN ({})").format(rids, pairs)
