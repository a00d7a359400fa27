"""Parts of resources: `_summary` and `_elements`, cut from stored bytes without decoding the values.

See https://hl7.org/fhir/R4/search.html#summary and https://hl7.org/fhir/R4/search.html#elements
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from osler.fhir import narrative, r4
from osler.fhir.base import Base, DomainResource
from osler.fhir.codec import decode, encode
from osler.kit.errors import Invalid
from osler.rest.request import Request
from osler.rest.summary import Plan, mandatory, summary_plan

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_MODES = ("true", "text", "data", "count", "false")
# The last two may change the meaning of the rest, so they are never left out.
_ALWAYS = ("resourceType", "id", "meta", "implicitRules", "modifierExtension")
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
    name = _text.decode(fields["resourceType"])
    fields["meta"] = _tagged(fields.get("meta"))
    if wish.summary == "data":
        fields.pop("text", None)
    elif wish.summary == "true":
        fields = _reduced(fields, _summary(name))
    else:
        if wish.summary == "text" and "text" not in fields and _has_text(name):
            fields["text"] = _narrative(content)
        keep = _top_level(name, wish)
        fields = {key: raw for key, raw in fields.items() if key.lstrip("_") in keep}
    return msgspec.json.encode({"resourceType": name} | fields)


def _has_text(name: str) -> bool:
    return issubclass(r4.RESOURCES[name], DomainResource)


def _narrative(content: bytes) -> msgspec.Raw:
    """A narrative made from the data as it is now, for a resource that came without one."""
    made = r4.Narrative(status="generated", div=narrative.generate(decode(content)))
    return msgspec.Raw(encode(made))


@lru_cache(maxsize=1024)
def _top_level(name: str, wish: Subset) -> frozenset[str]:
    """The JSON names that stay; `_birthDate` stays with `birthDate`."""
    kind = r4.RESOURCES[name]
    return _properties(kind, wish.elements or {"text"}) | {*_ALWAYS}


def _properties(kind: type[Base], names: Iterable[str]) -> frozenset[str]:
    elements = kind.__fhir_elements__
    chosen = mandatory(kind).union(names)
    return frozenset(p.json for name in chosen if name in elements for p in elements[name])


@lru_cache(maxsize=256)
def _summary(name: str) -> Plan:
    return summary_plan(r4.RESOURCES[name]) | dict.fromkeys(_ALWAYS)


def _reduced(fields: dict[str, msgspec.Raw], keep: Plan) -> dict[str, msgspec.Raw]:
    """The fields that are in the plan, and of those with a plan of their own only what that says."""
    found: dict[str, msgspec.Raw] = {}
    for key, raw in fields.items():
        bare = key.lstrip("_")
        if bare in keep:
            inner = keep[bare]
            part = raw if inner is None or bare != key else _part(raw, inner)
            if part is not None:
                found[key] = part
    return found


def _part(raw: msgspec.Raw, keep: Plan) -> msgspec.Raw | None:
    """An element, or a list of such, reduced; None where nothing is left, which FHIR would not allow."""
    if bytes(raw).lstrip().startswith(b"{"):
        fields = _reduced(_fields.decode(raw), keep)
        return msgspec.Raw(msgspec.json.encode(fields)) if fields else None
    parts = [part for item in _items.decode(raw) if (part := _part(item, keep)) is not None]
    return msgspec.Raw(msgspec.json.encode(parts)) if parts else None


def _tagged(meta: msgspec.Raw | None) -> msgspec.Raw:
    fields = _fields.decode(meta) if meta is not None else {}
    tags = _items.decode(fields["tag"]) if "tag" in fields else []
    fields["tag"] = msgspec.Raw(msgspec.json.encode([*tags, _SUBSETTED]))
    return msgspec.Raw(msgspec.json.encode(fields))
