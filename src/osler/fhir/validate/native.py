"""The invariants met most often, written in Python: each element of a resource would evaluate them again and again.

A test holds each against the FHIRPath expression of the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final

from osler.fhir import r4, walk
from osler.fhir.model import Base
from osler.fhir.validate.plan import Scope

NEEDED: Final = {
    "dom-2": "contained",
    "dom-4": "contained",
    "dom-5": "contained",
    "obs-7": "component",
    "per-1": "end",
    "rng-2": "high",
    "csd-1": "concept",
}
"""Invariants that cannot fail where this property is absent."""


def extension(element: r4.Extension, _scope: Scope) -> bool:
    """ext-1: extensions inside or a value, not both, not neither."""
    has_value = _extension_values()(element).count(None) < _value_count()
    return (element.extension is not None) is not has_value


@cache
def _value_attributes() -> tuple[str, ...]:
    properties = r4.Extension.__fhir_elements__["value"]
    return tuple(name for p in properties for name in (p.attr, p.ext) if name is not None)


@cache
def _extension_values() -> Callable[[Base], tuple[Any, ...]]:
    return attrgetter(*_value_attributes())


@cache
def _value_count() -> int:
    return len(_value_attributes())


def reference(element: r4.Reference, scope: Scope) -> bool:
    """ref-1: `#id` names a contained resource of the outermost resource; `#` alone is that resource itself."""
    text = element.reference
    if text is None or not text.startswith("#") or text == "#":
        return True
    contained = getattr(scope.root, "contained", None) or ()
    return any(resource.id == text[1:] for resource in contained)


def quantity(element: r4.Quantity, _scope: Scope) -> bool:
    """qty-3: a code needs its system."""
    return (
        (element.code is None and element.code_ext is None)
        or element.system is not None
        or element.system_ext is not None
    )


def contact_point(element: r4.ContactPoint, _scope: Scope) -> bool:
    """cpt-2: a value needs its system."""
    return (
        (element.value is None and element.value_ext is None)
        or element.system is not None
        or element.system_ext is not None
    )


def narrative_present(element: r4.DomainResource, _scope: Scope) -> bool:
    """dom-6: there should be a narrative."""
    return element.text is not None and element.text.div is not None


def contained_used(element: r4.DomainResource, _scope: Scope) -> bool:
    """dom-3: a contained resource is referred to, or refers to the one that contains it."""
    if element.contained is None:
        return True
    used = set(_links(element))
    return all(
        (resource.id is not None and f"#{resource.id}" in used) or "#" in _links(resource)
        for resource in element.contained
    )


def _links(resource: Base) -> list[str]:
    """Every text that may point to a resource: references, and primitives of the types canonical, uri, url."""
    found: list[str] = []
    for node in walk.walk(walk.root(resource)):
        for attr, many in _link_attributes(type(node.element)):
            value = getattr(node.element, attr)
            if value is not None:
                found.extend(item for item in (value if many else (value,)) if item is not None)
    return found


@cache
def _link_attributes(cls: type[Base]) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (prop.attr, prop.many)
        for properties in cls.__fhir_elements__.values()
        for prop in properties
        if prop.type in ("canonical", "uri", "url") or (prop.attr == "reference" and prop.primitive)
    )


def asks_existence(element: r4.QuestionnaireItemEnableWhen, _scope: Scope) -> bool:
    """que-7: the operator `exists` compares with a boolean."""
    return element.operator != "exists" or element.answerBoolean is not None


def problem_has_status(element: r4.Condition, _scope: Scope) -> bool:
    """con-3: a problem-list item has a clinical status unless it was entered in error."""
    if element.clinicalStatus is not None:
        return True
    wrong = (_STATUS, "entered-in-error") in _codes([element.verificationStatus])
    return wrong or all(code != "problem-list-item" for _, code in _codes(element.category or []))


_STATUS: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def _codes(concepts: Sequence[r4.CodeableConcept | None]) -> list[tuple[str | None, str | None]]:
    return [(c.system, c.code) for one in concepts if one is not None for c in one.coding or ()]


HOLDS: Final[dict[str, Callable[[Any, Scope], bool]]] = {
    "ext-1": extension,
    "ref-1": reference,
    "qty-3": quantity,
    "cpt-2": contact_point,
    "dom-3": contained_used,
    "dom-6": narrative_present,
    "que-7": asks_existence,
    "con-3": problem_has_status,
}
MENDED: Final = {
    "dom-3": "`as()` is applied to a list, which FHIRPath refuses, and `#` is looked for as a canonical only",
    "ref-1": "the substring of `#`, the container itself, is empty, so the expression tells nothing",
    "que-7": "`Boolean` is not the name of the FHIR type `boolean`",
    "con-3": "compares a CodeableConcept with a text, so that every category counts as a problem-list item",
}
"""Invariants whose expression in R4 does not say what its words say; what stands here follows the words."""
