"""What a policy demands of one patient's resources: who that patient is to the caller is asked once, not per row.

Whether somebody treats a patient, or works where the patient is seen, takes PostgreSQL longer to plan than to
answer. Where a read or search is about one patient, it is asked beforehand and kept as long as the policy (a
second at most; until the next write of this process), so that what is left is short: labels, mostly. The
condition still names the patient, so that a resource that has come to be about another is not found.

Writes do not use what is kept: they ask in their own transaction (`record.relating`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from osler.access import known as rules
from osler.access.known import Known
from osler.access.policy import RulePolicy
from osler.access.principal import Principal
from osler.search import compile as sql_of
from osler.search.parameter import Storage
from osler.search.persons import is_about_one
from osler.search.reference import ReferenceValue
from osler.search.token import TokenValue
from osler.search.tree import (
    And,
    Everything,
    Match,
    Node,
    Nothing,
    OfType,
    Or,
    Policy,
    Query,
)
from osler.store import access as stored
from osler.store import lookup, read

if TYPE_CHECKING:
    from osler.record.context import Context

_AT_MOST = 2_000
_OF_SEVERAL = frozenset({"Appointment"})
"""Types whose resources may be about several patients, and are found by `patient` for each of them."""


class Decisions:
    """What was found out for one policy; shared by the requests that share the policy."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._rules: dict[Hashable, Node] = {}

    def rule(
        self, context: Context, conn: Connection[Any], asked: tuple[str, str, str], whole: Node
    ) -> Node:
        """The rule for (type, interaction, patient), of which `whole` is the one for every patient."""
        found = self._rules.get(asked)
        if found is None:
            known = self.known(context, conn, asked[2], whole)
            if is_about_one(asked[0], context.registry):
                found = rules.of_patient(whole, known, context.registry)
            else:
                found = rules.of_match(whole, known)
            if len(self._rules) >= _AT_MOST:
                self._rules.clear()
            self._rules[asked] = found
        return found

    def known(self, context: Context, conn: Connection[Any], patient: str, whole: Node) -> Known:
        """What a rule asks about one patient, answered."""
        asked = tuple(rules.questions(whole))
        known = self._known.get(patient)
        reached = {} if known is None else dict(known.reached)
        new = [one for one in dict.fromkeys(asked) if one not in reached]
        if known is not None and not new:
            return known
        consents = self._ask(
            context, conn, patient, {one: rules.surely(one) for one in new}, reached
        )
        left = {one: one for one in new if not reached[one] and rules.surely(one) != one}
        if left:
            self._ask(context, conn, patient, left, reached)
        known = Known(patient, reached, consents)
        if len(self._known) >= _AT_MOST:
            self._known.clear()
        self._known[patient] = known
        return known

    def _ask(
        self,
        context: Context,
        conn: Connection[Any],
        patient: str,
        conditions: Mapping[Node, Node],
        reached: dict[Node, bool],
    ) -> bool:
        """Note for each condition whether its form to be asked holds; whether the patient's consents say anything."""
        tests = [
            sql_of.on_patient(one, "p", context.registry, context.terminology)
            for one in conditions.values()
        ]
        answer = stored.on_patient(conn, patient, tests)
        if answer is None:  # Of who is no patient nothing holds.
            reached.update(dict.fromkeys(conditions, False))
            return True
        reached.update(zip(conditions, answer[1:], strict=True))
        return answer[0]


@dataclass(frozen=True, slots=True)
class Within:
    """A policy within some types: what it says of others need not be written down where there are none."""

    policy: Policy
    types: frozenset[str]

    def where(self, type: str, interaction: str) -> Node:
        """As the policy says, of these types; nothing of others."""
        return self.policy.where(type, interaction) if type in self.types else Nothing()


@dataclass(frozen=True, slots=True)
class Decided:
    """A policy of which, in a search, more is known for some types: whose their matches are."""

    policy: Policy
    rules: Mapping[str, Node]

    def where(self, type: str, interaction: str) -> Node:
        """The rule as it was decided, else as the policy says."""
        found = self.rules.get(type) if interaction == "search" else None
        return self.policy.where(type, interaction) if found is None else found


