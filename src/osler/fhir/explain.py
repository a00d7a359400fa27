"""Says in full why an input is not a resource: every fault with its path, what was found, what was expected.

Slow and thorough; the codec calls it only once decoding has failed. It reads the same classes as the codec does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import msgspec

from osler.fhir import strict
from osler.fhir.model import Base, Property, alignment_problems
from osler.fhir.primitives import BOUNDS, PATTERNS, unruly
from osler.fhir.r4 import RESOURCES, type_class
from osler.fhir.r4.datatypes import Element, Resource
from osler.kit.errors import Invalid, Issue

_SHOWN: Final = 80


class _Field(NamedTuple):
    prop: Property
    element: str
    required: bool
    codes: tuple[str, ...]


class _Shape(NamedTuple):
    """What a class allows: its JSON properties, `_` siblings, and elements that must be there."""

    fields: Mapping[str, _Field]
    siblings: Mapping[str, _Field]
    required: Mapping[str, tuple[Property, ...]]


def issues(data: bytes, cls: type[Base] | None) -> tuple[Issue, ...]:
    """Every fault of `data` as a `cls`, or as any resource. Empty when none is found."""
    try:
        value = strict.parse(data)
    except Invalid as fault:
        return fault.issues
    root = _root_name(value, cls)
    hostile = tuple(strict.hostile(value, root))[: strict.ISSUE_LIMIT]
    if any("deeper" in issue.diagnostics for issue in hostile):
        return hostile
    found = dict.fromkeys(hostile)
    whole = _resource(value, root, cls) if _is_resource(cls) else _object(value, root, cls)
    for issue in whole:
        if len(found) >= strict.ISSUE_LIMIT:
            break
        found.setdefault(issue)
    return tuple(found)


def quoted_numbers(value: Any, root: str) -> Iterator[Issue]:
    """Decimals written as strings, which decoding would let pass."""
    for issue in _resource(value, root, None):
        if issue.code == "value" and "expected decimal" in issue.diagnostics:
            yield issue


def _is_resource(cls: type[Base] | None) -> bool:
    return cls is None or issubclass(cls, Resource)


def _root_name(value: Any, cls: type[Base] | None) -> str:
    if cls is not None:
        return cls.__fhir_type__
    name = value.get("resourceType") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name in RESOURCES else "Resource"


def _resource(value: Any, path: str, wanted: type[Base] | None) -> Iterator[Issue]:
    if not isinstance(value, dict):
        yield _value(path, value, "a resource")
        return
    here = f"{path}.resourceType"
    name = value.get("resourceType")
    if name is None:
        yield Issue("required", f"{here}: found nothing, expected the type of the resource", here)
    elif not isinstance(name, str) or name not in RESOURCES:
        yield _value(here, name, "an R4 resource type")
    elif wanted is not None and name != wanted.__fhir_type__:
        yield _value(here, name, wanted.__fhir_type__)
    else:
        rest = {key: item for key, item in value.items() if key != "resourceType"}
        yield from _object(rest, path, RESOURCES[name])


def _object(value: Any, path: str, cls: type[Base] | None) -> Iterator[Issue]:
    assert cls is not None
    if not isinstance(value, dict):
        yield _value(path, value, f"an object ({cls.__fhir_type__})")
        return
    shape = _shape(cls)
    for name, item in value.items():
        here = f"{path}.{name}"
        if name in shape.fields:
            yield from _property(item, here, shape.fields[name], value)
        elif name in shape.siblings:
            yield from _sibling(item, here, shape.siblings[name], value)
        else:
            text = f"{here}: found an unknown element, expected one of {cls.__fhir_type__}"
            yield Issue("structure", text, here)
    yield from _between(value, path, shape, cls)


def _between(value: dict[str, Any], path: str, shape: _Shape, cls: type[Base]) -> Iterator[Issue]:
    for element, properties in cls.__fhir_elements__.items():
        present = [p.json for p in properties if p.json in value or f"_{p.json}" in value]
        if len(present) > 1:
            text = f"{path}.{element}[x]: found {' and '.join(present)}, expected at most one"
            yield Issue("structure", text, f"{path}.{element}")
        if not present and element in shape.required:
            label = element if len(properties) == 1 else f"{element}[x]"
            text = f"{path}.{label}: found nothing, expected this required element"
            yield Issue("required", text, f"{path}.{element}")


def _property(item: Any, path: str, field: _Field, owner: dict[str, Any]) -> Iterator[Issue]:
    if not field.prop.many:
        if item is not None:  # null is a fault of form, found by `strict`
            yield from _single(item, path, field)
        return
    if not isinstance(item, list):
        yield _value(path, item, f"a list of {field.prop.type}")
        return
    for index, one in enumerate(item):
        if one is None and field.prop.ext is not None:
            continue  # `_lists` looks at both lists
        yield from _single(one, f"{path}[{index}]", field)
    yield from _lists(path, field, owner)


def _lists(path: str, field: _Field, owner: dict[str, Any]) -> Iterator[Issue]:
    if field.prop.ext is None:
        return
    values, extensions = owner.get(field.prop.json), owner.get(f"_{field.prop.json}")
    if not isinstance(values, list | None) or not isinstance(extensions, list | None):
        return
    for text in alignment_problems(field.prop.json, values, extensions):
        yield Issue("structure", f"{path}: {text}", path)


def _sibling(item: Any, path: str, field: _Field, owner: dict[str, Any]) -> Iterator[Issue]:
    if not field.prop.many:
        if item is not None:
            yield from _object(item, path, Element)
        return
    if not isinstance(item, list):
        yield _value(path, item, "a list of Element")
        return
    for index, one in enumerate(item):
        if one is not None:
            yield from _object(one, f"{path}[{index}]", Element)
    if field.prop.json not in owner:
        yield from _lists(path, field, owner)


def _single(item: Any, path: str, field: _Field) -> Iterator[Issue]:
    prop = field.prop
    if prop.type == "Resource":
        yield from _resource(item, path, None)
    elif not prop.primitive:
        yield from _object(item, path, type_class(prop.type))
    elif field.codes:
        if not isinstance(item, str) or item not in field.codes:
            listed = ", ".join(field.codes)
            issue = _value(path, item, f"one of {listed}")
            yield Issue("code-invalid", issue.diagnostics, path)
    elif not isinstance(item, strict.Odd) and not is_primitive(item, prop.type):
        yield _value(path, item, prop.type)


def is_primitive(item: Any, fhir_type: str) -> bool:
    """Whether a JSON value, read with Decimals, is a legal `fhir_type`."""
    match fhir_type:
        case "boolean":
            return isinstance(item, bool)
        case "decimal":
            number = isinstance(item, int | Decimal) and not isinstance(item, bool)
            return number and not unruly(Decimal(item))
        case "integer" | "positiveInt" | "unsignedInt":
            low, high = BOUNDS[fhir_type]
            return isinstance(item, int) and not isinstance(item, bool) and low <= item <= high
        case _:
            if not isinstance(item, str) or not item:
                return False
            pattern = PATTERNS.get(fhir_type)
            return pattern is None or re.search("(?a)" + pattern, item) is not None


def _value(path: str, found: Any, expected: str) -> Issue:
    return Issue("value", f"{path}: found {_shown(found)}, expected {expected}", path)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "an object"
        case list():
            return "a list"
        case strict.Odd():
            return value.found
        case str():
            text = ascii(value)[1:-1] if not value.isprintable() else value
            return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'
        case _:
            return str(value)[:_SHOWN]


@cache
def _shape(cls: type[Base]) -> _Shape:
    infos = {info.name: info for info in msgspec.structs.fields(cls)}
    fields: dict[str, _Field] = {}
    siblings: dict[str, _Field] = {}
    required: dict[str, tuple[Property, ...]] = {}
    for name, properties in cls.__fhir_elements__.items():
        if name in cls.__fhir_required__ or infos[properties[0].attr].required:
            required[name] = properties
        for prop in properties:
            field = _Field(prop, name, name in required, _codes(infos[prop.attr].type))
            fields[prop.json] = field
            if prop.ext is not None:
                siblings[f"_{prop.json}"] = field
    return _Shape(fields, siblings, required)


def _codes(hint: Any) -> tuple[str, ...]:
    """The values of a Literal somewhere inside a type hint."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    for inner in get_args(hint):
        found = _codes(inner)
        if found:
            return found
    return ()
