"""A principal's policy: for every type and interaction, the search tree that its rows must also satisfy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Protocol

from osler.access.caller import Caller
from osler.access.demands import demanded, reached, some
from osler.access.facts import Facts
from osler.access.groups import expand
from osler.access.principal import Principal
from osler.access.role import READING, WRITING, Grant, Role
from osler.access.scopes import narrowed
from osler.access.words import words
from osler.search.registry import Registry
from osler.search.tree import And, Everything, Node, Nothing, OfPatients, Policy

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """On resources of `type` that satisfy `where`, these interactions are allowed.

    `hidden` and `readonly` are elements of the type, as "contact.telecom". `reach` is whose resources
    the rule is about, without what protects patients.
    """

    type: str
    where: Node
    interactions: frozenset[str] = READING
    text: str = ""
    hidden: frozenset[str] = _NONE
    readonly: frozenset[str] = _NONE
    reach: Node | None = None
    labels: frozenset[str] = _NONE


@dataclass(frozen=True, slots=True)
class NamedRule:
    """One reason why a resource may be seen: in words, and what it must match."""

    text: str
    node: Node


class Rights(Policy, Protocol):
    """A policy with what the record asks beside it."""

    def hidden(self, type: str) -> frozenset[str]:
        """The elements that are not shown, as "contact.telecom"; `value` stands for value[x]."""
        ...  # pragma: no cover - a protocol

    def readonly(self, type: str, interactions: Iterable[str] = WRITING) -> frozenset[str]:
        """The elements that may not be written by any of these interactions."""
        ...  # pragma: no cover - a protocol

    def rules(self, type: str, interaction: str) -> tuple[NamedRule, ...]:
        """What allows it, rule by rule."""
        ...  # pragma: no cover - a protocol


class Everywhere:
    """May do everything: the local principal and nobody else."""

    def where(self, type: str, interaction: str) -> Node:  # noqa: ARG002 - all alike here
        """Everything."""
        return Everything()

    def hidden(self, type: str) -> frozenset[str]:  # noqa: ARG002
        """Nothing."""
        return _NONE

    def readonly(self, type: str, interactions: Iterable[str] = WRITING) -> frozenset[str]:  # noqa: ARG002
        """Nothing."""
        return _NONE

    def rules(self, type: str, interaction: str) -> tuple[NamedRule, ...]:  # noqa: ARG002
        """That it is the operator."""
        return (NamedRule("The operator at the machine may do everything.", Everything()),)


class RulePolicy:
    """The union of rules; what no rule allows is denied."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)

    def _about(self, type: str, interaction: str) -> Iterable[Rule]:
        """The rules for a type that allow an interaction."""
        return (r for r in self._rules if r.type == type and interaction in r.interactions)

    def where(self, type: str, interaction: str) -> Node:
        """What the rules for it allow, joined by OR; `Nothing` where there are none."""
        return either([rule.where for rule in self._about(type, interaction)])

    def hidden(self, type: str) -> frozenset[str]:
        """The elements of a type that are not shown: what one rule hides, unless another shows it of the same.

        Each way of reading counts by itself: an element that only the history hides is not shown at all.
        """
        ways = (_kept_back(list(self._about(type, one)), "hidden") for one in sorted(READING))
        return _NONE.union(*ways)

    def readonly(self, type: str, interactions: Iterable[str] = WRITING) -> frozenset[str]:
        """The elements of a type that may not be written by these interactions, likewise."""
        found = [r for one in sorted(interactions) for r in self._about(type, one)]
        return _kept_back(found, "readonly")

    def rules(self, type: str, interaction: str) -> tuple[NamedRule, ...]:
        """What allows it, rule by rule, in words."""
        return tuple(NamedRule(rule.text, rule.where) for rule in self._about(type, interaction))


