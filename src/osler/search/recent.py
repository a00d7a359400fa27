"""What the criteria say about how to look: one patient's rows, or those from a date on.

A resource matches `date=ge2024` also by a period that began long before. Only the marked ones (see
`date.LONG_SPAN`) can, so the rows are looked for in two parts: those that begin near the date or after
it, by the index on dates, and the marked ones that begin earlier, by the index on keys.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from psycopg import sql

from osler.search.date import LONG_SPAN, literal, long_key
from osler.search.parameter import Parameter, Storage
from osler.search.scope import all_of
from osler.search.tree import And, InCompartment, Match, Node, OfPatients, Query

_FROM = frozenset({"ge", "gt"})
_NEAR = sql.SQL("r.date_low > {}")
_MARKED = sql.SQL("(r.date_low <= {} AND r.keys @> ARRAY[{}]::bigint[])")


def is_few(node: Node) -> bool:
    """Whether the node alone leaves so few rows that filtering them beats any index on keys."""
    match node:
        case And(nodes):
            return any(map(is_few, nodes))
        case Match(param, None, values):
            if param.storage is Storage.ID:
                return True
            return param.storage is Storage.PATIENT and all(
                value.type in {"Patient", None} for value in values
            )
        case InCompartment() | OfPatients(Match(Parameter(storage=Storage.ID), None)):
            return True
        case _:
            return False


def parts(query: Query, where: sql.Composable) -> tuple[sql.Composable, ...] | None:
    """The rows of a search from a date on as two disjoint conditions; None for any other search."""
    floor = None if query.type is None or is_few(query.where) else _floor(query.where)
    if floor is None or query.type is None:
        return None
    start = literal(floor)
    return (
        all_of([where, _NEAR.format(start)]),
        all_of([where, _MARKED.format(start, sql.Literal(long_key(query.type)))]),
    )


def _floor(node: Node) -> datetime | None:
    """An instant at or before which only marked rows can match."""
    match node:
        case And(nodes):
            found = [floor for one in nodes if (floor := _floor(one)) is not None]
            return max(found) if found else None
        case Match(param, None, (value,)) if param.storage is Storage.DATE and not param.points:
            if value.prefix in _FROM and value.low.year > 1:
                low: datetime = value.low
                return low - LONG_SPAN - timedelta(days=1)
            return None
        case _:
            return None
