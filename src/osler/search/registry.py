"""Which search parameters every type has: those of R4, and custom ones beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Protocol, cast, get_args

from osler.fhir import definitions
from osler.fhir.r4 import RESOURCES
from osler.search import date
from osler.search.parameter import Component, Kind, Parameter, Storage
from osler.search.paths import Leaf, alternatives, of_type, resolve
from osler.search.storage import PRIMARY_DATE, PRIMARY_DATE_NAMES, served_by

COMMON = "Resource"
_KINDS = frozenset(get_args(Kind))
_PATIENT_NAMES = ("patient", "subject", "beneficiary", "individual")
_UNSTORED = frozenset({"_text", "_content", "_query", "_filter"})


class Definition(Protocol):
    """What is needed of a search parameter's definition; `osler.fhir.definitions` has them."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def base(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def expression(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def components(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102


class Registry:
    """The search parameters of every type, made when a type is first asked for."""

    def __init__(self, standard: Iterable[Definition], custom: Iterable[Definition] = ()) -> None:
        self._standard = tuple(standard)
        self._custom = tuple(custom)
        self._by_url = {d.url: d for d in (*self._standard, *self._custom)}
        self._types: dict[str, Mapping[str, Parameter]] = {}

    @staticmethod
    def builtin() -> Registry:
        """The parameters of R4."""
        return _builtin()

    def with_custom(self, definitions: Iterable[Definition]) -> Registry:
        """The same with custom definitions (instead of any before), which win over those of R4."""
        return Registry(self._standard, definitions)

    def get(self, type: str, code: str) -> Parameter | None:
        """The parameter `code` of a type, or of all types where `type` is "Resource"."""
        return self.for_type(type).get(code)

    def for_type(self, type: str) -> Mapping[str, Parameter]:
        """Every parameter of a type by its code; empty for an unknown type."""
        found = self._types.get(type)
        if found is None:
            known = type in RESOURCES or type == COMMON
            found = self._types[type] = self._build(type) if known else {}
        return found

    def _build(self, type: str) -> Mapping[str, Parameter]:
        found: dict[str, Parameter] = {}
        for custom, defined in ((False, self._standard), (True, self._custom)):
            for definition in defined:
                made = self._parameter(type, definition, custom)
                if made is not None:
                    found[made.code] = made
        _place_date(type, found)
        _place_patient(found)
        _alias(type, found)
        return found

    def _parameter(self, type: str, definition: Definition, custom: bool) -> Parameter | None:
        common = COMMON in definition.base or "DomainResource" in definition.base
        if not (common or type in definition.base) or definition.code in _UNSTORED:
            return None
        if definition.type not in _KINDS:
            return None
        expression = of_type(definition.expression, type)
        leaves = resolve(type, expression) if type != COMMON else ()
        made = Parameter(
            type=type,
            code=definition.code,
            kind=cast("Kind", definition.type),
            expression=expression,
            url=definition.url,
            owner=COMMON if common else type,
            targets=_targets(definition.target, leaves),
            components=tuple(
                self._component(type, expression, url, text) for url, text in definition.components
            ),
            custom=custom,
            coded=bool(leaves) and all(leaf.type == "code" for leaf in leaves or ()),
            points=bool(leaves) and all(leaf.type in date.POINTS for leaf in leaves or ()),
        )
        return replace(made, apart=_is_apart(made), storage=_COLUMNS.get(made.code, made.storage))

    def _component(self, type: str, base: str, url: str, expression: str) -> Component:
        definition = self._by_url.get(url)
        if definition is None:
            return Component(url, "special", expression)
        kind = cast("Kind", definition.type)
        for leaf in resolve(type, base) or ():
            # R4 names the two parts of DocumentReference.relationship the wrong way round.
            for part in resolve(leaf.type, expression) or ():
                if kind in {"token", "reference"} and part.type in {"code", "Reference"}:
                    kind = "token" if part.type == "code" else "reference"
        return Component(definition.code, kind, expression)


@cache
def _builtin() -> Registry:
    return Registry(definitions.search_parameters())


_COLUMNS = {"_id": Storage.ID, "_lastUpdated": Storage.UPDATED}


def _targets(defined: tuple[str, ...], leaves: tuple[Leaf, ...] | None) -> tuple[str, ...]:
    """The defined targets without those that the expression filters out."""
    if leaves and all(leaf.target for leaf in leaves):
        return tuple(dict.fromkeys(leaf.target for leaf in leaves if leaf.target))
    return defined


def _is_apart(param: Parameter) -> bool:
    """Whether the parts of a composite are single elements of the resource, to be searched one by one."""
    if param.kind != "composite" or param.expression != param.type or param.custom:
        return False
    if [c.kind for c in param.components] == ["token", "quantity"]:
        return False  # worth rows of its own: a value of a code over all patients
    parts = [resolve(param.type, component.expression) for component in param.components]
    return all(leaves and not any(leaf.many for leaf in leaves) for leaves in parts)


def _place_date(type: str, found: dict[str, Parameter]) -> None:
    """One date of a type is in columns of the resource's own row."""
    names = (PRIMARY_DATE[type],) if type in PRIMARY_DATE else PRIMARY_DATE_NAMES
    for name in names:
        param = found.get(name)
        if param is not None and param.kind == "date" and not param.custom:
            leaves = resolve(type, param.expression)
            if leaves and not any(leaf.many for leaf in leaves) and _one_element(param):
                found[name] = replace(param, storage=Storage.DATE)
                return


def _one_element(param: Parameter) -> bool:
    names = {
        part.strip("()").split(".as(")[0].split(" as ")[0]
        for part in alternatives(param.expression)
    }
    return len(names) == 1


def _place_patient(found: dict[str, Parameter]) -> None:
    """The reference to the one patient that a resource is about is in a column of its own row."""
    for name in _PATIENT_NAMES:
        steps = _single_reference(found.get(name))
        if steps is not None:
            break
    else:
        return
    for code, param in found.items():
        if _single_reference(param) == steps:
            found[code] = replace(param, storage=Storage.PATIENT)


def _single_reference(param: Parameter | None) -> object:
    if param is None or param.kind != "reference" or "Patient" not in param.targets or param.custom:
        return None
    leaves = resolve(param.type, param.expression)
    if leaves is None or len(leaves) != 1 or leaves[0].many or leaves[0].type != "Reference":
        return None
    return leaves[0].steps


def _alias(type: str, found: dict[str, Parameter]) -> None:
    for code, param in tuple(found.items()):
        others = () if param.custom else served_by(type, code)
        if others:
            served = tuple(found[other] for other in others if other in found)
            found[code] = replace(param, served_by=served)
