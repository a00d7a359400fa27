"""Several reads for one answer: what the reader may see is found out once for all of them, not before each.

Only for the time of one request: roles and broken glass are asked for when a Reader is made.
"""

from __future__ import annotations

from dataclasses import replace

from osler.access import Principal, RulePolicy
from osler.access.leaving import STANDING, nothing_left_out
from osler.record import Page, Record, Version, deciding, permissions, reading, searching
from osler.search.parameter import Storage
from osler.search.registry import Registry
from osler.search.tree import (
    And,
    Chain,
    Consented,
    Everything,
    Has,
    Match,
    Node,
    Nothing,
    OfNobody,
    Or,
    Policy,
    Query,
)
from osler.store import access as stored

BY_ITEM = frozenset({"Task", "Communication"})
"""Types of which everybody sees their own: what is not found of them may well be there."""


def whole(node: Node) -> bool:
    """Whether a rule depends on whose resources and on labels alone, not on what else the items are."""
    match node:
        case Or(nodes):
            return any(map(whole, nodes))
        case And(nodes):
            return all(map(whole, nodes))
        case Match(param):
            return param.storage in {Storage.PATIENT, Storage.ID}
        case Nothing() | Has() | Chain() | OfNobody():
            return False
    return True


class Reader:
    """What one principal may read now. Made for a request, and gone with it."""

    def __init__(self, record: Record, principal: Principal) -> None:
        self.registry: Registry = record.registry
        self._seen: dict[tuple[str, str], bool] = {}
        self._denied: dict[tuple[Consented, str], frozenset[str]] = {}
        self._context, self._caller = record._for(principal)  # noqa: SLF001 - of the same package

    @property
    def policy(self) -> Policy:
        """What the principal may do."""
        return self._context.policy_of(self._caller)

    def sees(self, type: str, patient: str) -> bool:
        """Whether a type may be seen of this patient, so that nothing found means that there is nothing.

        A rule that lets single items be seen, as those that somebody asked to amend, does not count.
        """
        asked = (type, patient)
        if asked not in self._seen:
            node = self._rule(type, patient)
            self._seen[asked] = whole(node) or (type in BY_ITEM and node != Nothing())
        return self._seen[asked]

    def sees_all(self, type: str, patient: str) -> bool:
        """Whether nothing of one of the `STANDING` types can be hidden from this reader, of this patient.

        It is asked of the rules and the patient's consents alone, so that the answer tells nothing of what is hidden.
        """
        return nothing_left_out(
            self._rule(type, patient), lambda asked: type in self._deniable(asked, patient)
        )

    def _rule(self, type: str, patient: str) -> Node:
        """What the policy demands of a type of one patient."""
        node = self.policy.where(type, "search")
        if isinstance(self.policy, RulePolicy) and not isinstance(node, Everything | Nothing):
            with self._context.database.connection() as conn:
                about = (type, "search", patient)
                return deciding.of_patient(self._context, conn, about, node)
        return node

    def _deniable(self, asked: Consented, patient: str) -> frozenset[str]:
        """The standing types of which a consent of the patient may deny the caller something."""
        found = self._denied.get((asked, patient))
        if found is None:
            with self._context.database.connection() as conn:
                found = stored.deniable(
                    conn, patient, STANDING, (asked.actors, asked.purposes), asked.at
                )
            self._denied[asked, patient] = found
        return found

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

    def others(self, query: Query) -> int:
        """How many resources match beside one that the caller has read already; seldom any."""
        if searching.one_at_most(self._context, query):
            return 0
        return max(self.count(query) - 1, 0)
