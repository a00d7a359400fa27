"""The links at the top of every page; staff and portal add theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Item:
    """One link; `current` where the page is under it."""

    label: str
    url: str
    current: bool = False


Source = Callable[[HttpRequest], list[tuple[str, str]]]
_sources: list[Source] = []


def add(source: Source) -> None:
    """Ask `source` for (label, address) of the links it has for whoever is signed in."""
    _sources.append(source)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The template variable `navigation`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    found = [pair for source in _sources for pair in source(request)]
    return {"navigation": [Item(label, url, request.path.startswith(url)) for label, url in found]}
