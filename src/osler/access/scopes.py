"""The scopes of a token, which narrow what its holder may do.

https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from osler.access.caller import Caller
from osler.access.reach import OWN, patients
from osler.access.variables import rule
from osler.kit.errors import OslerError
from osler.search.tree import And, Everything, Node, Nothing, OfPatients, Or

_SCOPE = re.compile(
    r"(patient|user|system)/([A-Za-z]+|\*)\.(c?r?u?d?s?|read|write|\*)(?:\?(.+))?", re.ASCII
)
_LETTERS = {
    "c": {"create"},
    "r": {"read", "vread", "history"},
    "u": {"update", "patch"},
    "d": {"delete"},
    "s": {"search", "history"},
}
_FIRST_VERSION = {"read": "rs", "write": "cud", "*": "cruds"}


@dataclass(frozen=True, slots=True)
class Scope:
    """`level` patient, user or system; `type` a resource type or "*"; `where` a search or ""."""

    level: str
    type: str
    interactions: frozenset[str]
    where: str = ""


def parse(text: str) -> Scope | None:
    """A scope for resources, as `patient/Observation.rs?status=final` or `user/*.read`; None if it is another."""
    found = _SCOPE.fullmatch(text)
    if found is None or not found[3]:
        return None
    letters = _FIRST_VERSION.get(found[3], found[3])
    allowed = frozenset(one for letter in letters for one in _LETTERS[letter])
    return Scope(found[1], found[2], allowed, found[4] or "")


def narrowed(node: Node, type: str, interaction: str, caller: Caller) -> Node:
    """What is left of a node within the scopes of the caller; no scopes at all narrow nothing."""
    if not caller.principal.scopes or isinstance(node, Nothing):
        return node
    ways = list(dict.fromkeys(_ways(type, interaction, caller)))
    if not ways:
        return Nothing()
    if any(isinstance(way, Everything) for way in ways):
        return node
    allowed = ways[0] if len(ways) == 1 else Or(tuple(ways))
    return allowed if isinstance(node, Everything) else And((node, allowed))


def _ways(type: str, interaction: str, caller: Caller) -> Iterable[Node]:
    for text in sorted(caller.principal.scopes):
        scope = parse(text)
        if scope is None or scope.type not in {type, "*"} or interaction not in scope.interactions:
            continue
        node = _node(scope, type, caller)
        if not isinstance(node, Nothing):
            yield node


def _node(scope: Scope, type: str, caller: Caller) -> Node:
    where: Node = Everything()
    if scope.where:
        if "{" in scope.where:
            return Nothing()  # A token's words are no rule: they have no variables.
        try:
            where = rule(type, scope.where, caller.registry, ())
        except OslerError:
            return Nothing()
    if scope.level != "patient":
        return where
    own = patients(OWN, caller.registry, caller.values)
    if isinstance(own, Nothing):
        return own
    of_patient = OfPatients(own)
    return of_patient if isinstance(where, Everything) else And((of_patient, where))
