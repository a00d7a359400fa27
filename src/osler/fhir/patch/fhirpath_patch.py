"""FHIRPath Patch on a resource; https://hl7.org/fhir/R4/fhirpatch.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, assert_never

import msgspec

from osler.fhir import codec
from osler.fhir.base import Base, Property, Resource
from osler.fhir.patch import places
from osler.fhir.patch.places import Place
from osler.fhir.r4 import type_class
from osler.fhir.r4.parameters import Parameters, ParametersParameter
from osler.kit.errors import Invalid, Unprocessable

Kind = Literal["add", "insert", "delete", "replace", "move"]
_KINDS: Final[tuple[Kind, ...]] = ("add", "insert", "delete", "replace", "move")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `place` is where it stands in the Parameters, for messages."""

    place: str
    kind: Kind
    path: str
    name: str | None
    value: ParametersParameter | None
    index: int | None
    source: int | None
    destination: int | None


def apply(operations: bytes | Parameters, content: bytes) -> bytes:
    """`content` after all operations, not yet checked to be a valid resource."""
    if not isinstance(operations, Parameters):
        operations = codec.decode_as(operations, Parameters)
    resource = codec.decode(content)
    for operation in read(operations):
        _apply(operation, resource)
    return codec.encode(resource)


def read(parameters: Parameters) -> list[Operation]:
    """The operations of a patch. Raises Invalid for what is none."""
    found = []
    for index, parameter in enumerate(parameters.parameter or ()):
        place = f"Parameters.parameter[{index}]"
        if parameter.name != "operation":
            raise Invalid(
                f"{place}.name: found {parameter.name}, expected operation",
                expression=f"{place}.name",
            )
        found.append(_operation(parameter, place))
    return found


def _operation(parameter: ParametersParameter, place: str) -> Operation:
    parts = {part.name: part for part in parameter.part or () if part.name is not None}
    kind = _text(parts, "type", place)
    if kind not in _KINDS:
        raise Invalid(
            f"{place}: found the type {kind}, expected one of {', '.join(_KINDS)}", expression=place
        )
    operation = Operation(
        place=place,
        kind=kind,
        path=_text(parts, "path", place),
        name=_text(parts, "name", place) if kind == "add" else None,
        value=parts.get("value"),
        index=_number(parts, "index", place) if kind == "insert" else None,
        source=_number(parts, "source", place) if kind == "move" else None,
        destination=_number(parts, "destination", place) if kind == "move" else None,
    )
    if kind in ("add", "insert", "replace") and operation.value is None:
        raise Invalid(f"{place}: found no part value, expected one for {kind}", expression=place)
    return operation


def _text(parts: dict[str, ParametersParameter], name: str, place: str) -> str:
    part = parts.get(name)
    found = None if part is None else (part.valueString or part.valueCode)
    if found is None:
        raise Invalid(f"{place}: found no part {name}, expected one with a text", expression=place)
    return found


def _number(parts: dict[str, ParametersParameter], name: str, place: str) -> int:
    part = parts.get(name)
    if part is None or part.valueInteger is None or part.valueInteger < 0:
        raise Invalid(
            f"{place}: found no part {name}, expected one with a whole number", expression=place
        )
    return part.valueInteger


def _apply(operation: Operation, resource: Resource) -> None:
    match operation.kind:
        case "add":
            _add(operation, resource)
        case "insert":
            _insert(operation, resource)
        case "delete":
            _delete(operation, resource)
        case "replace":
            _replace(operation, resource)
        case "move":
            _move(operation, resource)
        case _:
            assert_never(operation.kind)


def _add(operation: Operation, resource: Resource) -> None:
    owner = places.element(resource, operation.path, operation.place)
    name = operation.name or ""
    place = Place(owner, places.property_of(owner, name, operation.place), None)
    if not place.prop.many and place.values:
        raise _impossible(operation, f"{name} is there already and does not repeat")
    prop, value = _value(operation, owner, place.prop)
    target = Place(owner, prop, None)
    target.put([*target.values, value], [*target.extensions, None])


def _insert(operation: Operation, resource: Resource) -> None:
    place = places.collection(resource, operation.path, operation.place)
    values, extensions = _items(operation, place)
    index = _within(operation, operation.index, len(values) + 1)
    _, value = _value(operation, place.owner, place.prop)
    values.insert(index, value)
    extensions.insert(index, None)
    place.put(values, extensions)


