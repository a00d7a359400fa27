"""The specification's invariants: FHIRPath, compiled once, with a cheap test before the dear evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

from osler.fhir import definitions, path
from osler.fhir.definitions import InvariantDef
from osler.fhir.model import Base, Property
from osler.fhir.validate import native
from osler.fhir.validate.plan import Rule, Scope
from osler.fhir.walk import Node
from osler.kit.errors import Invalid, Issue, Severity

ELSEWHERE: Final = {
    "txt-1": "checked by osler.fhir.narrative, which says what is wrong",
    "txt-2": "checked by osler.fhir.narrative, which says what is wrong",
}
_PLACEHOLDER: Final = "names a code system `something` that does not exist, so it can never fail"
BROKEN: Final[dict[str, str]] = dict.fromkeys(("ppc-2", "ppc-3", "ppc-4", "ppc-5"), _PLACEHOLDER)
"""Invariants of R4 that are not evaluated, with the reason. See `native.MENDED` for those that are put right."""


def rules(names: tuple[str, ...], cls: type[Base]) -> Iterator[Rule]:
    """The invariants of a class that has these FHIR names."""
    declared = _by_context()
    for name in names:
        for invariant in declared.get(name, ()):
            if invariant.key in BROKEN or invariant.key in ELSEWHERE:
                continue
            yield _rule(invariant, cls)


def _rule(invariant: InvariantDef, cls: type[Base]) -> Rule:
    if invariant.element is not None:
        properties = cls.__fhir_elements__[invariant.element]
        return partial(_on_elements, invariant, _compiled(invariant.expression), properties)
    if invariant.key in native.HOLDS:
        return partial(_native, invariant, native.HOLDS[invariant.key])
    compiled = _compiled(invariant.expression)
    needed = native.NEEDED.get(invariant.key)
    if needed is None:
        return partial(_on_node, invariant, compiled)
    return partial(_guarded, invariant, compiled, needed)


@cache
def _by_context() -> dict[str, list[InvariantDef]]:
    found: dict[str, list[InvariantDef]] = defaultdict(list)
    for invariant in definitions.invariants():
        found[invariant.context].append(invariant)
    return found


@cache
def _compiled(expression: str) -> path.CompiledPath:
    return path.compile(expression)


def _native(
    invariant: InvariantDef,
    holds: Callable[[Any, Scope], bool],
    node: Node,
    scope: Scope,
    issues: list[Issue],
) -> None:
    if not holds(node.element, scope):
        issues.append(_issue(invariant, node.path))


def _guarded(
    invariant: InvariantDef,
    compiled: path.CompiledPath,
    needed: str,
    node: Node,
    scope: Scope,
    issues: list[Issue],
) -> None:
    if getattr(node.element, needed) is not None:
        _on_node(invariant, compiled, node, scope, issues)


def _on_node(
    invariant: InvariantDef,
    compiled: path.CompiledPath,
    node: Node,
    scope: Scope,
    issues: list[Issue],
) -> None:
    if not _holds(compiled, node.element, scope, invariant, issues, node):
        issues.append(_issue(invariant, node.path))


def _on_elements(
    invariant: InvariantDef,
    compiled: path.CompiledPath,
    properties: tuple[Property, ...],
    node: Node,
    scope: Scope,
    issues: list[Issue],
) -> None:
    """An invariant on an element that has no class of its own, such as `Organization.telecom`."""
    for prop in properties:
        value = getattr(node.element, prop.attr)
        if value is None or (prop.primitive and len(properties) > 1):
            continue
        for item in value if prop.many else (value,):
            if item is not None and not _holds(compiled, item, scope, invariant, issues, node):
                issues.append(_issue(invariant, f"{node.path}.{prop.json}"))


def _holds(
    compiled: path.CompiledPath,
    item: Any,
    scope: Scope,
    invariant: InvariantDef,
    issues: list[Issue],
    node: Node,
) -> bool:
    """Only a plain false breaks a rule: an empty answer says that it cannot be told, as with partial dates."""
    try:
        return compiled(item, env=scope.environment) != [False]
    except Invalid as fault:
        text = f"{node.path}: could not evaluate {invariant.key}: {fault}"
        issues.append(Issue("processing", text, node.path, "warning"))
        return True


def _issue(invariant: InvariantDef, where: str) -> Issue:
    severity: Severity = "error" if invariant.severity == "error" else "warning"
    return Issue("invariant", f"{where}: {invariant.key}: {invariant.human}", where, severity)
