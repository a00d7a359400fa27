"""Who did what with one patient's record, counted by day."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.store.audit.query import naming


class DayRow(NamedTuple):
    """One actor's accesses of a day for one reason; `what` has each (action, type, outcome) once."""

    day: date
    actor: str
    actor_name: str | None
    roles: list[str]
    purpose: str | None
    emergency: bool
    what: list[tuple[str, str | None, str]]
    times: int
    first: datetime
    last: datetime


_BY_DAY = sql.SQL(
    "SELECT (a.at AT TIME ZONE 'UTC')::date AS day, a.actor, max(a.actor_name), a.roles, a.purpose,"
    " a.emergency, json_agg(DISTINCT jsonb_build_array(a.action, a.type, a.outcome))::text,"
    " count(*), min(a.at), max(a.at)"
    " FROM audit a WHERE {naming} AND {since}"
    " AND ('*' <> ALL(a.patients) OR a.at >= coalesce({born}, a.at))"
    " GROUP BY 1, a.actor, a.roles, a.purpose, a.emergency ORDER BY day DESC, max(a.at) DESC"
)

# What was done to everybody concerns those who were in the record by then.
_BORN = sql.SQL(
    "(SELECT min(v.updated) FROM (SELECT updated FROM history WHERE type = 'Patient' AND id = {id}"
    " UNION ALL SELECT updated FROM resource WHERE type = 'Patient' AND id = {id}) v)"
)


def by_day(conn: Connection[Any], patient: str, since: datetime | None) -> list[DayRow]:
    """The accesses that name the patient, newest day first."""
    place = sql.SQL("true") if since is None else sql.SQL("a.at >= {}").format(sql.Literal(since))
    statement = _BY_DAY.format(
        naming=naming(patient), since=place, born=_BORN.format(id=sql.Literal(patient))
    )
    return [
        DayRow._make((*row[:6], [(w[0], w[1], w[2]) for w in json.loads(row[6])], *row[7:]))
        for row in conn.execute(statement)
    ]
