"""Questions to the audit whose answers look wrong; what counts as wrong is the caller's."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection


class Seen(NamedTuple):
    """What one actor did: `patients` whose, `number` what is too many of it, `usual` what is usual for them."""

    actor: str
    name: str | None
    person: str | None
    patients: list[str]
    number: int
    usual: float | None = None


_MASS = """
    WITH hours AS (
        SELECT actor, date_trunc('hour', at) AS hour, count(DISTINCT patient) AS seen,
            array_agg(DISTINCT patient) AS patients, max(actor_name) AS name, max(person) AS person
        FROM audit_looks(%(since)s, %(until)s) GROUP BY 1, 2
    ), before AS (
        SELECT actor, avg(seen) AS usual FROM (
            SELECT a.actor, date_trunc('hour', a.at), count(DISTINCT p) AS seen
            FROM audit a CROSS JOIN LATERAL unnest(a.patients) p
            WHERE a.at >= %(since)s::timestamptz - interval '30 days' AND a.at < %(since)s
            AND a.outcome = 'success' AND p <> '*' AND a.actor IN (SELECT actor FROM hours)
            GROUP BY 1, 2) h GROUP BY 1
    )
    SELECT DISTINCT ON (actor) actor, name, person, patients, seen, usual::float
    FROM hours LEFT JOIN before USING (actor)
    WHERE seen >= %(most)s OR (seen >= %(least)s AND seen > %(times)s * coalesce(usual, seen))
    ORDER BY actor, seen DESC
