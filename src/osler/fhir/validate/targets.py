"""What a reference may point to: `Observation.subject` is a Patient, Group, Device or Location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, partial

from osler.fhir import definitions, r4, reference
from osler.fhir.definitions import TargetDef
from osler.fhir.model import Base
from osler.fhir.validate.plan import Rule, Scope
from osler.fhir.walk import Node
from osler.kit.errors import Issue


def rules(names: tuple[str, ...], cls: type[Base]) -> Iterator[Rule]:
    """The reference targets of a class that has these FHIR names."""
    declared = _by_context()
    for name in names:
        for target in declared.get(name, ()):
            for prop in cls.__fhir_elements__[target.element]:
                if prop.type == "Reference":
                    types = frozenset(target.types)
                    yield partial(_check, types, prop.attr, prop.json, prop.many)


@cache
def _by_context() -> dict[str, list[TargetDef]]:
    found: dict[str, list[TargetDef]] = defaultdict(list)
    for target in definitions.reference_targets():
        found[target.context].append(target)
    return found


def _check(
    types: frozenset[str],
    attr: str,
    json: str,
    many: bool,
    node: Node,
    scope: Scope,
    issues: list[Issue],
) -> None:
    value = getattr(node.element, attr)
    if value is None:
        return
    for item in value if many else (value,):
        found = _type(item, scope)
        if found is not None and found not in types:
            where = f"{node.path}.{json}"
            wanted = " or ".join(sorted(types))
            issues.append(
                Issue(
                    "value",
                    f"{where}: found a reference to {found}, expected {wanted}",
                    where,
                )
            )


def _type(item: r4.Reference, scope: Scope) -> str | None:
    """The type that a reference points to, None where it does not say."""
    text = item.reference
    if text is None:
        return item.type if item.type in r4.RESOURCES else None
    name, slash, _ = text.partition("/")
    if slash and name in r4.RESOURCES:  # the usual `Patient/1`, without the general parser
        return name
    parsed = reference.parse(text)
    if parsed.kind == "contained":
        contained = getattr(scope.root, "contained", None) or ()
        return next((r.resourceType for r in contained if r.id == parsed.id), None)
    return parsed.type
