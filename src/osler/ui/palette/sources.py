"""Where the palette's entries come from: parts of Osler above this one add theirs.

    sources.add(patients)                 # patients(request, text) -> list[Entry]

A source is asked with what was typed so far, empty before anything is. What it gives, the reader may see: it
reads with `request.principal`. An entry about a patient has two identifiers in `label` and `sub`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.urls import NoReverseMatch, reverse

from osler.ui.page import Asked

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette. `kind` is the heading it stands under; `keys` its shortcut, as "g t"."""

    kind: str
    label: str
    url: str
    sub: str = ""
    icon: str = "chevron-right"
    keys: str = ""
    warning: str = ""
    panel: bool = False
    """Whether it opens beside the chart."""


Source = Callable[[Asked, str], list[Entry]]
_sources: list[Source] = []
_MOST = 24
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


def add(source: Source) -> None:
    """Ask `source` from now on; earlier ones stand higher."""
    if source not in _sources:
        _sources.append(source)


def ask(request: Asked, text: str) -> list[tuple[str, list[Entry]]]:
    """What all of them have, by their kinds in the order of appearance."""
    found: dict[str, list[Entry]] = {}
    for entry in [entry for source in _sources for entry in source(request, text)][:_MOST]:
        found.setdefault(entry.kind, []).append(entry)
    return list(found.items())


def open_chart(request: Asked) -> str:
    """The logical id of the patient whose chart the palette was opened in; empty elsewhere."""
    id = request.POST.get("patient", "")
    return id if _ID.fullmatch(id) else ""


def ranked(text: str, choices: Iterable[tuple[str, T]]) -> list[T]:
    """Those whose words begin with every word of `text`, the closest first; all where it is empty."""
    wanted = plain(text).split()
    scored = []
    for number, (words, choice) in enumerate(choices):
        has = plain(words).split()
        if all(any(word.startswith(each) for word in has) for each in wanted):
            first = not wanted or has[0].startswith(wanted[0])
            scored.append((0 if first else 1, number, choice))
    return [choice for _rank, _number, choice in sorted(scored, key=lambda one: one[:2])]


def plain(text: str) -> str:
    """Lower case and without accents, for comparing."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch if ch.isalnum() else " " for ch in split if not unicodedata.combining(ch))


def address(name: str, *args: str) -> str:
    """Where a page is; empty where there is none of this name."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
