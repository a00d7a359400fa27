"""Today: the visits, who is where, and what waits for the person who signed in; the first page of the day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from osler.clinic import today as clinic
from osler.clinic.chart.persons import person_of
from osler.clinic.today import moving
from osler.clinic.today.visits import STATES
from osler.kit.errors import NotAllowed
from osler.search.tree import Nothing
from osler.staff.today.steps import Row, steps_of
from osler.ui import formats, people
from osler.ui.page import Asked, page, record

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_SHOWN = 8
_OVER = ("done", "noshow")
_CLINICAL = frozenset({"physician", "physician-own-patients"})


@page(kinds=("staff",))
def today(request: Asked) -> HttpResponse:
    """The day's visits (one's own for a clinician, else the practice's), and what waits."""
    on = _day(request)
    mine = request.GET.get("show", "mine" if _sees_patients(request) else "all") == "mine"
    visits = _visits(request, on, mine=mine)
    if request.headers.get("HX-Request") == "true":
        return render(
            request, "staff/today/visits.html", _about_visits(request, on, visits, mine=mine)
        )
    waits = clinic.waiting(record(), request.principal)
    about = _about_visits(request, on, visits, mine=mine) | {
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "waits": waits,
        "labels": _labels(waits),
        "shown": _SHOWN,
        "drafts": _drafts(request),
        "may_tick": _may(request, "Task", "update"),
    }
    return render(request, "staff/today/today.html", about)


def _visits(request: Asked, on: date, *, mine: bool) -> clinic.Day | None:
    zone = timezone.get_current_timezone()
    try:
        return clinic.day(record(), request.principal, on, zone, mine=mine)
    except NotAllowed:
        return None  # A role that has no appointments has a day of its tasks alone.


def _about_visits(
    request: Asked, on: date, visits: clinic.Day | None, *, mine: bool
) -> dict[str, Any]:
    """What the list of visits says: alone, where somebody has moved one while the page is open."""
    shown = _rows(request, visits, is_today=on == formats.today())
    return {
        "on": on,
        "is_today": on == formats.today(),
        "mine": mine,
        "visits": [one for one in shown if one.visit.state not in _OVER],
        "over": [one for one in shown if one.visit.state in _OVER],
        "count": len(shown),
        "sees_visits": visits is not None,
        "states": [(words, len(visits.at(code))) for code, words in STATES.items()]
        if visits
        else [],
        "takes_vitals": _may(request, "Observation", "create"),
    }


def _may(request: Asked, type: str, interaction: str) -> bool:
    """Whether a button makes sense; the record decides when something is saved."""
    return not isinstance(record().policy(request.principal).where(type, interaction), Nothing)


def _sees_patients(request: Asked) -> bool:
    return bool(_CLINICAL & request.principal.roles)


def _day(request: Asked) -> date:
    given = request.GET.get("day", "")
    if _DAY.match(given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            return formats.today()
    return formats.today()


def _rows(request: Asked, visits: clinic.Day | None, *, is_today: bool) -> list[Row]:
    """The visits with their patients, and today where each can go from where it is."""
    found = visits.visits if visits else ()
    may = moving.rights(record(), request.principal) if is_today else moving.Rights(False, False)
    known = moving.rooms(record(), request.principal) if may.encounters and found else []
    taken = {one.room_ref for one in found if one.state in ("roomed", "with")}
    made = []
    for one in found:
        steps = may.steps(one.state) if one.patient else ()
        rooms = moving.suggested(known, one.room_ref, taken) if steps else []
        told = person_of(one.patient) if one.patient else None
        made.append(Row(one, told, tuple(steps_of(one, steps, rooms))))
    return made


def _labels(waits: clinic.Waiting) -> dict[str, str]:
    duties = (*waits.results, *waits.cosign, *waits.notes, *waits.tasks)
    found = {one.patient_id: one.patient for one in duties}
    found |= {one.patient_id: one.patient for one in waits.messages}
    return {id: people.label(patient) for id, patient in found.items() if patient}


def _drafts(request: Asked) -> list[tuple[str, str, object]]:
    """What was typed and never saved: (patient's id, label, when)."""
    kept = record().drafts(request.principal)
    labels = people.patient_labels(record(), request.principal, [one.patient for one in kept])
    return [(one.patient, labels[one.patient], one.saved) for one in kept if one.patient in labels]
