"""Reading versions: the current one, a superseded one, histories, and the record as it stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.store.audit import WHO, others, who_values
from osler.store.rows import Version, Who


class Visible(NamedTuple):
    """Which versions may be seen: `now` is a condition on the current row (here), `own` on the version itself (r)."""

    now: sql.Composable
    own: sql.Composable


class Where(NamedTuple):
    """Which versions are meant, as conditions on alias r: of current ones, and of superseded ones."""

    now: sql.Composable
    past: sql.Composable

    def within(self, part: sql.Composable) -> Where:
        """Those of them that a condition holds of too."""
        both = sql.SQL("{} AND {}")
        return Where(both.format(part, self.now), both.format(part, self.past))


COLUMNS = sql.SQL("r.type, r.id, r.version, r.updated, r.deleted, r.content, r.rid, r.patient")

_READ = sql.SQL(
    "WITH r AS (SELECT r.* FROM resource r WHERE r.type = {type} AND r.id = %s AND {visible}),"
    " a AS (INSERT INTO audit ({who}, action, type, id, version, patients, outcome)"
    " SELECT {who_values}, 'read', {type}, %s, r.version, {patients},"
    " CASE WHEN r.version IS NULL THEN 'not-found' WHEN r.deleted THEN 'deleted' ELSE 'success' END"
    " FROM (SELECT 1) one LEFT JOIN r ON true)"
    " SELECT {columns} FROM r"
)
_PATIENTS = sql.SQL("(array_remove(ARRAY[r.patient], NULL) || ARRAY({}))").format(
    others(sql.SQL("r.rid"))
)
_VERSIONS = sql.SQL(
    "(SELECT {columns} FROM resource r WHERE {now} UNION ALL SELECT {columns} FROM history r WHERE {past})"
)

# Each table gives its newest by its own index; sorting both together would read them whole.
_NEWEST = sql.SQL(
    "SELECT * FROM ((SELECT {columns} FROM resource r WHERE {now}"
    " ORDER BY r.updated DESC, r.rid DESC LIMIT {limit})"
    " UNION ALL (SELECT {columns} FROM history r WHERE {past}"
    " ORDER BY r.updated DESC, r.rid DESC, r.version DESC LIMIT {limit})) v"
    " ORDER BY updated DESC, rid DESC, version DESC LIMIT {limit}"
)


def version_of(row: Sequence[Any]) -> Version:
    """A row of `COLUMNS` as a Version."""
    type_, id_, version, updated, deleted, content, rid, patient = row[:8]
    return Version(type_, id_, version, updated, deleted, content or b"", rid, patient)


@lru_cache(maxsize=512)
def _read_everywhere(type: str) -> bytes:
    return _read_sql(type, sql.SQL("true")).as_bytes(None)


def _read_sql(type: str, visible: sql.Composable) -> sql.Composed:
    return _READ.format(
        type=sql.Literal(type),
        visible=visible,
        who=WHO,
        who_values=who_values(_PATIENTS),
        patients=_PATIENTS,
        columns=COLUMNS,
    )


def read(
    conn: Connection[Any],
    who: Who,
    type: str,
    id: str,
    visible: sql.Composable | None,
) -> Version | None:
    """The current version if `visible` (None: everything is) lets it be seen, audited in one statement."""
    if visible is None:
        cursor = conn.execute(_read_everywhere(type), (id, *who, id), prepare=True)
    else:
        cursor = conn.execute(_read_sql(type, visible), (id, *who, id))
    row = cursor.fetchone()
    return None if row is None else version_of(row)


def current(
    conn: Connection[Any], type: str, id: str, visible: sql.Composable | None = None
) -> Version | None:
    """The current version without an audit row, for use inside an operation that writes its own."""
    query = sql.SQL("SELECT {} FROM resource r WHERE r.type = {} AND r.id = {} AND {}").format(
        COLUMNS, sql.Literal(type), sql.Literal(id), visible or sql.SQL("true")
    )
    row = conn.execute(query).fetchone()
    return None if row is None else version_of(row)


def vread(
    conn: Connection[Any], type: str, id: str, version: int, visible: Visible | None
) -> Version | None:
    """One version, current or superseded."""
    one = sql.SQL("r.type = {} AND r.id = {} AND r.version = {}").format(
        sql.Literal(type), sql.Literal(id), sql.Literal(version)
    )
    where = _seen(visible).within(one)
    row = conn.execute(_VERSIONS.format(columns=COLUMNS, **where._asdict())).fetchone()
    return None if row is None else version_of(row)


_TRUE = sql.SQL("true")
_FALSE = sql.SQL("false")
_SEEN = sql.SQL(
    "EXISTS (SELECT 1 FROM resource here WHERE here.type = r.type AND here.id = r.id"
    " AND here.patient IS NOT DISTINCT FROM r.patient AND {now})"
    " AND (r.deleted OR (r.keys IS NOT NULL AND {own}))"
)


def _seen(visible: Visible | None) -> Where:
    """A version may be seen where the current one may, and it might be seen if it were the current one.

    It must be about the same patient, or an id that was Bob's until a mistake was mended, or its owner
    deleted it, would open Bob's versions to whoever may see the new ones. And a label taken away later
    does not open what it hid: labels, codes and dates are those that the version itself had. (What is
    looked up in other tables, such as who took part in an appointment, is the current version's.)
    """
    if visible is None:
        return Where(_TRUE, _TRUE)
    return Where(visible.own, _SEEN.format(now=visible.now, own=visible.own))


def history(
    conn: Connection[Any],
    where: Where,
    *,
    before: tuple[datetime, int, int] | None,
    limit: int,
) -> list[Version]:
    """Versions newest first; `before` is (updated, rid, version) of the last one already seen."""
    if before is not None:
        place = sql.SQL("(r.updated, r.rid, r.version) < ({}, {}, {})").format(
            *(sql.Literal(part) for part in before)
        )
        where = where.within(place)
    query = _NEWEST.format(columns=COLUMNS, limit=sql.Literal(limit), **where._asdict())
    return [version_of(row) for row in conn.execute(query)]


def types(conn: Connection[Any]) -> list[str]:
    """The types of which there is any resource, deleted ones too; looked up one after another in the index."""
    rows = conn.execute(
        "WITH RECURSIVE one(type) AS (SELECT min(type) FROM resource UNION ALL"
        " SELECT (SELECT min(r.type) FROM resource r WHERE r.type > one.type) FROM one"
        " WHERE one.type IS NOT NULL) SELECT type FROM one WHERE type IS NOT NULL"
    )
    return [row[0] for row in rows]


def history_count(conn: Connection[Any], where: Where) -> int:
    """How many versions a history has."""
    query = sql.SQL("SELECT count(*) FROM {} v").format(
        _VERSIONS.format(columns=COLUMNS, **where._asdict())
    )
    row = conn.execute(query).fetchone()
    return int(row[0]) if row else 0


def history_where(
    type: str | None,
    id: str | None,
    since: datetime | None,
    at: tuple[datetime, datetime] | None,
    visible: Sequence[tuple[str, Visible | None]],
) -> Where:
    """The condition of a history: what, from when, and which of it may be seen.

    `at` is a period [low, high): versions that were current at some time within it.
    `visible` lists the types that may be seen, each with its conditions (None: all of it).
    """
    parts: list[sql.Composable] = []
    if type is not None:
        parts.append(sql.SQL("r.type = {}").format(sql.Literal(type)))
    if id is not None:
        parts.append(sql.SQL("r.id = {}").format(sql.Literal(id)))
    if since is not None:
        parts.append(sql.SQL("r.updated >= {}").format(sql.Literal(since)))
    if at is not None:
        parts.append(_current_within(*at))
    seen = _any_visible(visible)
    return seen.within(sql.SQL(" AND ").join(parts)) if parts else seen


def _current_within(low: datetime, high: datetime) -> sql.Composed:
    return sql.SQL(
        "r.updated < {high} AND NOT EXISTS (SELECT 1 FROM history h WHERE h.type = r.type"
        " AND h.id = r.id AND h.version = r.version AND h.superseded <= {low})"
    ).format(low=sql.Literal(low), high=sql.Literal(high))


def _any_visible(visible: Sequence[tuple[str, Visible | None]]) -> Where:
    if all(condition is None for _, condition in visible):
        if len(visible) > 100:  # everything: no list of types to compare with
            return Where(_TRUE, _TRUE)
        one = sql.SQL("r.type = ANY({})").format(sql.Literal([type for type, _ in visible]))
        return Where(one, one)
    found = [
        _seen(condition).within(sql.SQL("r.type = {}").format(sql.Literal(type)))
        for type, condition in visible
        if condition is None or condition.now != _FALSE
    ]
    return Where(_any(one.now for one in found), _any(one.past for one in found))


def _any(parts: Iterable[sql.Composable]) -> sql.Composable:
    made = [sql.SQL("({})").format(part) for part in parts]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(made)) if made else _FALSE


def as_of(conn: Connection[Any], where: Where, instant: datetime) -> Iterator[Version]:
    """The versions that were current at `instant`, deleted ones left out, oldest resource first."""
    then = _current_within(instant, _after(instant))
    current_then = where.within(sql.SQL("{} AND NOT r.deleted").format(then))
    query = sql.SQL("SELECT * FROM {} v ORDER BY rid").format(
        _VERSIONS.format(columns=COLUMNS, **current_then._asdict())
    )
    with conn.cursor() as cursor:
        for row in cursor.stream(query):
            yield version_of(row)


def _after(instant: datetime) -> datetime:
    """The smallest later instant PostgreSQL can hold, so that [instant, after) is that instant."""
    return instant + timedelta(microseconds=1)


def export(conn: Connection[Any], where: Where, *, history: bool) -> Iterator[Version]:
    """Versions in the order of (rid, version): current ones, or all; read in slices by a server-side cursor."""
    source = (
        _VERSIONS
        if history
        else sql.SQL("(SELECT {columns} FROM resource r WHERE {now} AND NOT r.deleted)")
    )
    query = sql.SQL("SELECT * FROM {} v ORDER BY rid, version").format(
        source.format(columns=COLUMNS, **where._asdict())
    )
    with conn.transaction(), conn.cursor(name="export") as cursor:
        cursor.itersize = 1000
        for row in cursor.execute(query):
            yield version_of(row)
