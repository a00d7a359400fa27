"""The definitions of FHIR R4 that are not types: search parameters, invariants, summaries, codes, compartments.

They are read from a packed file that `python -m osler.fhir.definitions build` makes; each part when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from osler.fhir.definitions.packed import BUILD_COMMAND, Packed, default_path
from osler.kit.errors import Unavailable


class SearchParameterDef(msgspec.Struct, frozen=True):
    """A search parameter of R4 itself. `components` are (definition url, expression) of a composite."""

    code: str
    url: str
    base: tuple[str, ...]
    type: str
    expression: str
    target: tuple[str, ...]
    components: tuple[tuple[str, str], ...]
    comparators: tuple[str, ...] = ()
    description: str = ""


class InvariantDef(msgspec.Struct, frozen=True):
    """A rule of the specification on a class, or on one `element` of it, as a FHIRPath expression."""

    key: str
    severity: str
    context: str
    element: str | None
    expression: str
    human: str


class BindingDef(msgspec.Struct, frozen=True):
    """A required binding that the types do not express: `element` of class `context` must be in `value_set`."""

    context: str
    element: str
    type: str
    value_set: str


class TargetDef(msgspec.Struct, frozen=True):
    """The resource types that references in `element` of class `context` may point to; never empty."""

    context: str
    element: str
    types: tuple[str, ...]


class ConceptDef(msgspec.Struct, frozen=True, array_like=True):
    """One code with its name and its ancestors, nearest first."""

    code: str
    display: str
    ancestors: tuple[str, ...] = ()


class CodeSystemDef(msgspec.Struct, frozen=True):
    """A code system whose concepts the package holds completely."""

    url: str
    version: str
    case_sensitive: bool
    concepts: tuple[ConceptDef, ...]


@cache
def _packed() -> Packed:
    return Packed(default_path())


def _load(section: str, kind: Any) -> Any:
    return msgspec.msgpack.decode(_packed().section(section), type=kind)


def _required(section: str, kind: Any) -> Any:
    """A section that every packed file has; one of an earlier build may lack it or have it otherwise."""
    try:
        return _load(section, kind)
    except (KeyError, msgspec.ValidationError) as error:
        raise Unavailable(
            f"the FHIR definitions were built by another version of Osler: run {BUILD_COMMAND}"
        ) from error


@cache
def search_parameters() -> tuple[SearchParameterDef, ...]:
    """Every search parameter of the specification, without those of extensions and examples."""
    found: tuple[SearchParameterDef, ...] = _required(
        "search_parameters", tuple[SearchParameterDef, ...]
    )
    return found


@cache
def invariants() -> tuple[InvariantDef, ...]:
    """Every invariant, once, at the class that declares it."""
    found: tuple[InvariantDef, ...] = _required("invariants", tuple[InvariantDef, ...])
    return found


@cache
def bindings() -> tuple[BindingDef, ...]:
    """Required bindings to be checked beside the types."""
    found: tuple[BindingDef, ...] = _required("bindings", tuple[BindingDef, ...])
    return found


@cache
def reference_targets() -> tuple[TargetDef, ...]:
    """Elements whose references are confined to some resource types."""
    found: tuple[TargetDef, ...] = _required("targets", tuple[TargetDef, ...])
    return found


@cache
def _summaries() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = _required("summary", dict[str, frozenset[str]])
    return found


def summary(type: str) -> frozenset[str]:
    """The elements of a class (`Patient`, `Patient.link`, `Attachment`) that FHIR counts to a summary.

    Names are those of the element table: `value` for value[x]. Raises KeyError for an unknown class, Unavailable
    where the packed file is older than this code.
    """
    return _summaries()[type]


@cache
def value_set(url: str) -> Mapping[str, tuple[str, ...]] | None:
    """The codes of a value set by system, in order; None where it is unknown or cannot be listed."""
    name = f"value_set/{url.partition('|')[0]}"
    if name not in _packed():
        return None
    found: dict[str, tuple[str, ...]] = _load(name, dict[str, tuple[str, ...]])
    return found


@cache
def code_system(url: str) -> CodeSystemDef | None:
    """The concepts of a code system; None where it is unknown or the package holds only a part."""
    name = f"code_system/{url.partition('|')[0]}"
    if name not in _packed():
        return None
    found: CodeSystemDef = _load(name, CodeSystemDef)
    return found


@cache
def compartment(code: str) -> Mapping[str, tuple[str, ...]]:
    """Resource type -> search parameters that place it in a compartment such as `Patient`.

    `{def}` stands for the resource itself. Raises KeyError for an unknown compartment.
    """
    found: dict[str, tuple[str, ...]] = _load(f"compartment/{code}", dict[str, tuple[str, ...]])
    return found


def available() -> bool:
    """Whether the packed file is there."""
    return default_path().is_file()
