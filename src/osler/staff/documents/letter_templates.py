"""The practice's templates of letters: shown, changed, taken out of use; every version is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.letters import templates
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.ui.answers import saved
from osler.ui.page import Asked, one_line, page, record

_FORM = "staff/documents/letter_template.html"


@page(kinds=("staff",))
def listed(request: Asked) -> HttpResponse:
    """All templates, shipped ones and the practice's own."""
    about = {
        "templates": list(templates.templates(record(), request.principal).values()),
        "may_write": templates.writable(record(), request.principal),
    }
    return render(request, "staff/documents/letter_templates.html", about)


@page(kinds=("staff",))
def new(request: Asked) -> HttpResponse:
    """A new one of the practice."""
    return _form(request, {"title": "", "text": ""})


@page(kinds=("staff",))
def edit(request: Asked, item: str) -> HttpResponse:
    """Change one; a shipped one becomes the practice's own."""
    found = templates.templates(record(), request.principal).get(item)
    if found is None:
        raise NotFound(_("There is no such template."))
    about: dict[str, Any] = {"title": found.title, "text": found.text, "template": found}
    if found.id:
        about["versions"] = templates.history(record(), request.principal, found.id)
    return _form(request, about)


def _form(request: Asked, about: dict[str, Any]) -> HttpResponse:
    may = templates.writable(record(), request.principal)
    given = {"placeholders": templates.PLACEHOLDERS.items(), "may_write": may, **about}
    if request.method != "POST":
        return render(request, _FORM, given)
    if not may:
        raise NotAllowed(_("Your role does not change templates."))
    found: templates.Template | None = about.get("template")
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 9 else 0
    given |= {
        "title": one_line(request.POST.get("title", "")),
        "text": request.POST.get("text", "").replace("\0", ""),
    }
    try:
        if request.POST.get("act") == "retire" and found:
            templates.retire(record(), request.principal, found.code, number)
            return saved(request, reverse("letter-templates"), _("Taken out of use"))
        templates.save(
            record(),
            request.principal,
            given["title"],
            given["text"],
            code=found.code if found else "",
            version=number or None,
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return render(request, _FORM, given | {"error": spoken(error)}, status=422)
    return saved(request, reverse("letter-templates"), _("Template saved"))
