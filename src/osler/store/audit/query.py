"""Reading the audit: filters on every field, any order, pages that neither skip nor repeat a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

EVERYBODY = "*"
"""Stands in `patients` for every patient that the record had at the time."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the audit; see `store.rows.Who` and `Access` for what the columns say."""

    at: datetime
    seq: int
    actor: str
    actor_name: str | None
    roles: list[str]
    person: str | None
    on_behalf: str | None
    session: str | None
    action: str
    type: str | None
    id: str | None
    version: int | None
    patients: list[str]
    query: str | None
    hits: int | None
    outcome: str
    purpose: str | None
    emergency: bool
    address: str | None
    client: str | None
    request: str | None
    detail: str | None
    source: str | None
    author: str | None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows, in which order. A filter that is None or () allows all; times are [since, until).

    Tuples mean any of them. `patients` matches rows that name one of them, `roles` rows whose actor had
    one. `types` are resource types, `entity_types` "1" (a person) and "2" (a resource). `actor_name` is
    the beginning of the name or of a word in it, `client` a part of the text, whatever the case; `text`
    is looked for in query and detail. `failed` True: only what was refused or not found.
    `sort` is a field of `SORTS`, with "-" before it for the greatest first. `cursor` is the `next` of
    the page before.
    """

    since: datetime | None = None
    until: datetime | None = None
    seqs: tuple[int, ...] = ()
    actors: tuple[str, ...] = ()
    actor_name: str | None = None
    roles: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    on_behalf: str | None = None
    session: str | None = None
    actions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    entity_types: tuple[str, ...] = ()
    id: str | None = None
    version: int | None = None
    patients: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    failed: bool | None = None
    purposes: tuple[str, ...] = ()
    emergency: bool | None = None
    address: str | None = None
    client: str | None = None
    request: str | None = None
    text: str | None = None
    sort: str = "-at"
    count: int = 50
    cursor: tuple[str, int] | None = None


# Each field that a report may be sorted by, as an expression that is never null and the type of it.
_SORTS: dict[str, tuple[str, str]] = {
    "at": ("a.at", "timestamptz"),
    "actor": ("a.actor", "text"),
    "actor_name": ("coalesce(a.actor_name, '')", "text"),
    "roles": ("array_to_string(a.roles, ',')", "text"),
    "person": ("coalesce(a.person, '')", "text"),
    "on_behalf": ("coalesce(a.on_behalf, '')", "text"),
    "session": ("coalesce(a.session, '')", "text"),
    "action": ("a.action", "text"),
    "type": ("coalesce(a.type, '')", "text"),
    "id": ("coalesce(a.id, '')", "text"),
    "version": ("coalesce(a.version, 0)", "integer"),
    "patients": ("array_to_string(a.patients, ',')", "text"),
    "query": ("coalesce(a.query, '')", "text"),
    "hits": ("coalesce(a.hits, -1)", "integer"),
    "outcome": ("a.outcome", "text"),
    "purpose": ("coalesce(a.purpose, '')", "text"),
    "emergency": ("a.emergency", "boolean"),
    "address": ("coalesce(a.address, '')", "text"),
    "client": ("coalesce(a.client, '')", "text"),
    "request": ("coalesce(a.request, '')", "text"),
    "detail": ("coalesce(a.detail, '')", "text"),
    "source": ("coalesce(a.source, '')", "text"),
    "author": ("coalesce(a.author, '')", "text"),
}
SORTS = tuple(_SORTS)
"""The fields that `AuditQuery.sort` takes."""

NAMES = tuple(field.name for field in fields(AuditRow))
COLUMNS = sql.SQL(", ").join(sql.SQL("a.{}").format(sql.Identifier(name)) for name in NAMES)

# Columns with one of several values, and columns with one value.
_ANY_OF = {
    "seq": "seqs",
    "actor": "actors",
    "person": "persons",
    "action": "actions",
    "type": "types",
    "outcome": "outcomes",
    "purpose": "purposes",
}
_EQUALS = ("on_behalf", "session", "id", "version", "emergency", "address", "request")
_PARTS = ("client",)


def condition(query: AuditQuery) -> sql.Composable:
    """The filters of a query on alias a."""
    parts: list[sql.Composable] = [sql.SQL("true")]
    if query.since is not None:
        parts.append(sql.SQL("a.at >= {}").format(sql.Literal(query.since)))
    if query.until is not None:
        parts.append(sql.SQL("a.at < {}").format(sql.Literal(query.until)))
    for column, name in _ANY_OF.items():
        if values := getattr(query, name):
            parts.append(_test("{} = ANY({})", column, list(values)))
    equal = [(name, getattr(query, name)) for name in _EQUALS]
    parts += [_test("{} = {}", name, value) for name, value in equal if value is not None]
    like = [(name, getattr(query, name)) for name in _PARTS]
    parts += [_test("{} ILIKE {}", name, _like(value)) for name, value in like if value]
    if query.patients:
        parts.append(_test("{} && {}", "patients", list(query.patients)))
    if query.roles:
        parts.append(_test("{} && {}", "roles", list(query.roles)))
    if query.failed is not None:
        parts.append(sql.SQL("(a.outcome <> 'success') = {}").format(sql.Literal(query.failed)))
    if query.entity_types:
        parts.append(_entities(query.entity_types))
    if query.actor_name:
        words = sql.SQL("(' ' || coalesce(a.actor_name, '')) ILIKE {}")
        parts.append(words.format(sql.Literal(_like(" " + query.actor_name))))
    if query.text:
        parts.append(
            sql.SQL("concat_ws(' ', a.query, a.detail) ILIKE {}").format(
                sql.Literal(_like(query.text))
            )
        )
    return sql.SQL(" AND ").join(parts)


def _entities(types: tuple[str, ...]) -> sql.Composable:
    parts = [sql.SQL("false")]
    if "1" in types:
        parts.append(sql.SQL("cardinality(a.patients) > 0"))
    if "2" in types:
        parts.append(sql.SQL("a.type IS NOT NULL"))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(parts))


def _test(template: str, column: str, value: Any) -> sql.Composed:
    operand: sql.Composable = sql.Literal(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        operand = sql.SQL("{}::text[]").format(operand)
    name = sql.SQL("a.{}").format(sql.Identifier(column))
    return sql.SQL(template).format(name, operand)


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def rows(
    conn: Connection[Any], query: AuditQuery, only: sql.Composable | None = None
) -> list[tuple[AuditRow, str]]:
    """At most `query.count` rows, each with its place for a cursor; `only` is a further condition on a."""
    name, descending = query.sort.lstrip("-"), query.sort.startswith("-")
    expression, kind = _SORTS[name]
    key = sql.SQL(expression)
    where = [condition(query), only or sql.SQL("true")]
    if query.cursor is not None:
        place = sql.SQL("({}, a.seq) {} ({}::{}, {})").format(
            key,
            sql.SQL("<" if descending else ">"),
            sql.Literal(query.cursor[0]),
            sql.SQL(kind),
            sql.Literal(query.cursor[1]),
        )
        where.append(place)
    way = sql.SQL("DESC" if descending else "ASC")
    statement = sql.SQL(
        "SELECT {columns}, ({key})::text FROM audit a WHERE {where}"
        " ORDER BY {key} {way}, a.seq {way} LIMIT {limit}"
    ).format(
        columns=COLUMNS,
        key=key,
        where=sql.SQL(" AND ").join(where),
        way=way,
        limit=sql.Literal(query.count),
    )
    return [(AuditRow(*row[:-1]), row[-1]) for row in conn.execute(statement)]


def number(conn: Connection[Any], query: AuditQuery, only: sql.Composable | None = None) -> int:
    """How many rows there are."""
    statement = sql.SQL("SELECT count(*) FROM audit a WHERE {} AND {}").format(
        condition(query), only or sql.SQL("true")
    )
    row = conn.execute(statement).fetchone()
    return int(row[0]) if row else 0


def naming(patient: str) -> sql.Composed:
    """The condition on alias a: rows that name this patient, or everybody."""
    return sql.SQL("a.patients && {}::text[]").format(sql.Literal([patient, EVERYBODY]))


def shown_to(row: AuditRow, patient: str) -> Sequence[str]:
    """The patients of a row as this patient may see them: they alone."""
    return [patient] if set(row.patients) & {patient, EVERYBODY} else []


def matches(row: AuditRow, query: AuditQuery) -> bool:
    """Whether a row that is not in the database any more is one that the query asks for."""
    tests = [
        *(_within(getattr(row, c), getattr(query, n)) for c, n in _ANY_OF.items()),
        *(getattr(query, name) in {None, getattr(row, name)} for name in _EQUALS),
        *(_part(getattr(row, name), getattr(query, name)) for name in _PARTS),
        query.since is None or row.at >= query.since,
        query.until is None or row.at < query.until,
        not query.patients or not set(query.patients).isdisjoint(row.patients),
        not query.roles or not set(query.roles).isdisjoint(row.roles),
        query.failed is None or query.failed == (row.outcome != "success"),
        not query.entity_types
        or ("1" in query.entity_types and bool(row.patients))
        or ("2" in query.entity_types and row.type is not None),
        not query.actor_name or _part(f" {row.actor_name or ''}", f" {query.actor_name}"),
        _part(f"{row.query or ''} {row.detail or ''}", query.text),
    ]
    return all(tests)


def _within(value: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or value in wanted


def _part(text: str | None, part: str | None) -> bool:
    return not part or part.casefold() in (text or "").casefold()


def order(row: AuditRow, sort: str) -> tuple[Any, int]:
    """What a row is sorted by, as the database does it."""
    value = getattr(row, sort.lstrip("-"))
    if isinstance(value, list):
        value = ",".join(value)
    if value is None:
        value = {"version": 0, "hits": -1}.get(sort.lstrip("-"), "")
    return value, row.seq
