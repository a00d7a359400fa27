"""All of one patient's record: first which rows, then their contents in chunks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.fhir.r4 import RESOURCES
from osler.search.reference import COMPARTMENT
from osler.store.read import COLUMNS, version_of
from osler.store.rows import Version

# What a patient's resources refer to and a reader needs along with them.
SUPPORTING = (
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "Medication",
    "Substance",
    "Device",
    "HealthcareService",
    "Endpoint",
)

_CHUNK = 200

Visible = Mapping[str, sql.Composable | None]


class Row(NamedTuple):
    """One resource of the answer: `part` 0 the patient, 1 the compartment, 2 what that refers to."""

    part: int
    rid: int
    type: str


def rows(
    conn: Connection[Any],
    patient: str,
    visible: Visible,
    own: Visible | None = None,
    beside: Collection[str] = (),
    *,
    types: Sequence[str] = (),
    since: datetime | None = None,
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> list[Row]:
    """Which rows belong to the answer, in its order.

    `visible` has a condition on alias r for every type that may be seen (None: all of it). `own`, if not
    None, has those for what is about this patient alone; `visible` then is asked of the types `beside`
    of what names the patient otherwise, and of what comes along.
    """
    parts = [sql.SQL("NOT r.deleted"), _within(period)]
    if own is None:
        compartment = _find(conn, [about(patient), *parts, _seen(visible)])
    else:
        mine = sql.SQL("r.patient = {}").format(sql.Literal(patient))
        compartment = _find(conn, [mine, *parts, _seen(own)])
        if beside:
            compartment += _find(conn, [_named(patient), *parts, _seen(_of(visible, beside))])
    chosen = [row for row in compartment if not types or row[1] in types]
    found = [
        Row(0 if type == "Patient" and id == patient else 1, rid, type) for rid, type, id in chosen
    ]
    found.extend(_supporting(conn, [rid for rid, _, _ in compartment], visible, types))
    if since is not None:
        found = _changed_since(conn, found, since)
    return sorted(found)


def about(patient: str) -> sql.Composed:
    """The condition on alias r: the patient, what is about them, and what also names them."""
    return sql.SQL(
        "(r.patient = {patient} OR r.rid = ANY(ARRAY(SELECT rid FROM reference_index"
        " WHERE param = {param} AND target_type = 'Patient' AND target_id = {patient})))"
    ).format(patient=sql.Literal(patient), param=sql.Literal(COMPARTMENT))


def _named(patient: str) -> sql.Composed:
    """The condition on alias r: what names the patient and is about another, or about several."""
    return sql.SQL(
        "(r.patient IS DISTINCT FROM {patient} AND r.rid = ANY(ARRAY(SELECT rid FROM reference_index"
        " WHERE param = {param} AND target_type = 'Patient' AND target_id = {patient})))"
    ).format(patient=sql.Literal(patient), param=sql.Literal(COMPARTMENT))


def types(conn: Connection[Any], patient: str) -> list[str]:
    """The types of resources that there are about the patient, and of those that may come along."""
    mine, beside = types_about(conn, patient)
    return sorted(mine.union(beside, SUPPORTING, ["Patient"]))


def types_about(conn: Connection[Any], patient: str) -> tuple[set[str], set[str]]:
    """The types of what is about the patient alone, and of what names the patient otherwise."""
    query = sql.SQL(
        "SELECT DISTINCT r.type, r.patient IS NOT DISTINCT FROM {} FROM resource r WHERE {}"
    ).format(sql.Literal(patient), about(patient))
    found = conn.execute(query).fetchall()
    return {type for type, own in found if own}, {type for type, own in found if not own}


def _of(visible: Visible, types: Collection[str]) -> Visible:
    return {type: one for type, one in visible.items() if type in types}


def _find(conn: Connection[Any], parts: Sequence[sql.Composable]) -> list[tuple[int, str, str]]:
    query = sql.SQL("SELECT r.rid, r.type, r.id FROM resource r WHERE {}").format(
        sql.SQL(" AND ").join(parts)
    )
    return [(row[0], row[1], row[2]) for row in conn.execute(query)]


def _within(period: tuple[datetime | None, datetime | None]) -> sql.Composable:
    """In the clinical period, or without a date of its own."""
    start, end = period
    parts: list[sql.Composable] = [sql.SQL("true")]
    if start is not None:
        parts.append(sql.SQL("r.date_high > {}").format(sql.Literal(start)))
    if end is not None:
        parts.append(sql.SQL("r.date_low < {}").format(sql.Literal(end)))
    return sql.SQL("(r.type = 'Patient' OR ({}))").format(sql.SQL(" AND ").join(parts))


def _seen(visible: Visible) -> sql.Composable:
    whole = [type for type, condition in visible.items() if condition is None]
    parts = [
        sql.SQL("(r.type = {} AND {})").format(sql.Literal(type), condition)
        for type, condition in visible.items()
        if condition is not None
    ]
    if not parts and len(whole) == len(RESOURCES):
        return sql.SQL("true")
    parts.append(sql.SQL("r.type = ANY({})").format(sql.Literal(whole)))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(parts))


def _supporting(
    conn: Connection[Any], rids: Sequence[int], visible: Visible, types: Sequence[str]
) -> list[Row]:
    found: list[Row] = []
    targets = conn.execute(
        "SELECT DISTINCT target_type, target_id FROM reference_index WHERE rid = ANY(%s)"
        " AND target_type = ANY(%s) ORDER BY target_type",
        (list(rids), list(SUPPORTING)),
    ).fetchall()
    for type, group in groupby(targets, key=lambda row: row[0]):
        ids = [row[1] for row in group]
        if type in visible and (not types or type in types):
            condition = visible[type] or sql.SQL("true")
            where = sql.SQL("r.type = {} AND r.id = ANY({}) AND NOT r.deleted AND {}").format(
                sql.Literal(type), sql.Literal(ids), condition
            )
            found.extend(Row(2, rid, name) for rid, name, _ in _find(conn, [where]))
    inside = set(rids)
    return [row for row in found if row.rid not in inside]


def _changed_since(conn: Connection[Any], rows: Sequence[Row], since: datetime) -> list[Row]:
    query = "SELECT rid FROM resource WHERE rid = ANY(%s) AND updated >= %s"
    changed = {row[0] for row in conn.execute(query, ([row.rid for row in rows], since))}
    return [row for row in rows if row.rid in changed]


def page(rows: Sequence[Row], after: tuple[int, int] | None, limit: int | None) -> list[Row]:
    """The rows after (part, rid), at most `limit`."""
    rest = [row for row in rows if after is None or (row.part, row.rid) > after]
    return rest if limit is None else rest[:limit]


def chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The first chunk is small, so that its bytes go out at once."""
    size, start = 20, 0
    while start < len(rows):
        yield rows[start : start + size]
        start, size = start + size, _CHUNK


def fetch(conn: Connection[Any], chunk: Sequence[Row]) -> list[Version]:
    """The current versions of these rows, in their order; one deleted meanwhile is left out."""
    query = sql.SQL(
        "SELECT {} FROM resource r WHERE r.type = ANY({}) AND r.rid = ANY({}) AND NOT r.deleted"
    ).format(
        COLUMNS,
        sql.Literal(sorted({row.type for row in chunk})),
        sql.Literal([row.rid for row in chunk]),
    )
    by_rid = {row[6]: version_of(row) for row in conn.execute(query)}
    return [by_rid[row.rid] for row in chunk if row.rid in by_rid]
