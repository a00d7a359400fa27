"""A principal's policy: for every type and interaction, the search tree that its rows must also satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from osler.access.principal import Principal
from osler.search.tree import Everything, Node, Nothing, Or, Policy

READING = frozenset({"read", "vread", "search", "history"})
WRITING = frozenset({"create", "update", "patch", "delete"})


@dataclass(frozen=True, slots=True)
class Rule:
    """On resources of `type` that satisfy `where`, these interactions are allowed."""

    type: str
    where: Node
    interactions: frozenset[str] = READING


class Everywhere:
    """May do everything: the local principal and nobody else."""

    def where(self, type: str, interaction: str) -> Node:  # noqa: ARG002 - all alike here
        """Everything."""
        return Everything()


class RulePolicy:
    """The union of rules; what no rule allows is denied."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)

    def where(self, type: str, interaction: str) -> Node:
        """What the rules for it allow, joined by OR; `Nothing` where there are none."""
        parts = tuple(
            rule.where
            for rule in self._rules
            if rule.type == type and interaction in rule.interactions
        )
        match parts:
            case ():
                return Nothing()
            case (only,):
                return only
            case _ if any(isinstance(part, Everything) for part in parts):
                return Everything()
            case _:
                return Or(parts)


NOWHERE = RulePolicy()
_by_role: dict[str, Callable[[Principal], Policy]] = {"local": lambda _: Everywhere()}


def policy(principal: Principal) -> Policy:
    """The policy of a principal by its role; nothing at all where no role has one."""
    for role in principal.roles:
        if role in _by_role:
            return _by_role[role](principal)
    return NOWHERE
