"""Finding a patient: one line while somebody types, or by fields."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from osler.clinic.patients import advanced, registering
from osler.clinic.patients.person import person
from osler.clinic.patients.ranking import Grade
from osler.clinic.patients.searching import Found, find, known
from osler.clinic.today import visits
from osler.clinic.today.visits import STATES
from osler.kit.errors import NotAllowed
from osler.search.tree import Nothing
from osler.staff.patients.forms import AdvancedForm
from osler.ui import formats, preferences
from osler.ui.answers import in_panel
from osler.ui.page import Asked, one_line, page, record

_STAFF = page(kinds=("staff",))
_MOST = 25
_TODAY = 40
_LONGEST = 120


@_STAFF
def patients(request: Asked) -> HttpResponse:
    """Search by one line; posted, for names have no place in addresses. Before anything is typed: the recent ones."""
    text = one_line(request.POST.get("q", ""))[:_LONGEST]
    about = {"q": text, "found": _found(request, text, _MOST), "most": _MOST}
    about["here"] = [] if text else _here(request)
    if in_panel(request):
        return render(request, "staff/patients/results.html", about)
    return render(request, "staff/patients/search.html", {**about, **_rights(request)})


@_STAFF
def by_fields(request: Asked) -> HttpResponse:
    """Search by fields."""
    here = record()
    form = AdvancedForm(request.POST or None, doctors=registering.doctors(here, request.principal))
    found: list[Found] = []
    if form.is_valid():
        found = advanced.search(here, request.principal, form.cleaned_data)
    about = {"form": form, "found": found, "most": advanced.MOST, "q": "…" if form.is_bound else ""}
    status = 422 if form.errors else 200
    return render(request, "staff/patients/advanced.html", about, status=status)


def _found(request: Asked, text: str, most: int) -> list[Found]:
    last = list(preferences.of(request).recent)
    if not text:
        return known(record(), request.principal, last[:most])
    return find(record(), request.principal, text, most, recent=last)


def _here(request: Asked) -> list[Found]:
    """Who has a visit today, by time; nobody for who may not see visits."""
    try:
        day = visits.day(
            record(), request.principal, formats.today(), timezone.get_current_timezone()
        )
    except NotAllowed:
        return []
    patients = {one.patient_id: one for one in day.visits if one.patient is not None}
    return [
        Found(
            person(one.patient),
            Grade.EXACT,
            why=STATES[one.state],
            mine=one.clinician_ref == request.principal.person,
        )
        for one in patients.values()
        if one.patient is not None
    ][:_TODAY]


def _rights(request: Asked) -> dict[str, Any]:
    policy = record().policy(request.principal)
    return {"may_register": not isinstance(policy.where("Patient", "create"), Nothing)}
