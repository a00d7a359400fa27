"""A resource as somebody reads it: a tree with links, its JSON with links, key elements, and differences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from osler.clinic.notes import xhtml
from osler.clinic.notes.tree import Nodes
from osler.fhir.narrative import check
from osler.fhir.r4 import RESOURCES
from osler.record import Version

_JSON = msgspec.json.Encoder(decimal_format="number")
_READER = msgspec.json.Decoder(float_hook=Decimal)
_REFERENCE = re.compile(r"([A-Z][A-Za-z]{2,40})/([A-Za-z0-9.-]{1,64})(?:/_history/(\d{1,9}))?")
_IN_JSON = re.compile(r'"reference": "([^"\\]*)"')
_LONG = 400
_MOST = 4_000
_TITLES = (
    "title",
    "name",
    "code",
    "vaccineCode",
    "medicationCodeableConcept",
    "type",
    "category",
    "description",
    "class",
    "url",
    "text",
    "action",
)
_ABOUT = (
    "subject",
    "patient",
    "beneficiary",
    "for",
    "practitioner",
    "managingOrganization",
    "focus",
    "target",
)
_DATES = (
    "effectiveDateTime",
    "onsetDateTime",
    "occurrenceDateTime",
    "performedDateTime",
    "authoredOn",
    "recordedDate",
    "date",
    "birthDate",
    "sent",
    "created",
    "start",
    "period",
    "issued",
    "recorded",
)
"""Elements that say most about a resource, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a local reference leads to."""

    type: str
    id: str
    version: int | None = None


@dataclass(slots=True)
class Item:
    """One element: its name, its value if it has one, where that leads, and what is inside."""

    name: str
    value: str = ""
    cut: int = 0
    target: Target | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the JSON; one with a target is a link."""

    text: str
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An element that two versions do not share; None: the version does not have it."""

    path: str
    before: str | None
    after: str | None


def content(version: Version) -> dict[str, Any]:
    """What a version holds, empty of a deletion; numbers keep the digits that they were written with."""
    text = version.content
    loaded: dict[str, Any] = _READER.decode(text) if text else {}
    return loaded


def _written(value: Any) -> str:
    """A value as JSON has it."""
    return _JSON.encode(value).decode()


def target(text: object) -> Target | None:
    """Where "Patient/1" leads; None for what is no local reference."""
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[1] not in RESOURCES:
        return None
    return Target(found[1], found[2], int(found[3]) if found[3] else None)


def tree(content: Mapping[str, Any]) -> list[Item]:
    """The elements of a resource; the narrative is shown apart."""
    shown = {key: value for key, value in content.items() if key != "text"}
    return _items(shown, [_MOST])


def _items(content: Mapping[str, Any], left: list[int]) -> list[Item]:
    return [one for name, value in content.items() for one in _item(name, value, left)]


def _item(name: str, value: Any, left: list[int]) -> Iterator[Item]:
    left[0] -= 1
    if left[0] < 0:
        return
    match value:
        case dict():
            yield Item(name, items=_items(value, left))
        case list():
            for at, one in enumerate(value):
                yield from _item(f"{name}[{at}]" if len(value) > 1 else name, one, left)
        case _:
            text = value if isinstance(value, str) else _written(value)
            cut = max(0, len(text) - _LONG)
            leads = target(value) if name == "reference" else None
            yield Item(name, text[:_LONG], cut, leads)


def pieces(content: Mapping[str, Any]) -> list[Piece]:
    """The JSON as text with links; what is very long is cut, and says so."""
    text = _JSON.encode(_cut(content)).decode()
    text = msgspec.json.format(text, indent=2)
    found, at = [], 0
    for match in _IN_JSON.finditer(text):
        leads = target(match[1])
        if leads is not None:
            found += [Piece(text[at : match.start(1)]), Piece(match[1], leads)]
            at = match.end(1)
    return [*found, Piece(text[at:])]


def _cut(value: Any) -> Any:
    match value:
        case dict():
            return {key: _cut(one) for key, one in value.items()}
        case list():
            return [_cut(one) for one in value]
        case str() if len(value) > 10 * _LONG:
            return f"{value[: 10 * _LONG]}… ({len(value)} characters)"
        case _:
            return value


def narrative(content: Mapping[str, Any]) -> tuple[Nodes, list[str]]:
    """What the narrative says, without anything that could do something; and why it is not shown, if so."""
    text = content.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    if not isinstance(div, str):
        return (), []
    faults = [str(one) for one in check(div)]
    return ((), faults[:5]) if faults else (xhtml.read(div), [])


def summary(content: Mapping[str, Any]) -> tuple[str, str, str, Target | None]:
    """(what it is, its status, its date, whom it is about) as far as the resource says."""
    title = next((text for key in _TITLES if (text := said(content.get(key)))), "")
    state = said(content.get("status")) or said(content.get("clinicalStatus"))
    if not state and isinstance(content.get("active"), bool):
        state = "active" if content["active"] else "inactive"
    date = next((text for key in _DATES if (text := said(content.get(key)))), "")
    leads = (target(one.get("reference")) for key in _ABOUT if isinstance(one := content.get(key), dict))  # fmt: skip
    return title[:120], state, date[:40], next((one for one in leads if one), None)


def said(value: Any) -> str:
    """A value in one line."""
    match value:
        case str():
            return value
        case list():
            return said(value[0]) if value else ""
        case {"text": str() as text} | {"display": str() as text} | {"start": str() as text}:
            return text
        case {"coding": [first, *_]}:
            return said(first)
        case {"family": str() as family}:
            given = [one for one in value.get("given") or [] if one]
            return " ".join([*given, family])
        case {"given": [*words]}:
            return " ".join(word for word in words if word)
        case {"code": str() as code}:
            return code
        case _:
            return ""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The elements that two versions do not share, in the order of the later one."""
    one, other = dict(_flat(before, "")), dict(_flat(after, ""))
    paths = [*other, *(path for path in one if path not in other)]
    return [
        Change(path, one.get(path), other.get(path))
        for path in paths
        if one.get(path) != other.get(path)
    ][:_MOST]


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, one in value.items():
                if path or key not in {"resourceType", "meta"}:
                    yield from _flat(one, f"{path}.{key}" if path else key)
        case list():
            for at, one in enumerate(value):
                yield from _flat(one, f"{path}[{at}]")
        case str():
            yield path, value[: 10 * _LONG]
        case _:
            yield path, _written(value)
