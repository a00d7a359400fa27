"""What policies need to know from the database: roles saved, glass broken, who works where, who is family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg import Connection, sql

from osler.search.registry import Registry

Conn = Connection[Any]


@dataclass(frozen=True, slots=True)
class Relations:
    """Where somebody works (with the parts of it), what else they answer to, and whose charts they are guarded from."""

    organizations: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Glass:
    """One time that somebody opened a patient's chart against the rules; `task` is the Task of its review."""

    id: str
    account: str
    name: str
    patient: str
    reason: str
    purpose: str
    started: datetime
    expires: datetime
    task: str
    ended: datetime | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None

    def open(self, at: datetime) -> bool:
        """Whether it opens the chart at an instant."""
        return self.started <= at < self.expires and self.ended is None


@dataclass(frozen=True, slots=True)
class SavedRole:
    """One version of a role of the practice; `definition` b"" where that went back to the shipped role."""

    code: str
    version: int
    definition: bytes
    by: str
    at: datetime


# ---- facts

_RELATIONS = sql.SQL(
    "WITH RECURSIVE work AS MATERIALIZED (SELECT p.rid, p.id FROM reference_index i"
    " JOIN resource p ON p.rid = i.rid AND p.type = 'PractitionerRole' AND NOT p.deleted"
    " WHERE i.param = {practitioner} AND i.target_type = 'Practitioner' AND i.target_id = %(practitioner)s"
    " AND coalesce(p.content ->> 'active', 'true') <> 'false'"
    " AND p.date_low <= %(now)s AND %(now)s < p.date_high),"
    " organization(id) AS ({organizations}), location(id) AS ({locations}),"
    # Care teams only where a consent names one at all, which few do.
    " team(id) AS (SELECT DISTINCT t FROM consent_rule, unnest(teams) t WHERE teams <> '{{}}'"
    " AND EXISTS (SELECT FROM resource m JOIN reference_index i ON i.rid = m.rid AND i.param = {member}"
    " WHERE m.type = 'CareTeam' AND m.id = split_part(t, '/', 2) AND NOT m.deleted"
    " AND coalesce(m.content ->> 'status', 'active') = 'active'"
    " AND ((i.target_type = 'Practitioner' AND i.target_id = %(practitioner)s)"
    " OR (i.target_type = 'PractitionerRole' AND i.target_id IN (SELECT id FROM work)))))"
    " SELECT ARRAY(SELECT id FROM organization), ARRAY(SELECT id FROM location),"
    " ARRAY(SELECT 'PractitionerRole/' || id FROM work UNION SELECT id FROM team),"
    " access_guarded(%(person)s, %(own)s),"
    " ARRAY(SELECT substr(t, 9) FROM unnest(access_self(%(person)s, %(own)s)) t WHERE t LIKE 'Patient/%%')"
)
# Where somebody works, and the parts of it.
_PLACES = sql.SQL(
    "SELECT i.target_id FROM reference_index i WHERE i.rid IN (SELECT rid FROM work)"
    " AND i.param = {param} AND i.target_type = {type}"
    " UNION SELECT part.id FROM {tree} above"
    " JOIN reference_index i ON i.target_id = above.id AND i.target_type = {type} AND i.param = {part_of}"
    " JOIN resource part ON part.rid = i.rid AND part.type = {type} AND NOT part.deleted"
)


@lru_cache(maxsize=1)
def _relations() -> bytes:
    return _RELATIONS.format(
        practitioner=_number("PractitionerRole", "practitioner"),
        member=_number("CareTeam", "participant"),
        organizations=_places("organization", "Organization"),
        locations=_places("location", "Location"),
    ).as_bytes(None)


def _number(type: str, code: str) -> sql.Literal:
    param = Registry.builtin().get(type, code)
    assert param is not None
    return sql.Literal(param.stored()[0].id)


