"""A Query to SQL statements: the page of matches, the count; and single conditions for others' statements.

Constants are embedded, so PostgreSQL plans for the values at hand; every statement names the type, so
that it looks into one partition; the policy is ANDed to the main rows and at every hop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from psycopg import sql

from osler.fhir.r4 import RESOURCES
from osler.kit.errors import Invalid
from osler.search import conditions, cursor, recent
from osler.search.parameter import Storage
from osler.search.registry import Registry
from osler.search.scope import FALSE, TRUE, Scope, all_of, any_of, one_of
from osler.search.sort import Key, key_of
from osler.search.terminology import Codes, Terminology
from osler.search.tree import (
    Everything,
    InCompartment,
    Node,
    Nothing,
    Policy,
    Query,
    Sort,
)

COLUMNS = ("rid", "type", "id", "version", "updated", "content", "patient")
"""The first columns of a selected row; the sort values follow, as text."""

_ANYBODY = Codes()


@cache
def _registry() -> Registry:
    return Registry.builtin()


def condition(
    node: Node,
    type: str,
    alias: str,
    policy: Policy | None,
    *,
    registry: Registry | None = None,
    terminology: Terminology | None = None,
) -> sql.Composable:
    """The node as a boolean expression on row `alias` of `resource`; `policy` is ANDed at its hops.

    The type, `deleted` and the policy on the row itself are the caller's to add.
    """
    scope = Scope(type, registry or _registry(), terminology or _ANYBODY, policy)
    return conditions.condition(node, replace(scope, alias=sql.Identifier(alias)))


def select(
    query: Query,
    policy: Policy,
    *,
    limit: int,
    registry: Registry | None = None,
    terminology: Terminology | None = None,
) -> sql.Composed:
    """At most `limit` matches in the query's order, after its cursor: `COLUMNS`, then the sort values."""
    scope = _scope(query, policy, registry, terminology)
    where = _where(query, scope)
    keys = [key_of(sort, scope) for sort in query.sort] or _default(scope)
    parts = recent.parts(query, where)
    if parts is not None and len(keys) == 1 and keys[0] == _default(scope)[0]:
        return _in_parts(query, keys[0], parts, limit)
    if len(keys) == 1 and keys[0].nullable:
        split = _in_two(query, keys[0], where, limit)
        if split is not None:
            return split
    return _in_one(query, keys, where, limit)


def count(
    query: Query,
    policy: Policy,
    *,
    at_most: int | None = None,
    registry: Registry | None = None,
    terminology: Terminology | None = None,
) -> sql.Composed:
    """How many resources match, counted no further than `at_most`."""
    scope = _scope(query, policy, registry, terminology)
    where = _where(query, scope)
    parts = recent.parts(query, where)
    if at_most is None and parts is not None:
        return sql.SQL("SELECT {}").format(
            sql.SQL(" + ").join(sql.SQL("({})").format(_COUNT.format(part)) for part in parts)
        )
    if at_most is None:
        return _COUNT.format(where)
    return sql.SQL("SELECT count(*) FROM (SELECT 1 FROM resource r WHERE {} LIMIT {}) c").format(
        where, sql.Literal(at_most)
    )


def next_cursor(query: Query, row: Sequence[Any]) -> str:
    """The cursor of the page after this row, which `select` for the same query has answered."""
    return cursor.encode(query, (*row[len(COLUMNS) :], str(row[0])))


_CHECKS: dict[str, Callable[[str], object]] = {
    "timestamptz": datetime.fromisoformat,
    "numeric": Decimal,
    "bigint": int,
}
_INFINITE = frozenset({"infinity", "-infinity"})
_COUNT = sql.SQL("SELECT count(*) FROM resource r WHERE {}")


# ---- which rows


def _scope(
    query: Query, policy: Policy, registry: Registry | None, terminology: Terminology | None
) -> Scope:
    return Scope(query.type, registry or _registry(), terminology or _ANYBODY, policy)


def _where(query: Query, scope: Scope) -> sql.Composable:
    if query.type is not None:
        assert scope.policy is not None
        allowed = scope.policy.where(query.type, "search")
        if isinstance(allowed, Nothing):
            return FALSE
        few = recent.is_few(query.where) or recent.is_few(allowed)
        return conditions.live(replace(scope, probe=few), query.where)
    parts = [
        _types_allowed(query, scope),
        sql.SQL("NOT r.deleted"),
        conditions.condition(query.where, scope),
    ]
    return all_of([part for part in parts if part is not TRUE])