class RolePolicy(RulePolicy):
    """The policy of a caller by the grants of its roles; made for a type when that is first asked for."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self._caller = caller
        grants = [grant for role in caller.facts.roles for grant in role.grants]
        self._keeps_back = any(grant.hidden or grant.readonly for grant in grants)
        self._hides, self._holds = (
            frozenset(path.partition(".")[0] for grant in grants for path in paths(grant))
            for paths in (attrgetter("hidden"), attrgetter("readonly"))
        )
        self._made: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self._where: dict[tuple[str, str], Node] = {}

    def where(self, type: str, interaction: str) -> Node:
        """What the grants for it allow within the caller's scopes."""
        found = self._where.get((type, interaction))
        if found is None:
            found = self._where[type, interaction] = super().where(type, interaction)
        return found

    def hidden(self, type: str) -> frozenset[str]:
        """As of any rules; of most types no grant hides anything."""
        return super().hidden(type) if type in self._hides else _NONE

    def readonly(self, type: str, interactions: Iterable[str] = WRITING) -> frozenset[str]:
        """Likewise."""
        return super().readonly(type, interactions) if type in self._holds else _NONE

    def _about(self, type: str, interaction: str) -> tuple[Rule, ...]:
        found = self._made.get((type, interaction))
        if found is None:
            made = (one for one in self._rules_for(type, interaction))
            found = self._made[type, interaction] = tuple(made)
        return found

    def _rules_for(self, type: str, interaction: str) -> Iterator[Rule]:
        for role in self._caller.facts.roles:
            for grant in role.grants:
                if interaction not in grant.interactions or type not in expand(grant.types):
                    continue
                if self._caller.has(role, grant):
                    made = self._rule(role, grant, type, interaction)
                    if not isinstance(made.where, Nothing):
                        yield made

    def _rule(self, role: Role, grant: Grant, type: str, interaction: str) -> Rule:
        node = demanded(role, grant, type, interaction, self._caller)
        if isinstance(node, Nothing):
            return Rule(type, node)
        # What is the same for every caller is asked for only where elements are kept back.
        reach = reached(grant, type, self._caller, _NONE) if self._keeps_back else None
        return Rule(
            type,
            narrowed(node, type, interaction, self._caller),
            grant.interactions,
            f"{role.name}: {words(grant)}",
            _elements(type, grant.hidden),
            _elements(type, grant.readonly),
            reach,
            grant.labels,
        )


def _elements(type: str, paths: Iterable[str]) -> frozenset[str]:
    start = type + "."
    return frozenset(path.removeprefix(start) for path in paths if path.startswith(start))


def _kept_back(rules: list[Rule], what: str) -> frozenset[str]:
    """The elements that a rule keeps back and that no rule which covers it leaves open."""
    found: set[str] = set()
    for rule in rules:
        kept: frozenset[str] = getattr(rule, what)
        covering = [other for other in rules if _covers(other, rule)]
        found.update(path for path in kept if all(path in getattr(o, what) for o in covering))
    return frozenset(found)


def _covers(one: Rule, other: Rule) -> bool:
    """Whether a rule surely reaches all that another does."""
    if one.labels < other.labels or not one.labels >= other.labels:
        return False
    mine = one.where if one.reach is None else one.reach
    theirs = other.where if other.reach is None else other.reach
    return isinstance(mine, Everything) or mine == theirs


# ---- unions


def either(nodes: list[Node]) -> Node:
    """Any of the nodes; those that differ only in which patients they reach become one."""
    alike: dict[tuple[Node, ...], list[Node]] = {}
    others: list[Node] = []
    for node in nodes:
        parts = node.nodes if isinstance(node, And) else (node,)
        match parts:
            case (OfPatients(whose), *rest):
                alike.setdefault(tuple(rest), []).append(whose)
            case _:
                others.append(node)
    merged: list[Node] = []
    for remainder, all_whose in alike.items():
        of = OfPatients(some(all_whose))
        merged.append(And((of, *remainder)) if remainder else of)
    return some([*merged, *others])


NOWHERE = RulePolicy()


def policy(
    principal: Principal, facts: Facts | None = None, registry: Registry | None = None
) -> Rights:
    """The policy of a principal. Without facts, by the shipped roles alone; nothing where no role grants it."""
    if "local" in principal.roles:
        return Everywhere()
    known = facts if facts is not None else Facts.of_roles(principal.roles)
    roles = tuple(role for role in known.roles if role.code in principal.roles)
    if not roles:
        return NOWHERE
    return RolePolicy(
        Caller(principal, replace(known, roles=roles), registry or Registry.builtin())
    )
