"""Searches with `_contained`: resources inside others, answered by their containers or alone.

The same conditions as for resources of their own, on rows of `contained`; the policy is that of the
container, so that nobody finds what they could not read there.

https://hl7.org/fhir/R4/search.html#contained
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from psycopg import sql

from osler.search import conditions, paging, several
from osler.search.scope import TRUE, Scope, all_of, one_of
from osler.search.sort import Key
from osler.search.tree import Query

_CONTAINER = sql.SQL(
    "EXISTS (SELECT FROM resource k WHERE k.type = c.container_type AND k.rid = c.container"
    " AND NOT k.deleted AND {})"
)
_APART = sql.SQL("NOT EXISTS (SELECT FROM resource r WHERE r.rid = c.container AND {})")


def scope_of(scope: Scope) -> Scope:
    """The scope of rows of `contained`, for a search whose scope on `resource` this is."""
    return replace(scope, alias=sql.Identifier("c"), inside=True, contained=True, demanded=None)


def _where(query: Query, scope: Scope, apart: sql.Composable | None) -> sql.Composable:
    types = query.types if query.type is None else (query.type,)
    parts = [
        one_of(sql.SQL("c.type"), types) if types else TRUE,
        conditions.condition(query.where, scope),
        _allowed(scope),
        _APART.format(apart) if apart is not None else TRUE,
    ]
    return all_of([part for part in parts if part is not TRUE])


def _allowed(scope: Scope) -> sql.Composable:
    """The policy on the container; there is no need to look at it where all may be seen."""
    alias = sql.Identifier("k")
    container = replace(scope, type=None, alias=alias, inside=False, contained=False)
    allowed = several.allowed((), container)
    return allowed if allowed is TRUE else _CONTAINER.format(allowed)


_COUNT = sql.SQL("(SELECT count(*) FROM (SELECT {what} FROM contained c WHERE {where}{limit}) n)")


def number(
    query: Query, scope: Scope, apart: sql.Composable | None, at_most: int | None
) -> sql.Composed:
    """How many answers there are; `apart` describes the containers answered otherwise."""
    alone = query.contained_type == "contained"
    limit = sql.SQL("") if at_most is None else sql.SQL(" LIMIT {}").format(sql.Literal(at_most))
    return _COUNT.format(
        what=sql.SQL("1" if alone else "DISTINCT c.container"),
        where=_where(query, scope, apart),
        limit=limit,
    )


_ALONE = sql.SQL(
    "SELECT c.rid, c.container, c.container_type, c.id, c.version, c.updated, c.content, {keys}"
    " FROM contained c WHERE {where}"
)
_ALONE_COLUMNS = sql.SQL(
    "m.rid, k.type, k.id || '#' || m.id AS id, m.version, m.updated, m.content, k.patient"
)
# Once each, in the place of the first of what it contains.
_ONCE = sql.SQL(
    "SELECT DISTINCT ON (c.container) c.container AS rid, c.container, c.container_type, {keys}"
    " FROM contained c WHERE {where} ORDER BY c.container, {order}"
)
_ONCE_COLUMNS = sql.SQL("k.rid, k.type, k.id, k.version, k.updated, k.content, k.patient")
_PAGE = sql.SQL(
    "SELECT {columns}, {texts} FROM (SELECT * FROM ({rows}) m WHERE {after} ORDER BY {order}"
    " LIMIT {limit}) m JOIN resource k ON k.type = m.container_type AND k.rid = m.container"
    " ORDER BY {order}"
)


def select(
    query: Query, scope: Scope, keys: Sequence[Key], apart: sql.Composable | None, limit: int
) -> sql.Composed:
    """At most `limit` answers in the order of the keys, after the query's cursor, as `compile.select` has them."""
    alone = query.contained_type == "contained"
    names = [sql.Identifier(paging.name(at)) for at in range(len(keys))]
    named = [replace(key, expression=name) for key, name in zip(keys, names, strict=True)]
    made = [
        sql.SQL("{} AS {}").format(key.expression, name)
        for key, name in zip(keys, names, strict=True)
    ]
    rows = (_ALONE if alone else _ONCE).format(
        keys=sql.SQL(", ").join(made),
        where=_where(query, scope, apart),
        order=paging.order(named),
    )
    outer = [
        replace(key, expression=sql.Identifier("m", paging.name(at))) for at, key in enumerate(keys)
    ]
    ordered = [*outer, Key(sql.SQL("m.rid"), "bigint", keys[-1].descending, nullable=False)]
    return _PAGE.format(
        columns=_ALONE_COLUMNS if alone else _ONCE_COLUMNS,
        texts=paging.texts(outer),
        rows=rows,
        after=all_of(paging.after(query, ordered)),
        order=paging.order(ordered),
        limit=sql.Literal(limit),
    )