def _types_allowed(query: Query, scope: Scope) -> sql.Composable:
    """In a search of several types: each with what the policy demands of it, alike ones together."""
    assert scope.policy is not None
    groups: dict[tuple[Node, str | None], list[str]] = {}
    for type in query.types or RESOURCES:
        node = scope.policy.where(type, "search")
        alike = isinstance(node, Everything | Nothing | InCompartment)
        groups.setdefault((node, None if alike else type), []).append(type)
    groups.pop((Nothing(), None), None)
    if not query.types and len(groups.get((Everything(), None), ())) == len(RESOURCES):
        return TRUE
    parts = []
    for (node, _), types in groups.items():
        inner = replace(scope, type=types[0], policy=None)
        test = one_of(sql.SQL("r.type"), types)
        allowed = conditions.condition(node, inner)
        parts.append(test if allowed is TRUE else all_of([test, allowed]))
    return any_of(parts)


# ---- in which order


def _default(scope: Scope) -> list[Key]:
    """Newest first by the type's own date; across types by the time of the last change."""
    if scope.type is None:
        return [Key(scope.column("updated"), "timestamptz", True, nullable=False)]
    return [Key(scope.column("date_low"), "timestamptz", True, nullable=False)]


_COLUMN_LIST = sql.SQL(", ").join(sql.Identifier("r", name) for name in COLUMNS)
_PLAIN = sql.SQL(
    "SELECT {columns}, {texts} FROM resource r WHERE {where} ORDER BY {order} LIMIT {limit}"
)
_NESTED = sql.SQL(
    "SELECT {columns}, {texts} FROM (SELECT {columns}, {keys} FROM resource r WHERE {where}) r"
    " WHERE {after} ORDER BY {order} LIMIT {limit}"
)


def _in_one(query: Query, keys: list[Key], where: sql.Composable, limit: int) -> sql.Composed:
    """One ordered select. Plain columns stay bare, so that an index can give the order."""
    rid = Key(sql.SQL("r.rid"), "bigint", keys[-1].descending, nullable=False)
    if not any(key.nullable for key in keys):
        ordered = [*keys, rid]
        return _PLAIN.format(
            columns=_COLUMN_LIST,
            texts=_texts(keys),
            where=all_of([where, *_after(query, ordered)]),
            order=_order(ordered),
            limit=sql.Literal(limit),
        )
    names = [sql.Identifier("r", _key_name(at)) for at in range(len(keys))]
    inner = [
        sql.SQL("{} AS {}").format(key.expression, sql.Identifier(_key_name(at)))
        for at, key in enumerate(keys)
    ]
    outer = [replace(key, expression=name) for key, name in zip(keys, names, strict=True)]
    ordered = [*outer, rid]
    return _NESTED.format(
        columns=_COLUMN_LIST,
        texts=_texts(outer),
        keys=sql.SQL(", ").join(inner),
        where=where,
        after=all_of(_after(query, ordered)),
        order=_order(ordered),
        limit=sql.Literal(limit),
    )


def _key_name(at: int) -> str:
    return "k" + str(at)


def _texts(keys: Sequence[Key]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{}::text").format(key.expression) for key in keys)


def _order(keys: Sequence[Key]) -> sql.Composed:
    parts = []
    for key in keys:
        direction = sql.SQL("DESC" if key.descending else "ASC")
        last = sql.SQL(" NULLS LAST" if key.nullable else "")
        parts.append(sql.SQL("{} {}{}").format(key.expression, direction, last))
    return sql.SQL(", ").join(parts)


def _after(query: Query, keys: Sequence[Key]) -> list[sql.Composable]:
    """The condition that a row comes after the cursor's place; none without a cursor."""
    if query.cursor is None:
        return []
    values = [_value(key, text) for key, text in zip(keys, query.cursor, strict=True)]
    if len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys):
        sign = sql.SQL("<" if keys[0].descending else ">")
        left = sql.SQL(", ").join(key.expression for key in keys)
        return [sql.SQL("({}) {} ({})").format(left, sign, sql.SQL(", ").join(values))]
    ways = []
    for at, key in enumerate(keys):
        same = [
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(keys[i].expression, values[i])
            for i in range(at)
        ]
        beyond = _beyond(key, query.cursor[at], values[at])
        if beyond is not None:
            ways.append(all_of([*same, beyond]))
    return [any_of(ways)]


def _beyond(key: Key, text: str | None, value: sql.Composable) -> sql.Composable | None:
    if text is None:
        return None  # what has no value is last already
    sign = sql.SQL("<" if key.descending else ">")
    test = sql.SQL("{} {} {}").format(key.expression, sign, value)
    if not key.nullable:
        return test
    return sql.SQL("({} OR {} IS NULL)").format(test, key.expression)


