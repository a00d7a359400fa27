"""Search inside one chart: the words in what the newest resources of each kind say, within what may be seen."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.events import Event, event_of
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode, encode
from osler.kit.words import N_

MOST = 20
"""Hits of a group that are shown."""
GROUPS: tuple[tuple[str, tuple[tuple[type[Resource], int], ...]], ...] = (
    (N_("Problems"), ((r4.Condition, 300),)),
    (N_("Medications"), ((r4.MedicationRequest, 300), (r4.MedicationStatement, 100))),
    (N_("Allergies"), ((r4.AllergyIntolerance, 100),)),
    (N_("Results"), ((r4.DiagnosticReport, 300), (r4.Observation, 1000))),
    (N_("Notes"), ((r4.Composition, 300),)),
    (N_("Documents"), ((r4.DocumentReference, 300),)),
    (N_("Immunizations"), ((r4.Immunization, 200),)),
    (N_("Procedures"), ((r4.Procedure, 200),)),
)
"""What is looked through, and how many of the newest of each type."""
_TAG = re.compile(r"<[^>]+>")
_SAID = frozenset(
    {"text", "display", "div", "title", "description", "conclusion", "unit", "comment"}
)
_SAID |= {"valueString", "contentString", "name", "lotNumber", "patientInstruction"}
_AROUND = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """One resource that has the words; `before`, `match`, `after` are the place where it has them."""

    event: Event
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of one group; `more` where not all are shown, `partly` where older ones were not looked at."""

    label: str
    hits: tuple[Hit, ...]
    more: bool
    partly: bool


def find(asking: Asking, words: str) -> list[Hits]:
    """What has all the words, newest first, by groups."""
    wanted = [folded(word) for word in words.split()]
    if not wanted:
        return []
    groups = [_group(asking, label, types, wanted) for label, types in GROUPS]
    return [one for one in groups if one.hits]


def _group(
    asking: Asking, label: str, types: tuple[tuple[type[Resource], int], ...], wanted: list[str]
) -> Hits:
    hits: list[Hit] = []
    partly = False
    for type, count in types:
        if not asking.may_read(type.__name__):
            continue
        page = asking.newest_page(type, count)
        partly = partly or page.next is not None
        decoded = (decode(match.content) for match in page.matches)
        hits += [hit for one in decoded if (hit := _hit(one, wanted)) is not None]
    hits.sort(key=lambda hit: hit.event.moment, reverse=True)
    return Hits(label, tuple(hits[:MOST]), len(hits) > MOST, partly)


def _hit(one: Resource, wanted: list[str]) -> Hit | None:
    event = event_of(one, undated=True)
    if event is None:
        return None
    texts = list(dict.fromkeys(_texts(_json(one))))
    value = event.sub if event.type == "Observation" else ""
    texts += [value] if value else []
    all_of_it = folded(" \n ".join(texts))
    if not all(word in all_of_it for word in wanted):
        return None
    text = next((text for text in texts if wanted[0] in folded(text)), texts[0])
    return Hit(event, *_around(text, wanted[0]))


def _json(one: Resource) -> Any:
    return json.loads(encode(one))


def _texts(node: Any, key: str = "") -> Iterator[str]:
    """What the resource says in words, not its codes and ids."""
    match node:
        case dict():
            for name, inner in node.items():
                if name not in {"meta", "id", "subject", "patient", "reference"}:
                    yield from _texts(inner, name)
        case list():
            for inner in node:
                yield from _texts(inner, key)
        case str() if key in _SAID:
            yield html.unescape(_TAG.sub(" ", node)) if key == "div" else node


def folded(text: str) -> str:
    """Without case and accents, one character for each where that can be."""
    plain = (_fold(character) for character in text)
    return "".join(plain)


def _fold(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base[0] if base else character


def _around(text: str, word: str) -> tuple[str, str, str]:
    """The place where the word is; folding keeps the length, so the place is the same."""
    at = folded(text).find(word)
    if at < 0:
        return text[: 2 * _AROUND], "", ""
    start, end = max(0, at - _AROUND), at + len(word)
    before = ("… " if start else "") + text[start:at]
    after = text[end : end + _AROUND] + (" …" if len(text) > end + _AROUND else "")
    return " ".join(before.split(" ")), text[at:end], after
