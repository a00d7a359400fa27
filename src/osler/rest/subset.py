"""Parts of resources: `_summary` and `_elements`, cut from stored bytes without decoding the values.

See https://hl7.org/fhir/R4/search.html#summary and https://hl7.org/fhir/R4/search.html#elements
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit.errors import Invalid
from osler.rest.request import Request
from osler.rest.summaries import SUMMARIES

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_MODES = ("true", "text", "data", "count", "false")
# implicitRules changes the meaning of the rest, so it may never be left out.
_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules"})
_SUBSETTED = msgspec.Raw(
    b'{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'
)


@dataclass(frozen=True, slots=True)
class Subset:
    """What to keep: a summary mode, or these elements."""

    summary: str | None = None
    elements: frozenset[str] = frozenset()


def wanted(request: Request) -> Subset | None:
    """What a read asks for; None for all of it."""
    summary, elements = request.value("_summary"), request.values("_elements")
    if summary is not None and summary not in _MODES:
        raise Invalid(f"_summary must be one of {', '.join(_MODES)}", expression="_summary")
    names = [name.strip() for value in elements for name in value.split(",")]
    return subset(summary, names)


def subset(summary: str | None, elements: Iterable[str] | None) -> Subset | None:
    """The two parameters as one wish; `_elements` is the more exact and goes first."""
    names = frozenset(name.rpartition(".")[2] for name in elements or () if name)
    if names:
        return Subset(elements=names)
    return Subset(summary) if summary in ("true", "text", "data") else None


def cut(content: bytes, wish: Subset | None) -> bytes:
    """The resource with only what is wished, tagged SUBSETTED."""
    if wish is None:
        return content
    fields = _fields.decode(content)
    keep = _kept(_text.decode(fields["resourceType"]), wish)
    part = {"resourceType": fields.pop("resourceType")}
    fields["meta"] = _tagged(fields.get("meta"))
    part.update((name, raw) for name, raw in fields.items() if keep(name))
    return msgspec.json.encode(part)


class _Names:
    """Whether a JSON property stays, by name; `_birthDate` stays with `birthDate`."""

    __slots__ = ("names", "wanted")

    def __init__(self, names: frozenset[str], wanted: bool) -> None:
        self.names = names
        self.wanted = wanted

    def __call__(self, name: str) -> bool:
        return (name.lstrip("_") in self.names) is self.wanted


@lru_cache(maxsize=1024)
def _kept(name: str, wish: Subset) -> _Names:
    match wish.summary:
        case "data":
            return _Names(frozenset({"text"}), wanted=False)
        case "text":
            names = frozenset({"text"})
        case "true":
            names = frozenset(SUMMARIES[name].split())
        case _:
            names = wish.elements
    kind = r4.RESOURCES[name]
    elements = kind.__fhir_elements__
    chosen = names | _mandatory(kind)
    properties = (p.json for name in chosen if name in elements for p in elements[name])
    return _Names(frozenset(properties) | _ALWAYS, wanted=True)


def _mandatory(kind: type[Resource]) -> frozenset[str]:
    """Elements that a resource of this type cannot be without."""
    fields = msgspec.structs.fields(kind)
    return kind.__fhir_required__ | {field.encode_name for field in fields if field.required}


def _tagged(meta: msgspec.Raw | None) -> msgspec.Raw:
    fields = _fields.decode(meta) if meta is not None else {}
    tags = _items.decode(fields["tag"]) if "tag" in fields else []
    fields["tag"] = msgspec.Raw(msgspec.json.encode([*tags, _SUBSETTED]))
    return msgspec.Raw(msgspec.json.encode(fields))
