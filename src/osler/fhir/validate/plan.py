"""Puts the rules of a class together once: its invariants and its bases', its bindings, its reference targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from osler.fhir.base import Base, Resource
from osler.fhir.walk import Node
from osler.kit.errors import Issue


@dataclass
class Scope:
    """The resource that is being validated and the outermost one around it."""

    resource: Resource
    root: Resource

    @cached_property
    def environment(self) -> dict[str, Any]:
        """The variables of FHIRPath."""
        return {"resource": self.resource, "rootResource": self.root}


Rule = Callable[[Node, Scope, list[Issue]], None]
"""Appends to the issues what is wrong with a node."""


@cache
def rules(cls: type[Base]) -> tuple[Rule, ...]:
    """Every rule for elements of `cls`."""
    from osler.fhir.validate import bindings, invariants, targets

    names = type_names(cls)
    return (*invariants.rules(names, cls), *bindings.rules(names, cls), *targets.rules(names, cls))


def type_names(cls: type[Base]) -> tuple[str, ...]:
    """The FHIR names of a class and its bases, nearest first."""
    return tuple(
        base.__dict__["__fhir_type__"] for base in cls.__mro__ if base.__dict__.get("__fhir_type__")
    )
