"""The links of every page’s frame: the rail, the menu of who is signed in; staff and portal add theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from osler.access import Principal
from osler.identity import installing, proxies, rights
from osler.identity.models import Account, ProxyGrant
from osler.identity.principals import acting_for
from osler.ui import preferences
from osler.ui.answers import toasts


@dataclass(frozen=True, slots=True)
class Item:
    """One link; `current` where the page is under it. `place` is rail or menu.

    `keys` is its shortcut, as "g t". `covers` are beginnings of addresses that belong to it too.
    `counted`: the page asks how much waits behind it, by its name.
    """

    label: str
    url: str
    icon: str = "circle"
    place: str = "rail"
    name: str = ""
    counted: bool = False
    current: bool = False
    keys: str = ""
    covers: tuple[str, ...] = ()


Source = Callable[[HttpRequest], list[Item]]
Counting = Callable[[Principal], Mapping[str, int]]
_sources: list[Source] = []
_counting: list[Counting] = []


def count_with(counting: Counting) -> None:
    """Ask this how much waits behind the links: numbers by link’s name."""
    _counting.append(counting)


def counts(principal: Principal) -> dict[str, int]:
    """How much waits for somebody behind the links that are `counted`, by their names."""
    return {name: number for each in _counting for name, number in each(principal).items()}


def add(source: Source) -> None:
    """Ask `source` for the links it has for whoever is signed in."""
    _sources.append(source)


def items(request: HttpRequest) -> list[Item]:
    """All links for who is signed in, the one of this page marked."""
    found = [item for source in _sources for item in source(request)]
    under = [item.url for item in found if request.path.startswith(item.url)]
    here = max(under, key=len, default=None)
    return [
        replace(item, current=item.url == here or request.path.startswith(item.covers))
        for item in found
    ]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The variables of the frame: `navigation`, `menu`, `shell`, `look`, `toasts`, `demo`, `acting`."""
    user = getattr(request, "user", None)
    chosen = preferences.of(request)
    look = {
        "theme": chosen.theme,
        "density": chosen.density,
        "keys": "on" if chosen.keys else "off",
    }
    common = {"demo": installing.kept_demo(), "toasts": SimpleLazyObject(lambda: toasts(request))}
    if not isinstance(user, Account):
        return {**common, "navigation": [], "menu": [], "look": look}
    found = items(request)
    return {
        **common,
        "navigation": [item for item in found if item.place == "rail"],
        "menu": [item for item in found if item.place == "menu"],
        "shell": user.kind == Account.Kind.STAFF,
        "look": look,
        "role_words": _role_words(user),
        "acting": _acting(request, user),
    }


def _role_words(account: Account) -> str:
    known = rights.roles()
    return ", ".join(gettext(known[code].name) for code in account.roles if code in known)


def _acting(request: HttpRequest, account: Account) -> ProxyGrant | None:
    """The authority by which somebody acts for a patient now, for the banner that says so."""
    patient = acting_for(request, account)
    held = [one for one in proxies.current(account) if one.patient == patient] if patient else []
    return held[0] if held else None
