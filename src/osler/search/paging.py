"""The order of a result in SQL, the place after which a page begins, and several results as one in that order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.scope import Scope, all_of, any_of
from osler.search.sort import Key
from osler.search.tree import Query

_CHECKS: dict[str, Callable[[str], object]] = {
    "timestamptz": datetime.fromisoformat,
    "numeric": Decimal,
    "bigint": int,
}
_INFINITE = frozenset({"infinity", "-infinity"})


def default(scope: Scope) -> list[Key]:
    """Newest first by the type's own date; across types by the time of the last change."""
    if scope.type is None:
        return [Key(scope.column("updated"), "timestamptz", True, nullable=False)]
    return [Key(scope.column("date_low"), "timestamptz", True, nullable=False)]


def name(at: int) -> str:
    """The name of the column that holds a key."""
    return "k" + str(at)


def texts(keys: Sequence[Key]) -> sql.Composed:
    """The keys as texts, for a cursor."""
    return sql.SQL(", ").join(sql.SQL("{}::text").format(key.expression) for key in keys)


def order(keys: Sequence[Key]) -> sql.Composed:
    """The keys for ORDER BY."""
    parts = []
    for key in keys:
        direction = sql.SQL("DESC" if key.descending else "ASC")
        last = sql.SQL(" NULLS LAST" if key.nullable else "")
        parts.append(sql.SQL("{} {}{}").format(key.expression, direction, last))
    return sql.SQL(", ").join(parts)


def after(query: Query, keys: Sequence[Key]) -> list[sql.Composable]:
    """The condition that a row comes after the cursor's place; none without a cursor."""
    if query.cursor is None:
        return []
    values = [value(key, text) for key, text in zip(keys, query.cursor, strict=True)]
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


def value(key: Key, text: str | None) -> sql.Composable:
    """A value from a cursor as a constant; checked, because a cursor comes from outside."""
    if text is not None and key.type in _CHECKS and text not in _INFINITE:
        try:
            _CHECKS[key.type](text)
        except (ValueError, ArithmeticError):
            raise Invalid("The cursor is not one that this server made") from None
    return sql.SQL("{}::{}").format(sql.Literal(text), sql.SQL(key.type))


_MERGED = sql.SQL("SELECT {names} FROM (({ways})) u ({names}) ORDER BY {order} LIMIT {limit}")


def merged(
    ways: Sequence[sql.Composable], columns: Sequence[str], keys: Sequence[Key], limit: int
) -> sql.Composed:
    """Selects of different rows, each in the order of the keys, as one; their keys are texts already."""
    names = [sql.Identifier(column) for column in (*columns, *map(name, range(len(keys))))]
    ordered = [replace(key, expression=_typed(key, name(at))) for at, key in enumerate(keys)]
    rid = Key(sql.SQL("u.rid"), "bigint", keys[-1].descending, nullable=False)
    return _MERGED.format(
        names=sql.SQL(", ").join(names),
        ways=sql.SQL(") UNION ALL (").join(ways),
        order=order([*ordered, rid]),
        limit=sql.Literal(limit),
    )


def _typed(key: Key, column: str) -> sql.Composed:
    if key.type == "text":
        return sql.SQL('(u.{} COLLATE "C")').format(sql.Identifier(column))
    return sql.SQL("u.{}::{}").format(sql.Identifier(column), sql.SQL(key.type))