def _places(code: str, type: str) -> sql.Composed:
    return _PLACES.format(
        param=_number("PractitionerRole", code),
        type=sql.Literal(type),
        tree=sql.Identifier(code),
        part_of=_number(type, "partof"),
    )


def relations(conn: Conn, person: str | None, own: str | None, now: datetime) -> Relations:
    """The relations of a member of the staff: `person` as Type/id, `own` the id of their own chart."""
    kind, _, id = (person or "").partition("/")
    practitioner = id if kind == "Practitioner" else ""
    row = conn.execute(
        _relations(),
        {"practitioner": practitioner, "person": person, "own": own, "now": now},
        prepare=True,
    ).fetchone()
    assert row is not None
    return Relations(*map(frozenset, row))


_OPEN = (
    "SELECT (SELECT version FROM access_version), ARRAY(SELECT patient FROM break_glass"
    " WHERE account = %s AND ended IS NULL AND started <= %s AND expires > %s)"
)


def open_glass(conn: Conn, account: str, now: datetime) -> tuple[int, frozenset[str]]:
    """The counter that moves with every saved role, and the patients whose charts are open to the account."""
    row = conn.execute(_OPEN, (account, now, now), prepare=True).fetchone()
    assert row is not None
    return row[0], frozenset(row[1])


# ---- roles


def roles_version(conn: Conn) -> int:
    """Moves whenever a role is saved."""
    row = conn.execute("SELECT version FROM access_version").fetchone()
    return int(row[0]) if row else 0


def lock_roles(conn: Conn) -> int:
    """As `roles_version`; nobody else saves a role until the transaction ends."""
    row = conn.execute("SELECT version FROM access_version FOR UPDATE").fetchone()
    return int(row[0]) if row else 0


def saved_roles(conn: Conn) -> list[SavedRole]:
    """The last version of every role that was saved."""
    rows = conn.execute(
        "SELECT DISTINCT ON (code) code, version, coalesce(definition, 'null'::json), by, at"
        " FROM access_role ORDER BY code, version DESC"
    )
    return [_role(row) for row in rows]


def role_history(conn: Conn, code: str) -> list[SavedRole]:
    """Every saved version of a role, newest first."""
    rows = conn.execute(
        "SELECT code, version, coalesce(definition, 'null'::json), by, at FROM access_role"
        " WHERE code = %s ORDER BY version DESC",
        (code,),
    )
    return [_role(row) for row in rows]


def _role(row: Sequence[Any]) -> SavedRole:
    code, version, definition, by, at = row
    return SavedRole(code, version, b"" if definition == b"null" else definition, by, at)


def save_role(conn: Conn, code: str, definition: str | None, by: str, at: datetime) -> int:
    """Add a version of a role; its number. Needs `lock_roles` before, in the same transaction."""
    row = conn.execute(
        "INSERT INTO access_role (code, version, definition, by, at)"
        " SELECT %(code)s, coalesce(max(version), 0) + 1, %(definition)s::json, %(by)s, %(at)s"
        " FROM access_role WHERE code = %(code)s RETURNING version",
        {"code": code, "definition": definition, "by": by, "at": at},
    ).fetchone()
    conn.execute("UPDATE access_version SET version = version + 1")
    assert row is not None
    return int(row[0])


# ---- broken glass

_GLASS = sql.SQL(
    "SELECT id, account, name, patient, reason, purpose, started, expires, task, ended, reviewed_by,"
    " reviewed_at FROM break_glass WHERE {} ORDER BY started DESC, id LIMIT {}"
)
_MANY = 1000


def break_glass(conn: Conn, glass: Glass) -> None:
    """Write down that it was broken; what of the same account and patient was still open ends."""
    conn.execute(
        "UPDATE break_glass SET ended = %s WHERE account = %s AND patient = %s AND ended IS NULL"
        " AND expires > %s",
        (glass.started, glass.account, glass.patient, glass.started),
    )
    conn.execute(
        "INSERT INTO break_glass (id, account, name, patient, reason, purpose, started, expires, task)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *(glass.id, glass.account, glass.name, glass.patient, glass.reason, glass.purpose),
            *(glass.started, glass.expires, glass.task),
        ),
    )


