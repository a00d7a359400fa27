"""What a policy demands in a search of several types: asked once of all types that it is the same for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from psycopg import sql

from osler.fhir.r4 import RESOURCES
from osler.search.conditions import condition
from osler.search.persons import kind_of
from osler.search.scope import TRUE, Scope, all_of, any_of, one_of
from osler.search.tree import And, Everything, Node, Nothing, OfPatients

Groups = dict[tuple[Node, str], list[str]]
"""Types by what is demanded of them and by how that is written."""


def allowed(types: Sequence[str], scope: Scope) -> sql.Composable:
    """Rows of these types (none: of all) with what the policy demands of each.

    Whose rows may be seen is mostly the same for many types, and long; what else is demanded is short.
    """
    assert scope.policy is not None
    demanded = {type: scope.policy.where(type, "search") for type in types or RESOURCES}
    if not types and all(isinstance(node, Everything) for node in demanded.values()):
        return TRUE
    split = {t: _split(node) for t, node in demanded.items() if not isinstance(node, Nothing)}
    by_whose = _grouped({type: whose for type, (whose, _) in split.items()}, scope)
    row = replace(scope.of_policy(), correlated=len(by_whose) > 1)
    parts = []
    for (whose, _), group in by_whose.items():
        rest = _grouped({type: split[type][1] for type in group}, scope)
        parts.append(all_of([_part(whose, group, row), _rest(rest, row)]))
    return any_of(parts)


def _split(node: Node) -> tuple[Node, Node]:
    """Whose rows, and what else."""
    match node:
        case OfPatients():
            return node, Everything()
        case And((OfPatients() as whose, *rest)):
            return whose, rest[0] if len(rest) == 1 else And(tuple(rest))
        case _:
            return Everything(), node


def _grouped(nodes: Mapping[str, Node], scope: Scope) -> Groups:
    groups: Groups = {}
    for type, node in nodes.items():
        alike = kind_of(node, replace(scope, type=type))
        groups.setdefault((node, type if alike is None else alike), []).append(type)
    return groups


def _part(node: Node, group: Sequence[str], row: Scope) -> sql.Composable:
    demanded = condition(node, replace(row, type=group[0]))
    test = one_of(row.column("type"), group)
    return test if demanded is TRUE else all_of([test, demanded])


def _rest(groups: Groups, row: Scope) -> sql.Composable:
    if len(groups) == 1:
        (((node, _), group),) = groups.items()
        return condition(node, replace(row, type=group[0]))
    tested = replace(row, correlated=True)
    return any_of([_part(node, group, tested) for (node, _), group in groups.items()])
