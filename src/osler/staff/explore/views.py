"""The FHIR browser: any resource that the reader's own policy shows, its versions, references and requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from osler.access.groups import PARTS, WORDS
from osler.fhir.r4 import RESOURCES
from osler.identity import rights
from osler.identity.words import spoken
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound, OslerError
from osler.record import Version
from osler.record.referring import referring
from osler.search.parse import parse
from osler.search.tree import Nothing
from osler.staff.explore import asking, reading
from osler.ui.page import Asked, one_line, page, record

_NEEDS = frozenset({"practice.manage", "system.manage"})
_VERSIONS = 50


def _browser(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Make a page of a function, for who runs the practice or the system."""

    @page(kinds=("staff",))
    @wraps(view)
    def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _NEEDS & rights.permissions(request.principal.roles):
            raise NotAllowed("The browser takes the permission practice.manage or system.manage.")
        type = kwargs.get("type")
        if type is not None and type not in RESOURCES:
            raise NotFound(f"FHIR R4 has no resource type {str(type)[:40]!r}.")
        return view(request, *args, **kwargs)

    return answer


@_browser
def types(request: Asked) -> HttpResponse:
    """The types that the reader's policy shows anything of, in groups."""
    policy = record().policy(request.principal)
    wanted = one_line(request.GET.get("t", ""))[:40].casefold()

    def fits(type: str) -> bool:
        shown = not isinstance(policy.where(type, "search"), Nothing)
        return shown and wanted in type.casefold()

    groups = [
        (WORDS.get(name, name), found)
        for name, every in PARTS.items()
        if (found := [one for one in every if fits(one)])
    ]
    hidden = sum(isinstance(policy.where(one, "search"), Nothing) for one in RESOURCES)
    about = {"groups": groups, "t": wanted, "hidden": hidden}
    return render(request, "staff/explore/types.html", about)


@_browser
def found(request: Asked, type: str) -> HttpResponse:
    """A search of one type. Values come by POST, for they may say who somebody is."""
    posted = request.method == "POST"
    wanted = asking.asked(request.POST, newest=not posted)
    here, error, page = record(), "", None
    try:
        page = here.search(request.principal, parse(type, wanted.pairs, here.registry))
    except NotAllowed:
        raise
    except OslerError as wrong:
        error = spoken(wrong)
    about = {
        "type": type,
        "asked": wanted,
        "parameters": asking.parameters(here.registry, type),
        "counts": asking.COUNTS,
        "rows": _rows(page.matches) if page else [],
        "next": page.next if page else None,
        "error": error,
        "request_shown": asking.shown(request, f"{type}?{wanted.query}"),
    }
    return render(request, "staff/explore/search.html", about, status=422 if error else 200)


def _rows(versions: Iterable[Version]) -> list[dict[str, object]]:
    rows = []
    for one in versions:
        title, state, date, about = reading.summary(reading.content(one))
        rows.append({"version": one, "title": title, "state": state, "date": date, "about": about})
    return rows


@_browser
def one(request: Asked, type: str, id: str) -> HttpResponseBase:
    """One resource as it is now."""
    try:
        version = record().read(request.principal, type, id)
    except Gone:
        return versions(request, type=type, id=id)
    return _shown(request, version, current=True)


@_browser
def version(request: Asked, type: str, id: str, number: int) -> HttpResponse:
    """One version of a resource."""
    found = record().vread(request.principal, type, id, number)
    return _shown(request, found, current=False)


def _shown(request: Asked, version: Version, *, current: bool) -> HttpResponse:
    content = reading.content(version)
    nodes, faults = reading.narrative(content)
    path = f"{version.type}/{version.id}"
    asked = path if current else f"{path}/_history/{version.version}"
    about = {
        "version": version,
        "type": version.type,
        "id": version.id,
        "current": current,
        "summary": reading.summary(content),
        "tree": reading.tree(content),
        "json": reading.pieces(content),
        "nodes": nodes,
        "faults": faults,
        "request_shown": asking.shown(request, asked),
    }
    return render(request, "staff/explore/one.html", about)


@_browser
def versions(request: Asked, type: str, id: str) -> HttpResponse:
    """The versions of a resource, newest first; two of them can be compared."""
    cursor = request.GET.get("cursor", "")[:600] or None
    page = record().history(request.principal, type, id, count=_VERSIONS, cursor=cursor)
    about = {
        "type": type,
        "id": id,
        "entries": page.entries,
        "next": page.next,
        "request_shown": asking.shown(request, f"{type}/{id}/_history"),
    }
    return render(request, "staff/explore/versions.html", about)


@_browser
def compare(request: Asked, type: str, id: str) -> HttpResponse:
    """What two versions do not share."""
    numbers = sorted({_number(request.GET.get("a", "")), _number(request.GET.get("b", ""))})
    if len(numbers) < 2:
        raise Invalid(_("Choose two different versions."))
    here, who = record(), request.principal
    before, after = (here.vread(who, type, id, number) for number in numbers)
    about = {
        "type": type,
        "id": id,
        "before": before,
        "after": after,
        "changes": reading.differences(reading.content(before), reading.content(after)),
    }
    return render(request, "staff/explore/compare.html", about)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 9):
        raise Invalid(_("Choose two different versions."))
    return int(text)


@_browser
def back(request: Asked, type: str, id: str) -> HttpResponse:
    """What refers to a resource."""
    groups = referring(record(), request.principal, type, id)
    about = {
        "type": type,
        "id": id,
        "groups": [(group, _rows(group.found)) for group in groups],
    }
    return render(request, "staff/explore/back.html", about)
