"""The order of a result: each key an expression of SQL, from columns, index rows or the content.

Resources without a value come last in both directions; with several values, the smallest counts
(for dates and numbers, descending, the largest). Tokens and URIs have no stored text and are read
from the content, so their order costs a look into every resource found.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from osler.search import quantity
from osler.search.parameter import Parameter, Storage
from osler.search.paths import Leaf, resolve
from osler.search.scope import Scope, one_of
from osler.search.tree import Sort


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what to compare, as which SQL type, in which direction, and whether it can be absent."""

    expression: sql.Composable
    type: str
    descending: bool
    nullable: bool = True


def key_of(sort: Sort, scope: Scope) -> Key:
    """The key for one entry of `_sort`."""
    param, down = sort.param, sort.descending
    ids = [p.id for p in param.stored()]
    best: sql.Composable
    match param.storage:
        case Storage.ID:
            return Key(scope.column("id"), "text", down, nullable=False)
        case Storage.UPDATED:
            return Key(scope.column("updated"), "timestamptz", down, nullable=False)
        case Storage.DATE if down:
            return Key(scope.column("date_low"), "timestamptz", down, nullable=False)
        case Storage.DATE:
            low = sql.SQL("nullif({}, '-infinity')").format(scope.column("date_low"))
            return Key(low, "timestamptz", down)
        case Storage.PATIENT:
            return Key(scope.column("patient"), "text", down)
    match param.kind:
        case "string":
            return Key(
                _best(ids, scope, "string_index", sql.SQL("min(i.value)"), lead=True),
                "text",
                down,
            )
        case "date":
            best = sql.SQL("max(i.high)") if down else sql.SQL("min(i.low)")
            return Key(_best(ids, scope, "date_index", best), "timestamptz", down)
        case "number":
            best = sql.SQL("max(i.high)") if down else sql.SQL("min(i.low)")
            return Key(_best(ids, scope, "number_index", best), "numeric", down)
        case "quantity":
            best = sql.SQL("max({})" if down else "min({})").format(_FINITE)
            places = [number for p in param.stored() for number in quantity.numbers(p)]
            return Key(_best(places, scope, "quantity_index", best), "numeric", down)
        case "reference":
            best = sql.SQL("min(i.target_type || '/' || i.target_id)")
            return Key(_best(ids, scope, "reference_index", best), "text", down)
        case _:
            return Key(_from_content(param, scope), "text", down)


# `<5` is sorted as 5 is, not by its end that is infinite.
_FINITE = sql.SQL("nullif(nullif(coalesce(i.canonical, i.value), 'Infinity'), '-Infinity')")


def _best(
    ids: Sequence[int], scope: Scope, table: str, best: sql.Composable, *, lead: bool = False
) -> sql.Composable:
    return sql.SQL("(SELECT {} FROM {} i WHERE i.rid = {} AND {}{})").format(
        best,
        sql.Identifier(table),
        scope.column("rid"),
        one_of(sql.SQL("i.param"), ids),
        sql.SQL(" AND i.lead" if lead else ""),
    )


_WITHIN = {
    "CodeableConcept": (".coding.code", ".text"),
    "Coding": (".code",),
    "Identifier": (".value",),
    "ContactPoint": (".value",),
}


def _from_content(param: Parameter, scope: Scope) -> sql.Composable:
    """The first value of a token or URI, read from the content."""
    paths = [path for p in param.stored() for leaf in resolve(p.type, p.expression) or ()
             for path in _json_paths(leaf)]  # fmt: skip
    if not paths:
        return sql.SQL("NULL::text")
    found = [
        sql.SQL("jsonb_path_query_first({}::jsonb, {}) #>> '{{}}'").format(
            scope.column("content"), sql.Literal(path)
        )
        for path in paths
    ]
    return sql.SQL('(coalesce({}) COLLATE "C")').format(sql.SQL(", ").join(found))


def _json_paths(leaf: Leaf) -> list[str]:
    steps = []
    for step in leaf.steps:
        steps.append("".join((".", json.dumps(step.json))))
        if step.equal is not None:
            name, wanted = step.equal
            steps.append("".join((" ? (@.", json.dumps(name), " == ", json.dumps(wanted), ")")))
    start = "".join(("$", *steps))
    return [f"{start}{tail}" for tail in _WITHIN.get(leaf.type, ("",))]
