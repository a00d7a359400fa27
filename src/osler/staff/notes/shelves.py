"""Templates and phrases: one's own and the practice's, each edited as text."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.notes import kinds, shelf
from osler.identity import rights
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.ui.answers import saved
from osler.ui.page import Asked, one_line, page, record

_KINDS = {shelf.PHRASE, shelf.TEMPLATE}


@page(kinds=("staff",))
def texts(request: Asked) -> HttpResponse:
    """All templates and phrases that the reader can use."""
    about = {
        "templates": list(shelf.templates(record(), request.principal).values()),
        "phrases": shelf.phrases(record(), request.principal),
        "may_write": shelf.writable(record(), request.principal),
    }
    return render(request, "staff/notes/texts.html", about)


@page(kinds=("staff",))
def new(request: Asked, kind: str) -> HttpResponse:
    """A new phrase or template; `from` names a shipped one to begin with."""
    if kind not in _KINDS:
        raise NotFound(_("There are phrases and templates here."))
    start = kinds.shipped().get(request.GET.get("from", ""))
    text = shelf.written(start) if start and kind == shelf.TEMPLATE else ""
    # Who runs the practice comes to write for all of it.
    shared = rights.has(request.principal, "practice.manage")
    base = start.code if start else "visit"
    return _form(request, {"kind": kind, "text": text, "base": base, "shared": shared})


@page(kinds=("staff",))
def edit(request: Asked, item: str) -> HttpResponse:
    """Change one, or take it out of use."""
    for one in shelf.phrases(record(), request.principal):
        if one.id == item:
            about = {
                "kind": shelf.PHRASE,
                "title": one.name,
                "text": one.text,
                "shared": one.shared,
            }
            return _form(request, about | {"item": item, "version": one.version})
    found = shelf.template(record(), request.principal, item)
    if found is None or not found.version:
        raise NotFound(_("There is no such phrase or template."))
    text = shelf.written(found)
    about = {"kind": shelf.TEMPLATE, "title": found.title, "text": text, "shared": not found.owner}
    return _form(request, about | {"item": item, "version": found.version, "base": _base(found)})


def _base(found: kinds.Template) -> str:
    like = (found.loinc, found.signers)
    same = (one.code for one in kinds.shipped().values() if (one.loinc, one.signers) == like)
    return next(same, "free")


def _form(request: Asked, about: dict[str, object]) -> HttpResponse:
    if not shelf.writable(record(), request.principal):
        raise NotAllowed(_("Your role does not change templates."))
    given = {"kinds": list(kinds.shipped().values()), **about}
    if request.method != "POST":
        return render(request, "staff/notes/text.html", given)
    item = str(about.get("item", ""))
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 9 else None
    given |= {
        "title": one_line(request.POST.get("title", ""))[:80],
        "text": request.POST.get("text", "").replace("\0", ""),
    }
    given |= {"shared": "shared" in request.POST, "base": request.POST.get("base", "")}
    try:
        if request.POST.get("act") == "remove" and item:
            shelf.remove(record(), request.principal, item, number)
            return saved(request, reverse("note-texts"), _("Taken out of use"))
        shelf.save(
            record(),
            request.principal,
            str(about["kind"]),
            str(given["title"]),
            str(given["text"]),
            shared=bool(given["shared"]),
            base=str(given["base"]) if about["kind"] == shelf.TEMPLATE else "",
            id=item,
            version=number if item else None,
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return render(
            request, "staff/notes/text.html", given | {"error": spoken(error)}, status=422
        )
    return saved(request, reverse("note-texts"), _("Saved"))
