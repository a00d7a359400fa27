"""Several reads for one answer: what the reader may see is found out once for all of them, not before each.

Only for the time of one request: roles and broken glass are asked for when a Reader is made.
"""

from __future__ import annotations

from dataclasses import replace

from osler.access import Principal
from osler.record import Page, Record, Version, permissions, reading, searching
from osler.search.registry import Registry
from osler.search.tree import Policy, Query


class Reader:
    """What one principal may read now. Made for a request, and gone with it."""

    def __init__(self, record: Record, principal: Principal) -> None:
        self.registry: Registry = record.registry
        self._context, self._caller = record._for(principal)  # noqa: SLF001 - of the same package

    @property
    def policy(self) -> Policy:
        """What the principal may do."""
        return self._context.policy_of(self._caller)

    def has(self, permission: str) -> bool:
        """Whether one of the principal's roles has the permission."""
        return permissions.has(self._context, self._caller, permission)

    def read(self, type: str, id: str) -> Version:
        """The current version; NotFound or Gone."""
        return self._context.shown(reading.read(self._context, self._caller, type, id))

    def search(self, query: Query) -> Page:
        """One page of matches with what they include."""
        page = searching.search(self._context, self._caller, query)
        shown = self._context.shown
        return replace(
            page,
            matches=tuple(map(shown, page.matches)),
            included=tuple(map(shown, page.included)),
        )

    def count(self, query: Query) -> int:
        """How many resources match."""
        return searching.count(self._context, self._caller, query)
