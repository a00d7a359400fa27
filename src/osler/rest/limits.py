"""How often one account may read, search, write and export; the edge has asked for the address before."""

from __future__ import annotations

import math

from osler.access import Principal
from osler.kit.rate import Rate
from osler.rest.options import Rates
from osler.rest.problems import TooOften
from osler.rest.table import Route

# What works through much of the record at once.
_HEAVY = frozenset({"everything", "history-system", "history-type", "export"})
_SAFE = frozenset({"GET", "HEAD"})
# Whoever sits at the machine, and its own jobs, could as well ask the database.
_UNLIMITED = frozenset({"local"})


class Limits:
    """Counts requests by account and class."""

    def __init__(self, rates: Rates) -> None:
        self._rates = {
            "read": Rate(rates.read),
            "search": Rate(rates.search),
            "write": Rate(rates.write),
            "heavy": Rate(rates.heavy),
        }
        self._known: dict[tuple[str, str], Rate] = {}

    def check(self, route: Route, principal: Principal) -> None:
        """Count this request; raises TooOften where it is one too many."""
        if principal.id in _UNLIMITED:
            return
        place = (route.method, route.template)
        rate = self._known.get(place)
        if rate is None:
            rate = self._known[place] = self._rates[kind(route)]
        wait = rate.take(principal.id)
        if wait:
            raise TooOften(math.ceil(wait))


def kind(route: Route) -> str:
    """The class of a route: "read", "search", "write" or "heavy"."""
    if route.interaction.strip("$") in _HEAVY:
        return "heavy"
    if route.form or route.interaction.startswith("search"):
        return "search"
    return "read" if route.method in _SAFE else "write"
