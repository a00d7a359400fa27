"""JSON to typed resources and back; https://hl7.org/fhir/R4/json.html

The fast way is msgspec plus one comparison: whatever msgspec drops in silence (a duplicate key, a null, the quotes
around a decimal) takes quotation marks away, so the text written back has fewer of them than the text read.
Only then, or after an error, is the input read again slowly to say exactly what is wrong and where.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from osler.fhir import explain, strict
from osler.fhir.base import Base, DomainResource, Resource
from osler.fhir.r4 import RESOURCES
from osler.kit.errors import Invalid, TooLarge

SIZE_LIMIT: Final = 50_000_000
"""Bytes of one resource or Bundle."""
RESOURCE_DEPTH_LIMIT: Final = 20
"""Resources inside resources: a Bundle of Bundles of Parameters of resources with contained ones has four."""

T = TypeVar("T", bound=Base)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_FIRST_TYPE: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')
_making: Final = threading.Lock()
_decoders: Final[dict[type[Base], msgspec.json.Decoder[Any]]] = {}


class _Head(msgspec.Struct):
    kind: str = msgspec.field(name="resourceType")


_HEAD: Final = msgspec.json.Decoder(_Head)


def encode(resource: Base) -> bytes:
    """Compact UTF-8 JSON, elements in the order of the specification."""
    return _ENCODER.encode(resource)


def decode(data: bytes, *, limit: int = SIZE_LIMIT) -> Resource:
    """The resource in `data`. Raises Invalid, with every fault and its path, or TooLarge."""
    return decode_canonical(data, limit=limit)[0]


def decode_canonical(data: bytes, *, limit: int = SIZE_LIMIT) -> tuple[Resource, bytes]:
    """The resource in `data` and what `encode` makes of it (which decoding has computed anyway)."""
    _check_size(data, limit)
    try:
        return _resource(data, 0)
    except _FAULTS as fault:
        _refuse(data, fault, None)


def decode_as(data: bytes, cls: type[T], *, limit: int = SIZE_LIMIT) -> T:
    """Like `decode`, for a known resource or datatype class. Raises Invalid for another resourceType."""
    _check_size(data, limit)
    try:
        if issubclass(cls, Resource):
            type_of(data)  # msgspec does not demand the tag of a class that it was told
        return _read(data, cls, 0)[0]
    except _FAULTS as fault:
        _refuse(data, fault, cls)


def type_of(data: bytes) -> str:
    """The resourceType of `data`, without decoding the rest. Raises msgspec.MsgspecError or UnicodeDecodeError."""
    first = _FIRST_TYPE.match(data)
    return first[1].decode() if first else _HEAD.decode(data).kind


class _PassedOver(Exception):
    """Something in a text was passed over in silence by decoding."""


_FAULTS: Final = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    KeyError,
    _PassedOver,
)


def _check_size(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise TooLarge(f"found {len(data)} bytes, expected at most {limit}")


def _resource(data: bytes, depth: int) -> tuple[Resource, bytes]:
    return _read(data, RESOURCES[type_of(data)], depth)


def _read(data: bytes, cls: type[T], depth: int) -> tuple[T, bytes]:
    """An element and its canonical text, after making sure that nothing was passed over."""
    element: T = _decoder(cls).decode(data)
    slots = _slots(element)
    if slots:
        return element, _fill(data, element, slots, depth)
    encoded = _ENCODER.encode(element)
    if strict.is_suspect(data, encoded, cls.__fhir_type__):
        _look_closely(data, cls)
    return element, encoded


def _decoder(cls: type[Base]) -> msgspec.json.Decoder[Any]:
    found = _decoders.get(cls)
    if found is None:
        with _making:  # Two threads that make a decoder of one class at once crash msgspec 0.22.
            found = _decoders.setdefault(cls, msgspec.json.Decoder(cls))
    return found


def _look_closely(data: bytes, cls: type[Base]) -> None:
    if strict.issues(data, cls.__fhir_type__):
        raise _PassedOver


def _slots(element: Base) -> list[tuple[Any, str | int]]:
    """Where resources stand in a resource: (list, index) or (element, attribute)."""
    if isinstance(element, DomainResource):
        contained = element.contained
        return [(contained, index) for index in range(len(contained))] if contained else []
    match element.__fhir_type__:
        case "Bundle":
            entries: list[Any] = element.entry or []  # type: ignore[attr-defined]
            found = [(entry, "resource") for entry in entries if entry.resource]
            responses = [entry.response for entry in entries if entry.response is not None]
            return [*found, *((response, "outcome") for response in responses if response.outcome)]
        case "Parameters":
            return list(_parameter_slots(element.parameter))  # type: ignore[attr-defined]
        case _:
            return []


def _parameter_slots(parameters: list[Any] | None) -> Iterator[tuple[Any, str]]:
    for parameter in parameters or ():
        if parameter.resource:
            yield parameter, "resource"
        yield from _parameter_slots(parameter.part)


def _fill(data: bytes, element: Base, slots: list[tuple[Any, str | int]], depth: int) -> bytes:
    """Decode the resources inside `element`, until now raw text, each by itself; the canonical text of the whole.

    What may be suspect is counted: the text around the resources is only looked at closely for what they do not have.
    """
    if depth >= RESOURCE_DEPTH_LIMIT:
        raise Invalid(f"found resources inside resources deeper than {RESOURCE_DEPTH_LIMIT} levels")
    inner = []
    names = strict.nesting_names(element.__fhir_type__)
    doubts = strict.NO_DOUBTS
    for holder, key in slots:
        raw = bytes(holder[key] if isinstance(key, int) else getattr(holder, key))
        resource, text = _resource(raw, depth + 1)
        doubts += strict.doubts(raw, text, names)
        inner.append(resource)
        _put(holder, key, msgspec.Raw(text))
    encoded = _ENCODER.encode(element)
    for (holder, key), resource in zip(slots, inner, strict=True):
        _put(holder, key, resource)
    if strict.doubts(data, encoded, names).exceed(doubts):
        _look_closely(data, type(element))
    return encoded


def _put(holder: Any, key: str | int, value: object) -> None:
    if isinstance(key, int):
        holder[key] = value
    else:
        setattr(holder, key, value)


def _refuse(data: bytes, fault: Exception, cls: type[Base] | None) -> NoReturn:
    issues = explain.issues(data, cls)
    if issues:
        raise Invalid(issues[0].diagnostics, issues=issues) from None
    raise Invalid(f"not a FHIR R4 resource: {fault}") from fault