def _delete(operation: Operation, resource: Resource) -> None:
    place = places.item(resource, operation.path, operation.place)
    if place is None:
        return  # the specification: nothing there, nothing to do
    values, extensions = place.values, place.extensions
    index = _within(operation, place.index or 0, len(values))
    del values[index], extensions[index]
    place.put(values, extensions)


def _replace(operation: Operation, resource: Resource) -> None:
    place = places.item(resource, operation.path, operation.place)
    if place is None:
        raise _impossible(operation, f"found nothing at {operation.path}")
    prop, value = _value(operation, place.owner, place.prop)
    if prop != place.prop:
        place.put([], [])
        place = Place(place.owner, prop, None)
        place.put([value], [None])
        return
    values, extensions = place.values, place.extensions
    index = _within(operation, place.index or 0, len(values))
    values[index], extensions[index] = value, None
    place.put(values, extensions)


def _move(operation: Operation, resource: Resource) -> None:
    place = places.collection(resource, operation.path, operation.place)
    values, extensions = _items(operation, place)
    source = _within(operation, operation.source, len(values))
    target = _within(operation, operation.destination, len(values))
    values.insert(target, values.pop(source))
    extensions.insert(target, extensions.pop(source))
    place.put(values, extensions)


def _items(operation: Operation, place: Place) -> tuple[list[Any], list[Any]]:
    if not place.prop.many:
        raise _impossible(operation, f"{place.prop.json} does not repeat")
    return place.values, place.extensions


def _within(operation: Operation, index: int | None, size: int) -> int:
    if index is None or index >= size:
        raise _impossible(operation, f"found index {index}, expected one below {size}")
    return index


def _value(operation: Operation, owner: Base, prop: Property) -> tuple[Property, Any]:
    """The value to be put, and the property that takes it: of a choice, the one of its type."""
    assert operation.value is not None
    given = _given(operation.value)
    if given is None:
        return prop, _from_parts(operation, operation.value, prop)
    fhir_type, value = given
    name = next(n for n, properties in owner.__fhir_elements__.items() if prop in properties)
    choices = owner.__fhir_elements__[name]
    for choice in choices:
        if choice.type == fhir_type:
            return choice, value
    if len(choices) == 1 and prop.primitive and not isinstance(value, Base):
        return prop, value  # a text for a code or a date; decoding the result judges it
    wanted = " or ".join(choice.type for choice in choices)
    raise _impossible(operation, f"found a {fhir_type}, expected {wanted}")


def _given(part: ParametersParameter) -> tuple[str, Any] | None:
    if part.resource is not None:
        return "Resource", part.resource
    for prop in ParametersParameter.__fhir_elements__["value"]:
        value = getattr(part, prop.attr)
        if value is not None:
            return prop.type, value
    return None


def _from_parts(operation: Operation, part: ParametersParameter, prop: Property) -> Base:
    """An element without a type name of its own, such as Patient.contact, comes as one part per child."""
    if prop.primitive or prop.type == "Resource" or not part.part:
        raise _impossible(operation, f"found no value, expected {prop.type}")
    cls = type_class(prop.type)
    made: dict[str, Any] = {}
    for child in part.part:
        name = child.name or ""
        properties = cls.__fhir_elements__.get(name)
        if properties is None:
            raise _impossible(operation, f"{prop.type} has no element {name}")
        given = _given(child)
        matching = [p for p in properties if given is not None and p.type == given[0]]
        target = matching[0] if matching else properties[0]
        value = given[1] if given is not None else _from_parts(operation, child, target)
        if target.many:
            made.setdefault(target.attr, []).append(value)
        else:
            made[target.attr] = value
    return _made(operation, cls, made)


def _made(operation: Operation, cls: type[Base], values: dict[str, Any]) -> Base:
    try:
        return cls(**values)
    except (TypeError, ValueError, msgspec.ValidationError) as fault:
        raise _impossible(operation, str(fault)) from None


def _impossible(operation: Operation, text: str) -> Unprocessable:
    message = f"{operation.place} {operation.kind} {operation.path}: {text}"
    return Unprocessable(message, expression=operation.place)
