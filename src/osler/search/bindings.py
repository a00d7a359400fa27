"""Elements of type `code` do not carry their system; here is which systems their codes can be from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, get_args, get_type_hints

from osler.fhir.definitions import code_system
from osler.fhir.r4 import type_class
from osler.search.parameter import Parameter
from osler.search.paths import Leaf, resolve


def is_system_of(system: str, param: Parameter) -> bool:
    """Whether the codes of a parameter's `code` elements are all from the system, as far as is known."""
    defined = _codes(system)
    wanted = _element_codes(param.type, param.expression)
    return bool(defined) and wanted <= defined


@lru_cache(maxsize=512)
def _codes(system: str) -> frozenset[str]:
    found = code_system(system)
    return (
        frozenset(concept.code for concept in found.concepts) if found is not None else frozenset()
    )


@lru_cache(maxsize=512)
def _element_codes(type: str, expression: str) -> frozenset[str]:
    leaves = resolve(type, expression) or ()
    return frozenset(code for leaf in leaves for code in _literals(_hint(type, leaf)))


def _hint(type: str, leaf: Leaf) -> Any:
    here = type_class(type)
    for step in leaf.steps[:-1]:
        prop = next(
            p for props in here.__fhir_elements__.values() for p in props if p.attr == step.attr
        )
        here = type_class(prop.type)
    return get_type_hints(here)[leaf.steps[-1].attr]


def _literals(hint: Any) -> set[str]:
    found = set()
    for one in get_args(hint):
        if isinstance(one, str):
            found.add(one)
        else:
            found |= _literals(one)
    return found
