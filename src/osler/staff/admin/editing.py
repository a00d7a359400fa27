"""How a resource of the practice's own is shown in a form, saved, merged when somebody was faster, and undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, PreconditionFailed
from osler.record import Create, Update, Version
from osler.staff.admin.gates import PRACTICE
from osler.ui import merging
from osler.ui.answers import Undo, go, saved
from osler.ui.page import Asked, record

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
PAGES = {
    "Organization": "admin-practice",
    "Location": "admin-places",
    "Practitioner": "admin-people",
    "PractitionerRole": "admin-people",
}
"""What is edited here, and the list that it is on."""


@dataclass(frozen=True, slots=True)
class Editor:
    """One kind of form: `form` makes it of POST data and initial values, `blank` a new resource."""

    template: str
    labels: Mapping[str, str]
    form: Callable[..., forms.Form]
    values_of: Callable[[Any], Mapping[str, Any]]
    changed: Callable[[Any, Any], Resource]
    blank: Callable[[], Resource]
    back: str
    title: str
    start: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def edited(request: Asked, editor: Editor, found: Version | None) -> HttpResponse:
    """The form of a resource (None: of a new one), and what comes of posting it."""
    before = decode(found.content) if found is not None else None
    initial = editor.values_of(before) if before is not None else editor.start
    form = editor.form(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, editor, found, form.cleaned_data)
        except (PreconditionFailed, Conflict):
            if found is None:
                raise
            choices = _choices(form)
            labels = {name: _(label) for name, label in editor.labels.items()}
            where = (found.type, found.id)
            return merging.stale(request, where, editor.values_of, labels, choices)
        except Invalid as error:
            form.add_error(None, spoken(error))
    about = {
        "form": form,
        "title": editor.title,
        "back": editor.back,
        "found": found,
        "draft": f"{type(form).__name__}:{found.id if found else 'new'}",
        **editor.more,
    }
    return render(request, editor.template, about, status=422 if form.is_bound else 200)


def _saved(
    request: Asked, editor: Editor, found: Version | None, values: Mapping[str, Any]
) -> HttpResponse:
    here, who = record(), request.principal
    if found is None:
        here.commit(who, [Create(editor.changed(editor.blank(), values), source="typed")])
        return saved(request, editor.back, _("Added"))
    number = _number(request.POST.get("version", ""))
    # The form was made of that version: what it does not know is kept as it was then.
    base = decode(here.vread(who, found.type, found.id, number).content)
    resource = editor.changed(base, values)
    done = here.commit(who, [Update(resource, source="typed", if_match=number)])[0]
    if done.version is None or done.status == "unchanged":
        return saved(request, editor.back, _("Nothing was changed"))
    undo = Undo(found.type, found.id, done.version.version)
    return saved(request, editor.back, _("Saved"), undo=undo)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text)):
        raise Invalid(_("The form does not say which version it changes. Open it again."))
    return int(text)


def _choices(form: forms.Form) -> dict[str, dict[str, str]]:
    """What the codes of a form's choices are called."""
    found: dict[str, dict[str, str]] = {}
    for name, one in form.fields.items():
        if isinstance(one, forms.ChoiceField):
            pairs = one.choices
            assert isinstance(pairs, list)
            found[name] = {str(code): str(label) for code, label in pairs if code}
        elif isinstance(one, forms.BooleanField):
            found[name] = {"on": _("Yes")}
    return found


@require_POST
@PRACTICE
def undo(request: Asked) -> HttpResponse:
    """Take back the write that a toast told of: the version before it comes back."""
    type, item = request.POST.get("type", ""), request.POST.get("item", "")
    number = _number(request.POST.get("version", ""))
    if type not in PAGES or number < 2 or not _ID.fullmatch(item):
        raise Invalid(_("This cannot be undone here."))
    here, who = record(), request.principal
    before = decode(here.vread(who, type, item, number - 1).content)
    here.commit(who, [Update(before, source="typed", if_match=number)])
    messages.success(request, _("Undone"))
    return go(request, reverse(PAGES[type]))
