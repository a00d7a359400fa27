"""Elements that a principal may not see, cut from everything that is answered.

What is cut from is tagged SUBSETTED and loses its narrative, which could say the same in words.
https://hl7.org/fhir/R4/resource.html#Meta
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from osler.fhir.codec import type_of
from osler.fhir.r4 import RESOURCES, type_class
from osler.store.rows import Version

ElementsOf = Callable[[str], frozenset[str]]
"""Resource type -> paths of elements, as "telecom" or "contact.telecom"."""
Path = tuple[str, ...]
"""JSON names from the resource down."""
Plan = Mapping[str, "Plan | None"]
"""By JSON name: what to cut inside it; None: all of it."""

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_MARK = b'"resourceType"'


def parse(content: bytes) -> dict[str, Any]:
    """A resource as plain JSON, decimals to the digit."""
    found = _decode(content)
    assert isinstance(found, dict)
    return found


def write(resource: dict[str, Any]) -> bytes:
    """The bytes of what `parse` read."""
    return _encode(resource)


# ---- paths


def paths(type: str, elements: Iterable[str]) -> frozenset[Path]:
    """The elements by their JSON names: `value` of an Observation is valueQuantity, valueString …"""
    return frozenset(path for element in elements for path in _paths(type, element))


@lru_cache(maxsize=4096)
def _paths(type: str, element: str) -> tuple[Path, ...]:
    names = [name.removesuffix("[x]") for name in element.split(".")]
    if names[0] == type and len(names) > 1:
        del names[0]
    found: list[tuple[Path, str]] = [((), type)]
    for name in names:
        found = [step for path, inside in found for step in _into(path, inside, name)]
    return tuple(path for path, _ in found)


def _into(path: Path, type: str, name: str) -> list[tuple[Path, str]]:
    try:
        properties = type_class(type).__fhir_elements__.get(name, ())
    except KeyError:
        properties = ()
    # A name that the type does not have is taken as it stands: rather too much is hidden than too little.
    return [((*path, one.json), one.type) for one in properties] or [((*path, name), "")]


@lru_cache(maxsize=4096)
def plan(type: str, elements: frozenset[str]) -> Plan:
    """What to cut from a resource of the type."""
    made: dict[str, Any] = {}
    for path in sorted(paths(type, elements), key=len, reverse=True):
        into = made
        for name in path[:-1]:
            into = into.setdefault(name, {})
        into[path[-1]] = None
    return made


# ---- cutting


def redact(content: bytes, hidden: ElementsOf) -> bytes:
    """The resource without what is hidden of it and of the resources inside it."""
    if not content or not (hidden(type_of(content)) or content.count(_MARK) > 1):
        return content
    resource = parse(content)
    return write(resource) if cut(resource, hidden) else content


def cut(resource: dict[str, Any], hidden: ElementsOf) -> bool:
    """Cut what is hidden from a resource in place; whether there was anything to hide of it."""
    if not _cut_all(resource, hidden):
        return False
    meta = resource.setdefault("meta", {})
    tags = meta.setdefault("tag", [])
    if SUBSETTED not in tags:
        tags.append(dict(SUBSETTED))
    return True


def _cut_all(resource: dict[str, Any], hidden: ElementsOf) -> bool:
    """Cut, whatever the resource is of; true if its type or that of one inside has hidden elements."""
    type = resource.get("resourceType", "")
    elements = hidden(type) if type in RESOURCES else frozenset()
    if elements:
        _cut(resource, plan(type, elements))
    inside = [_cut_inside(value, hidden) for key, value in resource.items() if key != "text"]
    if elements or any(inside):
        resource.pop("text", None)
        return True
    return False


def _cut_inside(value: Any, hidden: ElementsOf) -> bool:
    """The same for whatever resources stand inside a value; all of them are cut."""
    if isinstance(value, dict) and "resourceType" in value:
        return _cut_all(value, hidden)
    inside = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    found = [_cut_inside(one, hidden) for one in inside]
    return any(found)


def _cut(node: Any, what: Plan) -> None:
    if isinstance(node, list):
        for one in node:
            _cut(one, what)
        node[:] = [one for one in node if one != {}]
        return
    if not isinstance(node, dict):
        return
    for name, inside in what.items():
        if inside is None:
            node.pop(name, None)
            node.pop("_" + name, None)
        elif name in node:
            _cut(node[name], inside)
            if node[name] in ({}, []):
                del node[name]


def shown(version: Version, hidden: ElementsOf) -> Version:
    """A version as the principal may see it."""
    content = redact(version.content, hidden)
    return version if content is version.content else replace(version, content=content)
