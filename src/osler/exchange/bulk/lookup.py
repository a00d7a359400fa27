"""Answers a condition ("identifier=system|value") from the record, for references and creates."""

from __future__ import annotations

from osler.access import Principal
from osler.kit.errors import MultipleMatches
from osler.record import Record


def find_one(record: Record, principal: Principal, kind: str, query: str) -> str | None:
    """The id of the one resource of a type that satisfies a query, or None.

    Raises:
        MultipleMatches: more than one does. Invalid: the query is not one.
    """
    found = record.find(principal, kind, query)
    if len(found) > 1:
        raise MultipleMatches(f"More than one {kind} satisfies {query!r}")
    return found[0] if found else None
