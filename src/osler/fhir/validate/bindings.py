"""Required bindings that the types do not express: long code lists, open ones by form, and CodeableConcepts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

from osler.fhir import definitions, r4
from osler.fhir.definitions import BindingDef
from osler.fhir.model import Base, Property
from osler.fhir.validate.plan import Rule, Scope
from osler.fhir.walk import Node
from osler.kit.errors import Issue

_VALUE_SET: Final = "http://hl7.org/fhir/ValueSet/"
_UCUM: Final = "http://unitsofmeasure.org"
_LANGUAGE: Final = re.compile(
    r"(?:[a-z]{2,8}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+|i-[a-z]+)\Z",
    re.IGNORECASE | re.ASCII,
)
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    f"{_VALUE_SET}mimetypes": re.compile(
        r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;.*)?\Z|json\Z|xml\Z|ttl\Z", re.ASCII
    ),
    f"{_VALUE_SET}currencies": re.compile(r"[A-Z]{3}\Z"),
    f"{_VALUE_SET}all-languages": _LANGUAGE,
}
"""Value sets too large or too open to be listed, by the form of their codes."""

_LANGUAGES: Final = BindingDef("Resource", "language", "code", f"{_VALUE_SET}all-languages")
"""The specification prefers a short list here, and allows no more than all languages."""

Member = Callable[[str | None, str], bool]
"""Whether a code of a system (None where the element has none) is in the value set."""


def rules(names: tuple[str, ...], cls: type[Base]) -> Iterator[Rule]:
    """The bindings of a class that has these FHIR names."""
    declared = _by_context()
    for name in names:
        for binding in declared.get(name, ()):
            member = _member(binding.value_set)
            (prop,) = cls.__fhir_elements__[binding.element]
            if member is not None:
                check = _code if binding.type == "code" else _concept
                yield partial(check, binding, prop, member)


@cache
def _by_context() -> dict[str, list[BindingDef]]:
    found: dict[str, list[BindingDef]] = defaultdict(list)
    for binding in (*definitions.bindings(), _LANGUAGES):
        found[binding.context].append(binding)
    return found


@cache
def _member(url: str) -> Member | None:
    form = _FORMS.get(url)
    if form is not None:
        return lambda _system, code: form.match(code) is not None
    if url == f"{_VALUE_SET}ucum-units":
        return lambda system, _code: system == _UCUM
    codes = definitions.value_set(url)
    if codes is None:
        return None  # drawn from a system that the package does not hold
    pairs = frozenset((system, code) for system, listed in codes.items() for code in listed)
    anywhere = frozenset(code for _, code in pairs)
    return lambda system, code: code in anywhere if system is None else (system, code) in pairs


def _code(
    binding: BindingDef,
    prop: Property,
    member: Member,
    node: Node,
    _scope: Scope,
    issues: list[Issue],
) -> None:
    value = getattr(node.element, prop.attr)
    if value is None:
        return
    for code in value if prop.many else (value,):
        if code is not None and not member(None, code):
            where = f"{node.path}.{prop.json}"
            issues.append(
                Issue(
                    "code-invalid",
                    f'{where}: found "{code}", expected a code of {binding.value_set}',
                    where,
                )
            )


def _concept(
    binding: BindingDef,
    prop: Property,
    member: Member,
    node: Node,
    _scope: Scope,
    issues: list[Issue],
) -> None:
    value: Any = getattr(node.element, prop.attr)
    if value is None:
        return
    for concept in value if prop.many else (value,):
        if not any(
            c.code is not None and member(c.system or "", c.code) for c in _codings(concept)
        ):
            where = f"{node.path}.{prop.json}"
            issues.append(
                Issue(
                    "code-invalid",
                    f"{where}: found no coding of {binding.value_set}, expected one",
                    where,
                )
            )


def _codings(concept: r4.CodeableConcept | r4.Coding) -> list[r4.Coding]:
    return [concept] if isinstance(concept, r4.Coding) else concept.coding or []