def _value(key: Key, text: str | None) -> sql.Composable:
    """A value from a cursor as a constant; checked, because a cursor comes from outside."""
    if text is not None and key.type in _CHECKS and text not in _INFINITE:
        try:
            _CHECKS[key.type](text)
        except (ValueError, ArithmeticError):
            raise Invalid("The cursor is not one that this server made") from None
    return sql.SQL("{}::{}").format(sql.Literal(text), sql.SQL(key.type))


_PARTS = sql.SQL(
    "SELECT {names}, k::text FROM ({parts}) u ORDER BY u.k {direction}, u.rid {direction} LIMIT {limit}"
)
_PART = sql.SQL(
    "(SELECT {columns}, {key} AS k FROM resource r WHERE {where} ORDER BY {order} LIMIT {limit})"
)


def _in_parts(query: Query, key: Key, parts: Sequence[sql.Composable], limit: int) -> sql.Composed:
    """One order over disjoint sets of rows, each found by an index of its own."""
    ordered = [key, Key(sql.SQL("r.rid"), "bigint", key.descending, nullable=False)]
    selects = [
        _PART.format(
            columns=_COLUMN_LIST,
            key=key.expression,
            where=all_of([part, *_after(query, ordered)]),
            order=_order(ordered),
            limit=sql.Literal(limit),
        )
        for part in parts
    ]
    return _PARTS.format(
        names=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
        parts=sql.SQL(" UNION ALL ").join(selects),
        direction=sql.SQL("DESC" if key.descending else "ASC"),
        limit=sql.Literal(limit),
    )


# ---- one sortable key: those with a value by the index, then those without

_TWO = sql.SQL(
    "WITH found AS MATERIALIZED (SELECT {columns}, {key} AS k FROM {source}"
    " WHERE {where} AND {has}{after} ORDER BY {key} {direction}, {tie} {direction} LIMIT {limit})"
    " SELECT {names}, k::text FROM (SELECT 0 AS part, * FROM found UNION ALL"
    " (SELECT 1 AS part, {columns}, NULL::{type} FROM resource r WHERE {where} AND {has_not}{after_none}"
    " ORDER BY r.rid {direction} LIMIT {limit} - (SELECT count(*) FROM found))) u"
    " ORDER BY u.part, u.k {direction}, u.rid {direction}"
)
_STRINGS = sql.SQL("string_index s JOIN resource r ON r.rid = s.rid")
_NO_STRING = sql.SQL(
    "NOT EXISTS (SELECT 1 FROM string_index n WHERE n.rid = r.rid AND n.param = {} AND n.lead)"
)


def _in_two(query: Query, key: Key, where: sql.Composable, limit: int) -> sql.Composed | None:
    sort = query.sort[0]
    if sort.param.storage is Storage.DATE:
        parts: dict[str, sql.Composable] = {
            "source": sql.SQL("resource r"),
            "key": sql.SQL("r.date_low"),
            "tie": sql.SQL("r.rid"),
            "has": sql.SQL("r.date_low > '-infinity'"),
            "has_not": sql.SQL("r.date_low = '-infinity'"),
        }
    elif sort.param.kind == "string" and len(sort.param.stored()) == 1:
        number = sql.Literal(sort.param.stored()[0].id)
        parts = {
            "source": _STRINGS,
            "key": sql.SQL("s.value"),
            "tie": sql.SQL("s.rid"),
            "has": sql.SQL("s.param = {} AND s.lead").format(number),
            "has_not": _NO_STRING.format(number),
        }
    else:
        return None
    return _TWO.format(
        columns=_COLUMN_LIST,
        names=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
        where=where,
        direction=sql.SQL("DESC" if key.descending else "ASC"),
        type=sql.SQL(key.type),
        limit=sql.Literal(limit),
        **parts,
        **_after_in_two(query, sort, key, parts),
    )


def _after_in_two(
    query: Query, sort: Sort, key: Key, parts: dict[str, sql.Composable]
) -> dict[str, sql.Composable]:
    nothing = sql.SQL("")
    if query.cursor is None:
        return {"after": nothing, "after_none": nothing}
    place, rid = query.cursor
    sign = sql.SQL("<" if sort.descending else ">")
    last = _value(Key(parts["tie"], "bigint", sort.descending), rid)
    if place is None:
        none = sql.SQL(" AND r.rid {} {}").format(sign, last)
        return {"after": sql.SQL(" AND false"), "after_none": none}
    after = sql.SQL(" AND ({}, {}) {} ({}, {})").format(
        parts["key"], parts["tie"], sign, _value(key, place), last
    )
    return {"after": after, "after_none": nothing}
