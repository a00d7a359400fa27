"""Merging two records of one person: find the other, compare field by field, go on, undo; or only link them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.patients import demographics, merging
from osler.clinic.patients.person import person
from osler.clinic.patients.searching import find
from osler.clinic.relations import read_patient
from osler.fhir import r4
from osler.identity import proxies
from osler.identity.models import Account, EnrolmentCode
from osler.identity.words import spoken
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid
from osler.kit.words import N_
from osler.record import merging as memory
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.answers import saved
from osler.ui.page import one_line

_AT_ONCE = 5
"""Batches of one request: the page then says how far it came, and goes on when asked."""
_FOUND = 8


@chart_page("merges", permission=merging.PERMISSION)
def merges(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The merges of this record, and a search for the record of the same person."""
    text = one_line(request.POST.get("q", ""))[:120]
    found = find(frame.record, request.principal, text, _FOUND) if text else []
    about = {
        "q": text,
        "found": [one for one in found if one.id != frame.id],
        "merges": memory.merges(frame.record.database, frame.id),
    }
    return render_chart(request, frame, "staff/patients/merges.html", about)


@chart_page("merges", permission=merging.PERMISSION)
def compare(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Both side by side; the record in the address stays, the other one leads to it."""
    other = read_patient(frame.record, request.principal, item)
    hindered = [
        *merging.obstacles(frame.record, request.principal, frame.id, item),
        *_accounts(item),
    ]
    status = 200
    if request.method == "POST":
        if request.POST.get("do") == "link":
            merging.link(frame.record, request.principal, frame.id, item)
            return saved(request, reverse("merges", args=[frame.id]), _("The records are linked"))
        try:
            return _begin(request, frame, item, hindered)
        except (Conflict, Invalid) as error:
            hindered = [*hindered, spoken(error)] if spoken(error) not in hindered else hindered
            status = 422
    about = {
        "other": person(other),
        "mine": person(frame.patient),
        "rows": _rows(frame.patient, other),
        "hindered": hindered,
        "tally": memory.tally(frame.record.database, item),
        "reason": request.POST.get("reason", ""),
    }
    return render_chart(request, frame, "staff/patients/compare.html", about, status=status)


@chart_page("merges", permission=merging.PERMISSION)
def step(request: ChartAsked, frame: Frame, merge: UUID) -> HttpResponse:
    """Go on with a merge, or take it back."""
    back = reverse("merges", args=[frame.id])
    if request.method != "POST":
        return redirect(back)
    known = {one.id: one for one in memory.merges(frame.record.database, frame.id)}
    id = str(merge)
    if id not in known:
        raise Conflict("That merge is not one of this record.")
    undoing = request.POST.get("do") == "undo" or known[id].state == "undoing"
    reason = one_line(request.POST.get("reason", "")) or known[id].reason
    if undoing:
        if known[id].state != "undoing" and not request.POST.get("reason", "").strip():
            raise Invalid("Say why the merge is undone.")
        for _round in range(_AT_ONCE):
            done = merging.undo(frame.record, request.principal, id, reason)
            if done.done:
                return saved(request, back, _told(done))
        return saved(request, back, _("Not done yet; go on."))
    return _go_on(request, frame, id)


def _begin(request: ChartAsked, frame: Frame, item: str, hindered: list[str]) -> HttpResponse:
    if hindered:
        raise Conflict(hindered[0])
    taken = frozenset(
        name for name in merging.FIELDS if request.POST.get(f"take-{name}") == "other"
    )
    reason = one_line(request.POST.get("reason", ""))
    made = merging.begin(frame.record, request.principal, frame.id, item, reason, taken)
    return _go_on(request, frame, made.id)


def _go_on(request: ChartAsked, frame: Frame, merge: str) -> HttpResponse:
    back = reverse("merges", args=[frame.id])
    for _round in range(_AT_ONCE):
        done = merging.go_on(frame.record, request.principal, merge)
        if done.done:
            text = _("The records are one: %(n)d entries came along.") % {"n": done.moved}
            return saved(request, back, text)
    return saved(request, back, _("Not done yet; go on."))


def _told(done: merging.Step) -> str:
    text = _("The records are two again: %(n)d entries went back.") % {"n": done.moved}
    if done.kept:
        names = ", ".join(done.kept[:5])
        text += " " + _("Changed since the merge, and left here: %(names)s") % {"names": names}
    return text


def _accounts(other: str) -> list[str]:
    """What cannot be moved safely: ways in to the record that would end."""
    found = []
    if Account.objects.filter(patient=other, is_active=True).exists():
        found.append(
            N_(
                "The other record has an account of its patient; close it, or keep that record instead."
            )
        )
    if any(grant.state in {"current", "waiting"} for grant in proxies.of_patient(other)):
        found.append(
            N_(
                "Somebody acts for the patient of the other record; end that, and give it anew afterward."
            )
        )
    codes = EnrolmentCode.objects.filter(patient=other, used=None, revoked=None)
    if codes.filter(expires__gt=clock.now()).exists():
        found.append(
            N_(
                "A code for an account of the other record is not used yet; it runs out within days."
            )
        )
    return found


def _rows(mine: r4.Patient, other: r4.Patient) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "mine": _said(mine, name),
            "other": _said(other, name),
            "differs": _said(mine, name) != _said(other, name),
        }
        for name, (label, _attributes) in merging.FIELDS.items()
    ]


def _said(patient: r4.Patient, name: str) -> str:
    about = person(patient)
    match name:
        case "name":
            return about.name
        case "born":
            return about.born
        case "sex":
            return about.sex
        case "reach":
            return ", ".join((*about.phones, *about.emails))
        case "places":
            return about.address
        case "kin":
            return ", ".join(row["name"] for row in demographics.read_kin(patient))
        case "photo":
            return _("has a photo") if patient.photo else ""
        case "care":
            return str(demographics.read_care(patient)["doctor"])
        case _:
            values = demographics.read_background(patient)
            keys = {"language": ["language"], "marital": ["marital"]}.get(
                name, ["race", "ethnicity"]
            )
            return ", ".join(str(values[key]) for key in keys if values[key])
