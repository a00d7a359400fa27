"""Visits every element of a resource, the primitives excepted, with its path made only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from osler.fhir.model import Base


class Node(NamedTuple):
    """An element and the way to it: the node above, the JSON name there, its place in a list."""

    element: Base
    above: Node | None
    name: str
    place: int | None

    @property
    def path(self) -> str:
        """A path such as `Observation.component[1].code`."""
        if self.above is None:
            return self.name
        index = "" if self.place is None else f"[{self.place}]"
        return f"{self.above.path}.{self.name}{index}"


def root(element: Base) -> Node:
    """The node to start from."""
    return Node(element, None, element.__fhir_type__, None)


def walk(start: Node, *, resources: bool = True) -> Iterator[Node]:
    """`start` and everything below it, in document order; without `resources`, not into resources inside."""
    waiting = [start]
    while waiting:
        node = waiting.pop()
        yield node
        below = children(node, resources=resources)
        below.reverse()
        waiting.extend(below)


def children(node: Node, *, resources: bool = True) -> list[Node]:
    """The elements directly below, resources inside included only on demand."""
    element = node.element
    names, values, resource_names = plan(type(element))
    found: list[Node] = []
    for name, value in zip(names, values(element), strict=True):
        if value is None or (not resources and name in resource_names):
            continue
        if isinstance(value, list):
            found.extend(
                Node(item, node, name, index)
                for index, item in enumerate(value)
                if item is not None
            )
        else:
            found.append(Node(value, node, name, None))
    return found


Plan = tuple[tuple[str, ...], Callable[[Base], tuple[Any, ...]], frozenset[str]]


@cache
def plan(cls: type[Base]) -> Plan:
    """JSON names of the properties of `cls` that hold elements, a getter for all of them, names of resource slots."""
    pairs: list[tuple[str, str]] = []
    slots: set[str] = set()
    for properties in cls.__fhir_elements__.values():
        for prop in properties:
            if not prop.primitive:
                pairs.append((prop.json, prop.attr))
            elif prop.ext is not None:
                pairs.append((f"_{prop.json}", prop.ext))
            if prop.type == "Resource":
                slots.add(prop.json)
    get = attrgetter(*(attr for _, attr in pairs))
    if len(pairs) == 1:
        return (pairs[0][0],), lambda element: (get(element),), frozenset(slots)
    return tuple(name for name, _ in pairs), get, frozenset(slots)
