"""What is done on Today by one click: a visit goes on, a task is ticked off; each with its way back."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.chart.undoing import undo_task
from osler.clinic.today import moving
from osler.clinic.today.visits import STATES
from osler.clinic.today.waiting import done as tick
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid
from osler.ui.answers import Undo, go, saved
from osler.ui.page import Asked, page, record

_SEEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")


@require_POST
@page(kinds=("staff",))
def move(request: Asked, item: str) -> HttpResponse:
    """A visit goes where the button says; where somebody was faster, it stays as they have it."""
    here, who = record(), request.principal
    seen = _SEEN.fullmatch(request.POST.get("version", ""))
    to, _space, place = request.POST.get("to", "").partition(" ")
    if seen is None or to not in STATES:
        raise Invalid("The form does not say where the visit is to go. Reload the page.")
    room = _room(request, place)
    asked = moving.Move(item, to, (int(seen[1]), int(seen[2])), room)
    try:
        made, patient = moving.move(here, who, asked)
    except Conflict as error:
        messages.warning(request, spoken(error))
        return go(request, back(request))
    told = (room.display or "") if room is not None else _(STATES[to])
    undo = Undo(made.type, made.id, made.version)
    return saved(request, back(request, item), told, undo=undo, patient=patient)


def _room(request: Asked, ref: str) -> r4.Reference | None:
    if not ref:
        return None
    known = {one.ref: one.name for one in moving.rooms(record(), request.principal)}
    if ref not in known:
        raise Invalid("There is no such room. Reload the page.")
    return r4.Reference(reference=ref, display=known[ref])


@require_POST
@page(kinds=("staff",))
def done(request: Asked, item: str) -> HttpResponse:
    """A task is done."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("The form does not say which version it changes. Open it again.")
    try:
        made, patient = tick(record(), request.principal, item, int(text))
    except Conflict as error:
        messages.warning(request, spoken(error))
        return go(request, back(request))
    undo = Undo("Task", made.id, made.version, at="today-undo")
    return saved(request, back(request), _("Task done"), undo=undo, patient=patient)


@require_POST
@page(kinds=("staff",))
def undo(request: Asked) -> HttpResponse:
    """Take back that a task was ticked off."""
    version = request.POST.get("version", "")
    if request.POST.get("type") != "Task" or not (version.isascii() and version.isdecimal()):
        raise Invalid("The form does not say what is to be undone; reload the page and try again.")
    id = request.POST.get("item", "")
    undo_task(record(), request.principal, id, int(version[:9]))
    messages.success(request, _("Undone: it is as it was before."))
    return go(request, back(request))


def back(request: HttpRequest, item: str = "") -> str:
    """The day that the form came from, at the visit that was moved."""
    came = request.headers.get("Referer", "").partition("#")[0]
    known = url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure())
    url = came if known else reverse("today")
    return f"{url}#v-{item}" if item else url
