"""A Query to SQL statements: the page of matches, the count; and single conditions for others' statements.

Constants are embedded, so PostgreSQL plans for the values at hand; every statement names the type, so
that it looks into one partition; the policy is ANDed to the main rows and at every hop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import compress
from typing import Any

from psycopg import sql

from osler.search import conditions, contained, cursor, paging, persons, recent, several
from osler.search.parameter import Storage
from osler.search.registry import Registry
from osler.search.scope import FALSE, TRUE, Scope, all_of
from osler.search.sort import Key, key_of
from osler.search.terminology import Codes, Terminology
from osler.search.tree import (
    And,
    Chain,
    Node,
    Nothing,
    Policy,
    Query,
    Sort,
)

COLUMNS = ("rid", "type", "id", "version", "updated", "content", "patient")
"""The first columns of a selected row; the sort values follow, as text.

Of a contained resource answered alone, `type` and `version` are its container's, and `id` is the
container's with `#` and its own: together its address.
"""

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


def on_patient(node: Node, alias: str, registry: Registry, terminology: Terminology) -> sql.SQL:
    """A rule about patients as a condition on one row `alias` of `resource`, a current Patient.

    It is for a statement with parameters: in it, % stands doubled.
    A person asks the same with every request: unless what it means may change, it is written once.
    """
    if persons.asks_terminology(node):
        return _on_patient.__wrapped__(node, alias, registry, terminology)
    return _on_patient(node, alias, registry, _ANYBODY)


@lru_cache(maxsize=512)
def _on_patient(node: Node, alias: str, registry: Registry, terminology: Terminology) -> sql.SQL:
    scope = Scope("Patient", registry, terminology, None, probe=True, correlated=True)
    made = conditions.condition(node, replace(scope, alias=sql.Identifier(alias)))
    text: Any = made.as_string(None).replace("%", "%%")
    return sql.SQL(text)  # of literals only, the values in it quoted


def select(
    query: Query,
    policy: Policy,
    *,
    limit: int,
    demanded: Node | None = None,
    registry: Registry | None = None,
    terminology: Terminology | None = None,
) -> sql.Composed:
    """At most `limit` matches in the query's order, after its cursor: `COLUMNS`, then the sort values.

    `demanded` is what the policy demands of the matches themselves, where the caller knows it more
    closely: for one patient. It must hold of the same of those rows that match.
    """
    scope = replace(_scope(query, policy, registry, terminology), demanded=demanded)
    keys = _keys(query, scope)
    ways = []
    if query.contained != "true":
        where = _where(query, scope)
        ways.append(_select_live(query, scope, keys, where, limit))
        through = _through(query, scope, where)
        if through is not None:
            ways.append(_in_one(query, keys, through, limit))
    if query.contained != "false":
        inside = contained.scope_of(scope)
        ways.append(
            contained.select(query, inside, _keys(query, inside), _apart(query, scope), limit)
        )
    return ways[0] if len(ways) == 1 else paging.merged(ways, COLUMNS, keys, limit)


def _keys(query: Query, scope: Scope) -> list[Key]:
    return [key_of(sort, scope) for sort in query.sort] or paging.default(scope)


def _select_live(
    query: Query, scope: Scope, keys: list[Key], where: sql.Composable, limit: int
) -> sql.Composed:
    """The resources of their own, by the plan that suits the order and the criteria."""
    parts = recent.parts(query, where)
    if parts is not None and len(keys) == 1 and keys[0] == paging.default(scope)[0]:
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
    demanded: Node | None = None,
    registry: Registry | None = None,
    terminology: Terminology | None = None,
) -> sql.Composed:
    """How many resources match, counted no further than `at_most`; `demanded` as in `select`."""
    scope = replace(_scope(query, policy, registry, terminology), demanded=demanded)
    numbers = []
    if query.contained != "true":
        where = _where(query, scope)
        parts = recent.parts(query, where) if at_most is None else None
        through = _through(query, scope, where)
        numbers += [_number(part, at_most) for part in parts or (where,)]
        numbers += [_number(through, at_most)] if through is not None else []
    if query.contained != "false":
        inside = contained.scope_of(scope)
        numbers.append(contained.number(query, inside, _apart(query, scope), at_most))
    total: sql.Composable = sql.SQL(" + ").join(numbers)
    if at_most is not None:
        total = sql.SQL("least({}, {})").format(total, sql.Literal(at_most))
    return sql.SQL("SELECT {}").format(total)


def _number(where: sql.Composable, at_most: int | None) -> sql.Composed:
    if at_most is None:
        return sql.SQL("(SELECT count(*) FROM resource r WHERE {})").format(where)
    return sql.SQL("(SELECT count(*) FROM (SELECT 1 FROM resource r WHERE {} LIMIT {}) n)").format(
        where, sql.Literal(at_most)
    )


def next_cursor(query: Query, row: Sequence[Any]) -> str:
    """The cursor of the page after this row, which `select` for the same query has answered."""
    return cursor.encode(query, (*row[len(COLUMNS) :], str(row[0])))


# ---- which rows


def _scope(
    query: Query, policy: Policy, registry: Registry | None, terminology: Terminology | None
) -> Scope:
    return Scope(query.type, registry or _registry(), terminology or _ANYBODY, policy)


def _where(query: Query, scope: Scope) -> sql.Composable:
    if query.type is not None:
        allowed = conditions.demanded(scope)
        if isinstance(allowed, Nothing):
            return FALSE
        few = recent.is_few(query.where) or recent.is_few(allowed)
        return conditions.live(replace(scope, probe=few or scope.probe), query.where)
    parts = [
        several.allowed(query.types, scope),
        sql.SQL("NOT r.deleted"),
        conditions.condition(query.where, scope),
    ]
    return all_of([part for part in parts if part is not TRUE])


def _through(query: Query, scope: Scope, where: sql.Composable) -> sql.Composable | None:
    """The rows that match only by a chain into what they contain; None without chains.

    A chain looks there too, https://hl7.org/fhir/R4/search.html#contained. These rows are looked for
    apart from the others, as they are few and the plan for the others is worth keeping.
    """
    inside = replace(scope, inside=True, probe=True)
    nodes = query.where.nodes if isinstance(query.where, And) else (query.where,)
    by_chain = [bool(conditions.through(node, inside)) for node in nodes]
    chains = And(tuple(compress(nodes, by_chain)))
    ways = conditions.through(chains, inside)
    if not ways or where is FALSE:
        return None
    if len(ways) == 1 and isinstance(
        chains.nodes[0], Chain
    ):  # The way says all that the chain does.
        rest = tuple(node for node, chained in zip(nodes, by_chain, strict=True) if not chained)
        query = replace(query, where=And(rest))
    return _THROUGH.format(
        sql.SQL(" UNION ALL ").join(ways),
        _where(query, inside),
        conditions.condition(chains, scope),
    )


_THROUGH = sql.SQL("r.rid = ANY(ARRAY({})) AND {} AND ({}) IS NOT TRUE")


def _apart(query: Query, scope: Scope) -> sql.Composable | None:
    """The resources found already, where containers are answered beside them; None otherwise."""
    if query.contained == "true" or query.contained_type == "contained":
        return None
    return _where(query, replace(scope, inside=True))


# ---- in which order


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
            texts=paging.texts(keys),
            where=all_of([where, *paging.after(query, ordered)]),
            order=paging.order(ordered),
            limit=sql.Literal(limit),
        )
    names = [sql.Identifier("r", paging.name(at)) for at in range(len(keys))]
    inner = [
        sql.SQL("{} AS {}").format(key.expression, sql.Identifier(paging.name(at)))
        for at, key in enumerate(keys)
    ]
    outer = [replace(key, expression=name) for key, name in zip(keys, names, strict=True)]
    ordered = [*outer, rid]
    return _NESTED.format(
        columns=_COLUMN_LIST,
        texts=paging.texts(outer),
        keys=sql.SQL(", ").join(inner),
        where=where,
        after=all_of(paging.after(query, ordered)),
        order=paging.order(ordered),
        limit=sql.Literal(limit),
    )


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
            where=all_of([part, *paging.after(query, ordered)]),
            order=paging.order(ordered),
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
    last = paging.value(Key(parts["tie"], "bigint", sort.descending), rid)
    if place is None:
        none = sql.SQL(" AND r.rid {} {}").format(sign, last)
        return {"after": sql.SQL(" AND false"), "after_none": none}
    after = sql.SQL(" AND ({}, {}) {} ({}, {})").format(
        parts["key"], parts["tie"], sign, paging.value(key, place), last
    )
    return {"after": after, "after_none": nothing}
