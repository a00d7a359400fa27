"""JSON to typed resources and back; https://hl7.org/fhir/R4/json.html

The fast way is msgspec plus one comparison: whatever msgspec drops in silence (a duplicate key, a null, the quotes
around a decimal) takes quotation marks away, so the text written back has fewer of them than the text read.
Only then, or after an error, is the input read again slowly to say exactly what is wrong and where.
"""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from osler.fhir import explain, strict
from osler.fhir.base import Base, DomainResource, Resource
from osler.fhir.r4 import RESOURCES
from osler.kit.errors import Invalid, TooLarge

SIZE_LIMIT: Final = 50_000_000
"""Bytes of one resource or Bundle."""

T = TypeVar("T", bound=Base)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_FIRST_TYPE: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')
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
        resource = _resource(data)
    except _FAULTS as fault:
        _refuse(data, fault, None)
    return resource, _clean(data, resource)


def decode_as(data: bytes, cls: type[T], *, limit: int = SIZE_LIMIT) -> T:
    """Like `decode`, for a known resource or datatype class. Raises Invalid for another resourceType."""
    _check_size(data, limit)
    try:
        found: T = _decoder(cls).decode(data)
        if isinstance(found, Resource):
            _require_type(data)
            _fill(found)
    except _FAULTS as fault:
        _refuse(data, fault, cls)
    _clean(data, found)
    return found


def type_of(data: bytes) -> str:
    """The resourceType of `data`, without decoding the rest. Raises msgspec.MsgspecError or UnicodeDecodeError."""
    first = _FIRST_TYPE.match(data)
    return first[1].decode() if first else _HEAD.decode(data).kind


_FAULTS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError)


def _check_size(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise TooLarge(f"found {len(data)} bytes, expected at most {limit}")


def _require_type(data: bytes) -> None:
    """Msgspec does not demand the tag of a class that it was told."""
    type_of(data)


def _resource(data: bytes) -> Resource:
    resource: Resource = _decoder(RESOURCES[type_of(data)]).decode(data)
    _fill(resource)
    return resource


def _decoder(cls: type[Base]) -> msgspec.json.Decoder[Any]:
    found = _decoders.get(cls)
    if found is None:
        found = _decoders[cls] = msgspec.json.Decoder(cls)
    return found


def _fill(resource: Resource) -> None:
    """Decode resources inside resources: until now each is the raw text of its slot."""
    if isinstance(resource, DomainResource):
        if resource.contained is not None:
            resource.contained = [_resource(bytes(raw)) for raw in resource.contained]  # type: ignore[call-overload]
    elif resource.__fhir_type__ == "Bundle":
        for entry in resource.entry or ():  # type: ignore[attr-defined]
            if entry.resource is not None:
                entry.resource = _resource(bytes(entry.resource))
            if entry.response is not None and entry.response.outcome is not None:
                entry.response.outcome = _resource(bytes(entry.response.outcome))
    elif resource.__fhir_type__ == "Parameters":
        _fill_parameters(resource.parameter)  # type: ignore[attr-defined]


def _fill_parameters(parameters: list[Any] | None) -> None:
    for parameter in parameters or ():
        if parameter.resource is not None:
            parameter.resource = _resource(bytes(parameter.resource))
        _fill_parameters(parameter.part)


def _clean(data: bytes, element: Base) -> bytes:
    """The canonical text, after making sure that nothing in `data` was passed over in silence."""
    encoded = _ENCODER.encode(element)
    if strict.is_suspect(data, encoded, element.__fhir_type__):
        issues = strict.issues(data, element.__fhir_type__)
        if issues:
            raise Invalid(issues[0].diagnostics, issues=issues)
    return encoded


def _refuse(data: bytes, fault: Exception, cls: type[Base] | None) -> NoReturn:
    issues = explain.issues(data, cls)
    if issues:
        raise Invalid(issues[0].diagnostics, issues=issues) from None
    raise Invalid(f"not a FHIR R4 resource: {fault}") from fault