def of_search(
    context: Context, conn: Connection[Any], principal: Principal, query: Query
) -> Policy:
    """The policy for a search: of all types, only of those of which there is any resource; of some, as decided."""
    policy = context.policy_of(principal)
    if query.type is not None or not isinstance(policy, RulePolicy):
        return policy
    if query.types:
        return _of_types(context, conn, policy, query)
    return Within(policy, frozenset(read.types(conn)))


def _of_types(context: Context, conn: Connection[Any], policy: RulePolicy, query: Query) -> Policy:
    """The policy for a search of several types, decided for those whose matches are all about one patient."""
    if query.contained != "false" or not _of_rows(query.where):
        return policy
    decided: dict[str, Node] = {}
    for type in query.types:
        patient = _only(query.where, type)
        if patient is not None:
            whole = policy.where(type, "search")
            decided[type] = _of_match(context, conn, (type, "search", patient), whole)
    return Decided(policy, decided)


def _of_rows(node: Node) -> bool:
    """Whether a criterion asks of the rows alone: what hops lead to is asked of by the whole policy."""
    match node:
        case And(nodes) | Or(nodes):
            return all(map(_of_rows, nodes))
        case Match() | OfType():
            return True
        case _:
            return False


def of_one(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    place: tuple[str, str],
    interaction: str,
) -> Node:
    """What the policy demands of the resource of this type and id."""
    type, id = place
    whole = context.policy_of(principal).where(type, interaction)
    if not _can(context, type, whole):
        return whole
    # What is not there is asked about like what is: no answer comes sooner.
    row = (id,) if type == "Patient" else lookup.whose(conn, type, id)
    patient = "" if row is None else row[0]
    if patient is None:
        return whole
    return of_patient(context, conn, (type, interaction, patient), whole)


def of_query(
    context: Context, conn: Connection[Any], principal: Principal, query: Query
) -> Node | None:
    """What the policy demands of the matches of a query that are all about one patient; None of any other."""
    if query.type is None or query.contained != "false":
        return None
    patient = _only(query.where, query.type)
    if patient is None:
        return None
    whole = context.policy_of(principal).where(query.type, "search")
    if not _can(context, query.type, whole) and query.type not in _OF_SEVERAL:
        return None
    return _of_match(context, conn, (query.type, "search", patient), whole)


def of_patient(
    context: Context, conn: Connection[Any], asked: tuple[str, str, str], whole: Node
) -> Node:
    """The rule `whole` for (type, interaction) and one patient's resources; as it is where none can be made."""
    if context.decisions is None or not _can(context, asked[0], whole):
        return whole
    return context.decisions.rule(context, conn, asked, whole)


def _of_match(
    context: Context, conn: Connection[Any], asked: tuple[str, str, str], whole: Node
) -> Node:
    """The rule for what a search found by one patient."""
    if (
        asked[0] in _OF_SEVERAL
        and context.decisions
        and not isinstance(whole, Everything | Nothing)
    ):
        return context.decisions.rule(context, conn, asked, whole)
    return of_patient(context, conn, asked, whole)


def _can(context: Context, type: str, whole: Node) -> bool:
    return (
        context.decisions is not None
        and not isinstance(whole, Everything | Nothing)
        and is_about_one(type, context.registry)
    )


def _only(node: Node, type: str) -> str | None:
    """The patient whom all of a type that a criterion matches is about."""
    match node:
        case And(nodes):
            found = (_only(one, type) for one in nodes)
            return next((one for one in found if one is not None), None)
        case Or(nodes):
            # Of several types, a search has an alternative for each.
            each = {_only(one, type) for one in nodes if not _of_others(one, type)}
            return each.pop() if len(each) == 1 else None
        case Match(param, None, (ReferenceValue("Patient", id),)):
            whose = param.storage is Storage.PATIENT
            return id if whose or (type in _OF_SEVERAL and param.code == "patient") else None
        case Match(param, None, (TokenValue(_, str(id)),)):
            return id if param.storage is Storage.ID and param.type == "Patient" else None
        case _:
            return None


def _of_others(node: Node, type: str) -> bool:
    """Whether nothing of a type can match."""
    match node:
        case And(nodes):
            return any(_of_others(one, type) for one in nodes)
        case OfType(types):
            return type not in types
        case _:
            return False
