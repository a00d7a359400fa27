"""What a search of the browser asks: its form, its query, and the same as a request of the API."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings as site
from django.http import HttpRequest, QueryDict

from osler.kit.settings import Settings
from osler.search.registry import Registry

ROWS = 4
COUNTS = (20, 50, 100)
_KINDS = frozenset({"string", "token", "reference", "date", "number", "quantity", "uri", "composite"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """The criteria as (parameter with its modifier, value), the order and how many."""

    criteria: tuple[tuple[str, str], ...]
    sort: str
    count: int
    cursor: str = ""

    @property
    def rows(self) -> list[tuple[int, str, str]]:
        """The rows of the form: number, parameter, value; always some that are empty."""
        filled = [(name, value) for name, value in self.criteria]
        empty = [("", "")] * max(1, ROWS - len(filled))
        return [(at, *one) for at, one in enumerate([*filled, *empty])]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the search is parsed of."""
        pairs = [*self.criteria, ("_count", str(self.count))]
        pairs += [("_sort", self.sort)] if self.sort else []
        return [*pairs, *([("_cursor", self.cursor)] if self.cursor else [])]

    @property
    def query(self) -> str:
        """The same behind the ? of an address."""
        return urlencode([one for one in self.pairs if one[0] != "_cursor"], safe="|,/:", quote_via=quote)  # fmt: skip


def asked(data: QueryDict, newest: bool) -> Asked:
    """What a form says; without one, the newest."""
    names, values = data.getlist("param")[:10], data.getlist("value")[:10]
    criteria = tuple(
        (name.strip()[:80], value.replace("\0", "").strip()[:400])
        for name, value in zip(names, values, strict=False)
        if name.strip() and value.strip()
    )
    count = data.get("count", "")
    return Asked(
        criteria,
        data.get("sort", "").strip()[:80] or ("-_lastUpdated" if newest else ""),
        int(count) if count in {str(one) for one in COUNTS} else COUNTS[0],
        data.get("cursor", "")[:600],
    )


def parameters(registry: Registry, type: str) -> list[tuple[str, str]]:
    """The names and kinds of a type's parameters, its own first."""
    found = [(code, one.kind) for code, one in registry.for_type(type).items() if one.kind in _KINDS]  # fmt: skip
    return sorted(found, key=lambda one: (one[0].startswith("_"), one[0]))


@dataclass(frozen=True, slots=True)
class Shown:
    """A request of the API as an address and as a command; without a token, which is nobody's to print."""

    url: str
    curl: str


def shown(request: HttpRequest, path: str) -> Shown:
    """The request that answers the same as a page."""
    given = site.OSLER
    assert isinstance(given, Settings), "the site was configured with ours"
    base = given.base_url or request.build_absolute_uri("/fhir")
    url = f"{base.rstrip('/')}/{path}"
    curl = f"curl -H 'Authorization: Bearer '\"$TOKEN\" -H 'Accept: application/fhir+json' {shlex.quote(url)}"
    return Shown(url, curl)
