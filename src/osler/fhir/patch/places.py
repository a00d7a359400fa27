"""Finds the places that a FHIRPath Patch names: not the values that a path answers, but where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from osler.fhir import path as fhirpath
from osler.fhir import walk
from osler.fhir.base import Base, Property, Resource
from osler.kit.errors import Invalid, Unprocessable

_LAST: Final = re.compile(
    r"(?:(?P<parent>.+)\.)?`?(?P<name>[A-Za-z_]\w*)`?(?:\[(?P<index>\d{1,6})\])?\s*\Z",
    re.DOTALL | re.ASCII,
)


@dataclass(frozen=True)
class Place:
    """A property of an element, and the index there where it repeats and one item is meant."""

    owner: Base
    prop: Property
    index: int | None

    @property
    def values(self) -> list[Any]:
        """What stands there; for a repeating property all its items."""
        value = getattr(self.owner, self.prop.attr)
        extension = None if self.prop.ext is None else getattr(self.owner, self.prop.ext)
        if not self.prop.many:
            return [value] if value is not None or extension is not None else []
        return list(value) if value is not None else [None] * len(extension or ())

    @property
    def extensions(self) -> list[Any]:
        """The `_` siblings of the values, as many."""
        value = None if self.prop.ext is None else getattr(self.owner, self.prop.ext)
        size = len(self.values)
        if value is None:
            return [None] * size
        return list(value) if self.prop.many else [value]

    def put(self, values: list[Any], extensions: list[Any]) -> None:
        """Set all values and siblings; lists that hold nothing become absent."""
        many = self.prop.many
        first = values[0] if values else None
        setattr(self.owner, self.prop.attr, _some(values) if many else first)
        if self.prop.ext is not None:
            other = extensions[0] if extensions else None
            setattr(self.owner, self.prop.ext, _some(extensions) if many else other)


def _some(items: list[Any]) -> list[Any] | None:
    return items if any(item is not None for item in items) else None


def evaluate(resource: Resource, expression: str, where: str) -> list[Any]:
    """The answer of a path; Invalid, at `where` in the patch, for one that is no FHIRPath."""
    try:
        return fhirpath.compile(expression)(resource)
    except Invalid as fault:
        raise Invalid(f"{where}: {fault}", expression=where) from None


def element(resource: Resource, expression: str, where: str) -> Base:
    """The one element that a path answers."""
    found = evaluate(resource, expression, where)
    if len(found) != 1 or not isinstance(found[0], Base):
        raise Unprocessable(
            f"{where}: {expression} answers {len(found)} values, expected one element",
            expression=where,
        )
    return found[0]


def item(resource: Resource, expression: str, where: str) -> Place | None:
    """The place of the one value that a path answers; None where it answers none."""
    found = evaluate(resource, expression, where)
    if not found:
        return None
    if len(found) > 1:
        raise Unprocessable(
            f"{where}: {expression} answers {len(found)} values, expected at most one",
            expression=where,
        )
    if isinstance(found[0], Base):
        return _of_element(resource, found[0], expression, where)
    place = collection(resource, expression, where)
    return (
        place
        if place.index is not None or not place.prop.many
        else Place(place.owner, place.prop, 0)
    )


def _of_element(resource: Resource, wanted: Base, expression: str, where: str) -> Place:
    for node in walk.walk(walk.root(resource)):
        if node.element is wanted and node.above is not None:
            owner = node.above.element
            prop = next((p for p in _properties(owner) if p.json == node.name), None)
            if prop is not None:
                return Place(owner, prop, node.place)
    raise Unprocessable(f"{where}: {expression} cannot be changed", expression=where)


def collection(resource: Resource, expression: str, where: str) -> Place:
    """The property that the last step of a path names, with the index if it ends in one."""
    found = _LAST.match(expression)
    if found is None:
        raise Unprocessable(
            f"{where}: expected {expression} to end in the name of an element", expression=where
        )
    owner: Base = resource
    if found["parent"] is not None:
        owner = element(resource, found["parent"], where)
    prop = property_of(owner, found["name"], where)
    return Place(owner, prop, None if found["index"] is None else int(found["index"]))


def property_of(owner: Base, name: str, where: str) -> Property:
    """The JSON property of an element by its FHIR name; of a choice, the one that is present, else the first."""
    properties = owner.__fhir_elements__.get(name)
    if properties is None:
        properties = tuple(p for p in _properties(owner) if p.json == name)
    if not properties:
        raise Unprocessable(
            f"{where}: {owner.__fhir_type__} has no element {name}", expression=where
        )
    present = (p for p in properties if getattr(owner, p.attr) is not None)
    return next(present, properties[0])


def _properties(owner: Base) -> list[Property]:
    return [prop for properties in owner.__fhir_elements__.values() for prop in properties]
