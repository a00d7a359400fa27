"""The links at the top of every page; staff and portal add theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from osler.identity import installing, proxies
from osler.identity.models import Account, ProxyGrant
from osler.identity.principals import acting_for


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
    if not isinstance(user, Account):
        return {"navigation": [], "demo": installing.is_demo()}
    found = [pair for source in _sources for pair in source(request)]
    return {
        "navigation": [Item(label, url, request.path.startswith(url)) for label, url in found],
        "demo": installing.is_demo(),
        "acting": _acting(request, user),
    }


def _acting(request: HttpRequest, account: Account) -> ProxyGrant | None:
    """The authority by which somebody acts for a patient now, for the banner that says so."""
    patient = acting_for(request, account)
    held = [one for one in proxies.current(account) if one.patient == patient] if patient else []
    return held[0] if held else None