def glass_of(conn: Conn, account: str, *, since: datetime) -> list[Glass]:
    """What an account broke since then, newest first."""
    where = sql.SQL("account = {} AND started >= {}")
    return _glass(conn, where.format(sql.Literal(account), sql.Literal(since)))


def glass_of_patient(conn: Conn, patient: str) -> list[Glass]:
    """Who broke the glass of a patient, newest first."""
    return _glass(conn, sql.SQL("patient = {}").format(sql.Literal(patient)))


def glass_to_review(conn: Conn) -> list[Glass]:
    """What nobody has reviewed yet."""
    return _glass(conn, sql.SQL("reviewed_at IS NULL"))


def one_glass(conn: Conn, id: str) -> Glass | None:
    """One of them, locked until the transaction ends."""
    conn.execute("SELECT FROM break_glass WHERE id = %s FOR UPDATE", (id,))
    found = _glass(conn, sql.SQL("id = {}").format(sql.Literal(id)))
    return found[0] if found else None


def _glass(conn: Conn, where: sql.Composable) -> list[Glass]:
    return [Glass(*row) for row in conn.execute(_GLASS.format(where, sql.Literal(_MANY)))]


def end_glass(conn: Conn, account: str, patient: str, at: datetime) -> int:
    """Let what an account opened of a patient end now; how many there were."""
    cursor = conn.execute(
        "UPDATE break_glass SET ended = %(at)s WHERE account = %(account)s AND patient = %(patient)s"
        " AND ended IS NULL AND expires > %(at)s",
        {"at": at, "account": account, "patient": patient},
    )
    return cursor.rowcount


def review_glass(conn: Conn, id: str, by: str, at: datetime) -> None:
    """Note who reviewed it and when."""
    conn.execute(
        "UPDATE break_glass SET reviewed_by = %s, reviewed_at = %s WHERE id = %s", (by, at, id)
    )


# ---- consents

CONSENT_COLUMNS = (
    *("consent", "patient", "node", "parent", "effect", "actors", "purposes", "labels", "types"),
    *("codes", "resources", "low", "high", "data_low", "data_high", "teams"),
)
_CONSENT = sql.SQL("INSERT INTO consent_rule ({}) VALUES ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, CONSENT_COLUMNS)),
    sql.SQL(", ").join(sql.Placeholder() for _ in CONSENT_COLUMNS),
)


