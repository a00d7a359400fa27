"""What the author of a write was to the patients before it: by that, and not by what it makes true, it is judged.

The relation that a write ends still held when it was made: whoever is related to a patient by an encounter
alone may close that encounter. And a patient who is newly named beside others, as in an appointment of two,
must be within the author's reach by themself: otherwise an appointment with somebody's own patient and a
stranger would make the stranger their patient too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from osler.access import known as rules
from osler.access.principal import Principal
from osler.kit.errors import NotAllowed
from osler.record.deciding import Decisions
from osler.record.plan import Work
from osler.record.whose import others, whose
from osler.search.persons import is_about_one
from osler.search.tree import Everything, Node
from osler.store import lookup

if TYPE_CHECKING:
    from osler.record.context import Context


@dataclass(slots=True)
class Result:
    """One thing that was written: the rule it must match, the rules that do as well, and those it must match too."""

    type: str
    interaction: str
    id: str
    whole: Node
    instead: list[Node] = field(default_factory=list)
    beside: list[Node] = field(default_factory=list)


def before(
    context: Context, conn: Connection[Any], principal: Principal, works: Sequence[Work]
) -> list[Result]:
    """What is to be written, with what its author is to the patients now."""
    policy = context.policy_of(principal)
    results = [
        (work, Result(work.type, interaction, work.new.id, policy.where(work.type, interaction)))
        for work in works
        if work.new is not None and not work.new.deleted
        for interaction in _interactions(work)
    ]
    written = {work.type for work in works}
    fresh = {work.id for work in works if work.type == "Patient" and work.before is None}
    decisions = Decisions()
    for work, result in results:
        one = is_about_one(work.type, context.registry)
        makes = {type for node in rules.questions(result.whole) for type in rules.relating(node)}
        if isinstance(result.whole, Everything) or (one and not makes & written):
            continue
        had = set(whose(context, [work.before] if work.before is not None else []))
        for patient in sorted(_named(work) - fresh):
            known = decisions.known(context, conn, patient, result.whole)
            rule = rules.left(result.whole, replace(known, consents=True))
            result.instead.append(rule)
            if not one and patient not in had:
                result.beside.append(rule)
    return [result for _, result in results]


def _interactions(work: Work) -> Iterator[str]:
    yield work.interaction
    if work.status == "created" and work.interaction != "create":
        yield "create"  # also by PUT: that takes the right to create


def _named(work: Work) -> set[str]:
    assert work.new is not None
    found = {work.new.patient} if work.new.patient else set()
    return found | (others(work.new.index) if work.new.index is not None else set())


def check(
    context: Context, conn: Connection[Any], principal: Principal, results: Iterable[Result]
) -> None:
    """After the write: refuse what the policy does not let this principal write."""
    refused: list[Result] = []
    for (type, interaction), group in _grouped(results).items():
        visible = context.visible(principal, type, interaction, "r")
        if visible is not None:
            missing = lookup.missing(conn, type, [one.id for one in group], visible)
            refused += [one for one in group if one.id in missing]
            refused += [one for one in group if not _all(context, conn, one, one.beside)]
    for one in refused:
        if not (_any(context, conn, one) and _all(context, conn, one, one.beside)):
            raise NotAllowed(f"You may not {one.interaction} a {one.type} with this content.")


def _grouped(results: Iterable[Result]) -> dict[tuple[str, str], list[Result]]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        groups.setdefault((one.type, one.interaction), []).append(one)
    return groups


def _any(context: Context, conn: Connection[Any], result: Result) -> bool:
    return any(_all(context, conn, result, [rule]) for rule in result.instead)


def _all(context: Context, conn: Connection[Any], result: Result, nodes: Sequence[Node]) -> bool:
    conditions = (context.condition(result.type, node, "r") for node in nodes)
    return not any(
        one is not None and lookup.missing(conn, result.type, [result.id], one)
        for one in conditions
    )