"""

_SURNAME = """
    SELECT l.actor, max(l.actor_name), l.person, array_agg(DISTINCT l.patient), count(DISTINCT l.patient)
    FROM audit_looks(%(since)s, %(until)s) l
    JOIN resource me ON me.type = 'Practitioner' AND l.person = 'Practitioner/' || me.id
    JOIN resource one ON one.type = 'Patient' AND one.id = l.patient AND NOT one.deleted
    WHERE lower(me.content #>> '{name,0,family}') = lower(one.content #>> '{name,0,family}')
    AND NOT me.deleted
    GROUP BY l.actor, l.person
"""

_OWN = """
    SELECT l.actor, max(l.actor_name), l.person, array_agg(DISTINCT l.patient), count(*)
    FROM audit_looks(%(since)s, %(until)s) l
    JOIN resource me ON me.type = 'Practitioner' AND l.person = 'Practitioner/' || me.id
    JOIN resource one ON one.type = 'Patient' AND one.id = l.patient AND NOT one.deleted
    WHERE NOT me.deleted AND (
        (me.content ->> 'birthDate' = one.content ->> 'birthDate'
         AND lower(me.content #>> '{name,0,family}') = lower(one.content #>> '{name,0,family}')
         AND lower(me.content #>> '{name,0,given,0}') = lower(one.content #>> '{name,0,given,0}'))
        OR EXISTS (
            SELECT 1 FROM reference_index i JOIN reference_index j ON j.rid = i.rid
            JOIN resource person ON person.rid = i.rid AND person.type = 'Person' AND NOT person.deleted
            WHERE i.target_type = 'Practitioner' AND i.target_id = me.id
            AND j.target_type = 'Patient' AND j.target_id = one.id))
    GROUP BY l.actor, l.person
"""

_VIP = """
    SELECT l.actor, max(l.actor_name), max(l.person), array_agg(DISTINCT l.patient), count(DISTINCT l.patient)
    FROM audit_looks(%(since)s, %(until)s) l
    JOIN resource one ON one.type = 'Patient' AND one.id = l.patient AND NOT one.deleted
    WHERE (one.content #> '{meta,security}')::jsonb @> jsonb_build_array(jsonb_build_object('code', %(vip)s::text))
    GROUP BY l.actor
"""

_AFTER_HOURS = """
    WITH local AS (
        SELECT *, at AT TIME ZONE %(zone)s::text AS t FROM audit_looks(%(since)s, %(until)s)
    ), late AS (
        SELECT actor, max(actor_name) AS name, max(person) AS person,
            array_agg(DISTINCT patient) AS patients, count(DISTINCT patient) AS seen
        FROM local
        WHERE extract(hour FROM t) < %(open)s OR extract(hour FROM t) >= %(close)s
        OR extract(isodow FROM t) > 5
        GROUP BY actor HAVING count(DISTINCT patient) >= %(least)s
    )
    SELECT actor, name, person, patients, seen, (
        SELECT avg((extract(hour FROM a.at AT TIME ZONE %(zone)s::text) < %(open)s
            OR extract(hour FROM a.at AT TIME ZONE %(zone)s::text) >= %(close)s
            OR extract(isodow FROM a.at AT TIME ZONE %(zone)s::text) > 5)::int)::float
        FROM audit a WHERE a.actor = late.actor
        AND a.at >= %(since)s::timestamptz - interval '30 days' AND a.at < %(since)s) AS share
    FROM late
"""

# A relation: something of the patient names the practitioner, or the patient was in the practice that day.
_NO_RELATION = """
    WITH pairs AS (
        SELECT actor, max(actor_name) AS name, person, patient
        FROM audit_looks(%(since)s, %(until)s)
        WHERE person LIKE 'Practitioner/%%' AND roles && %(roles)s::text[]
        GROUP BY actor, person, patient
    ), me AS (
        SELECT DISTINCT person, 'Practitioner' AS type, split_part(person, '/', 2) AS id FROM pairs
        UNION SELECT DISTINCT p.person, 'PractitionerRole', r.id FROM pairs p
        JOIN reference_index i ON i.target_type = 'Practitioner' AND i.target_id = split_part(p.person, '/', 2)
        JOIN resource r ON r.rid = i.rid AND r.type = 'PractitionerRole' AND NOT r.deleted
    )
    SELECT actor, max(name), person, array_agg(patient), count(*) FROM pairs
    WHERE NOT EXISTS (
        SELECT 1 FROM me
        JOIN reference_index i ON i.target_type = me.type AND i.target_id = me.id
        JOIN resource r ON r.rid = i.rid AND NOT r.deleted
        WHERE me.person = pairs.person AND r.patient = pairs.patient
        AND r.type IN ('Patient', 'Encounter', 'Appointment', 'CareTeam', 'EpisodeOfCare', 'ServiceRequest'))
    AND NOT EXISTS (
        SELECT 1 FROM resource r WHERE r.type IN ('Encounter', 'Appointment') AND NOT r.deleted
        AND (r.patient = pairs.patient OR r.rid IN (
            SELECT i.rid FROM reference_index i
            WHERE i.target_type = 'Patient' AND i.target_id = pairs.patient))
        AND r.date_low < %(until)s::timestamptz + interval '1 day'
        AND r.date_high > %(since)s::timestamptz - interval '1 day')
    GROUP BY actor, person HAVING count(*) >= %(least)s
"""

_FAILURES = """
    SELECT actor, max(actor_name), max(person), '{}'::text[], max(failed) FROM (
        SELECT actor, max(actor_name) AS actor_name, max(person) AS person, count(*) AS failed
        FROM audit WHERE at >= %(since)s AND at < %(until)s
        AND (outcome IN ('forbidden', 'not-found', 'suppressed', 'login', 'failure') OR action = 'login-failed')
        AND actor <> 'local'
        GROUP BY actor, coalesce(address, ''), date_trunc('hour', at) HAVING count(*) >= %(most)s) h
    GROUP BY actor
"""


def _ask(conn: Connection[Any], query: str, values: dict[str, Any]) -> list[Seen]:
    return [Seen(*row) for row in conn.execute(query.encode(), values)]


def mass(
    conn: Connection[Any], since: datetime, until: datetime, *, most: int, least: int, times: float
) -> list[Seen]:
    """Actors who saw at least `most` patients in an hour, or `least` and `times` their own 30-day average."""
    values = {"since": since, "until": until, "most": most, "least": least, "times": times}
    return _ask(conn, _MASS, values)


def surname(conn: Connection[Any], since: datetime, until: datetime) -> list[Seen]:
    """Actors who saw patients of their own surname."""
    return _ask(conn, _SURNAME, {"since": since, "until": until})


def own(conn: Connection[Any], since: datetime, until: datetime) -> list[Seen]:
    """Actors who saw the record of the patient that they themselves are, by a Person or by name and birthday."""
    return _ask(conn, _OWN, {"since": since, "until": until})


def vip(conn: Connection[Any], since: datetime, until: datetime, label: str) -> list[Seen]:
    """Actors who saw patients with this label."""
    return _ask(conn, _VIP, {"since": since, "until": until, "vip": label})


def after_hours(
    conn: Connection[Any],
    since: datetime,
    until: datetime,
    *,
    zone: str,
    hours: tuple[int, int],
    least: int,
) -> list[Seen]:
    """Actors who saw `least` patients outside of [open, close) or at a weekend; `usual`: their share of such."""
    values = {"since": since, "until": until, "zone": zone, "least": least}
    return _ask(conn, _AFTER_HOURS, values | {"open": hours[0], "close": hours[1]})


def no_relation(
    conn: Connection[Any], since: datetime, until: datetime, *, roles: list[str], least: int
) -> list[Seen]:
    """Actors in these roles who saw `least` patients that nothing connects with them or with that day."""
    values = {"since": since, "until": until, "roles": roles, "least": least}
    return _ask(conn, _NO_RELATION, values)


def failures(conn: Connection[Any], since: datetime, until: datetime, most: int) -> list[Seen]:
    """Actors who were refused, or found nothing, `most` times in an hour."""
    return _ask(conn, _FAILURES, {"since": since, "until": until, "most": most})