def set_consents(conn: Conn, ids: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Replace the rules of these Consents by rows of `CONSENT_COLUMNS`."""
    conn.execute("DELETE FROM consent_rule WHERE consent = ANY(%s)", (list(ids),))
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(_CONSENT, rows)


# A denial that speaks of the caller now and may speak of a type. An exception counts where it is of all of the type.
_DENIABLE = sql.SQL(
    "SELECT t FROM unnest(%(types)s::text[]) t WHERE EXISTS (SELECT FROM consent_rule c"
    " WHERE c.patient = %(patient)s AND c.effect = 'deny' AND {c}"
    " AND (c.parent IS NULL OR EXISTS (SELECT FROM consent_rule a"
    " WHERE a.consent = c.consent AND a.node = c.parent AND {a}))"
    " AND NOT EXISTS (SELECT FROM consent_rule x WHERE x.consent = c.consent AND x.parent = c.node"
    " AND x.effect <> c.effect AND {x} AND x.labels = '{{}}' AND x.codes = '{{}}' AND x.resources = '{{}}'"
    " AND x.data_low = '-infinity' AND x.data_high = 'infinity'))"
)
_SPEAKS = sql.SQL(
    "({c}.actors = '{{}}' OR {c}.actors && %(actors)s) AND ({c}.purposes = '{{}}' OR {c}.purposes && %(purposes)s)"
    " AND ({c}.types = '{{}}' OR t = ANY({c}.types)) AND {c}.low <= %(at)s AND %(at)s < {c}.high"
)
_DENIED = _DENIABLE.format(**{one: _SPEAKS.format(c=sql.Identifier(one)) for one in "cax"})


def deniable(
    conn: Conn,
    patient: str,
    types: Sequence[str],
    caller: tuple[Sequence[str], Sequence[str]],
    at: datetime,
) -> frozenset[str]:
    """The types of which consents of a patient may deny the caller (actors, purposes) something, whatever there is."""
    actors, purposes = map(list, caller)
    values = {"types": list(types), "patient": patient, "at": at}
    rows = conn.execute(_DENIED, values | {"actors": actors, "purposes": purposes})
    return frozenset(row[0] for row in rows)


# ---- one patient

_ON_PATIENT = sql.SQL(
    "SELECT EXISTS (SELECT 1 FROM consent_rule c WHERE c.patient = p.id){} FROM resource p"
    " WHERE p.type = 'Patient' AND p.id = %s AND NOT p.deleted"
)


def on_patient(
    conn: Conn, id: str, conditions: Sequence[sql.Composable]
) -> tuple[bool, ...] | None:
    """Whether a patient's consents say anything, and which of these conditions (on alias p) hold; None: no patient.

    Prepared: of all patients that somebody looks at, the same is asked.
    """
    more = [sql.SQL(", ({}) IS TRUE").format(one) for one in conditions]
    query = _ON_PATIENT.format(sql.SQL("").join(more))
    return conn.execute(query, (id,), prepare=True).fetchone()


# ---- explanations


def tests(
    conn: Conn, type: str, id: str, conditions: Sequence[sql.Composable]
) -> tuple[str | None, list[bool]] | None:
    """A current resource's patient, and which of these conditions (on alias r) hold of it; None if it is not there."""
    columns = sql.SQL(", ").join(
        [sql.SQL("r.patient"), *(sql.SQL("({}) IS TRUE").format(one) for one in conditions)]
    )
    query = sql.SQL("SELECT {} FROM resource r WHERE r.type = {} AND r.id = {} AND NOT r.deleted")
    row = conn.execute(query.format(columns, sql.Literal(type), sql.Literal(id))).fetchone()
    return None if row is None else (row[0], list(row[1:]))


def types_about(conn: Conn, about: sql.Composable) -> dict[str, int]:
    """How many current resources of each type a condition (on alias r) holds of."""
    query = sql.SQL(
        "SELECT r.type, count(*) FROM resource r WHERE NOT r.deleted AND {} GROUP BY r.type ORDER BY r.type"
    )
    return {row[0]: row[1] for row in conn.execute(query.format(about))}


def counting(type: str, about: sql.Composable, tests: Sequence[sql.Composable]) -> sql.Composed:
    """A query for the number of resources of a type, within `about`, of which each test holds."""
    counts = sql.SQL(", ").join(sql.SQL("count(*) FILTER (WHERE {})").format(one) for one in tests)
    return sql.SQL("SELECT {} FROM resource r WHERE r.type = {} AND NOT r.deleted AND {}").format(
        counts, sql.Literal(type), about
    )


def counted(type: str, where: sql.Composable, at_most: int) -> sql.Composed:
    """A query for the number of resources of a type that a condition holds of, counted no further than `at_most`."""
    return sql.SQL(
        "SELECT count(*) FROM (SELECT FROM resource r WHERE r.type = {} AND NOT r.deleted AND {} LIMIT {}) n"
    ).format(sql.Literal(type), where, sql.Literal(at_most))


def numbers(conn: Conn, queries: Sequence[sql.Composed]) -> list[tuple[int, ...]]:
    """The one row of each query."""
    found = [conn.execute(query).fetchone() for query in queries]
    return [row or () for row in found]
