"""Today: the visits, who is where, and what waits for the person who signed in; the first page of the day."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from osler.clinic import today as clinic
from osler.clinic.chart.persons import Person, person_of
from osler.clinic.today.visits import STATES
from osler.kit.errors import NotAllowed
from osler.search.tree import Nothing
from osler.ui import formats, people
from osler.ui.page import Asked, page, record

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_SHOWN = 8
_CLINICAL = frozenset({"physician", "physician-own-patients"})


@page(kinds=("staff",))
def today(request: Asked) -> HttpResponse:
    """The day's visits (one's own for a clinician, else the practice's), and what waits."""
    on = _day(request)
    mine = request.GET.get("show", "mine" if _sees_patients(request) else "all") == "mine"
    visits = _visits(request, on, mine=mine)
    waits = clinic.waiting(record(), request.principal)
    about = {
        "on": on,
        "is_today": on == formats.today(),
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "mine": mine,
        "visits": _told(visits, over=False),
        "over": _told(visits, over=True),
        "count": len(visits.visits) if visits else 0,
        "sees_visits": visits is not None,
        "states": [(words, len(visits.at(code))) for code, words in STATES.items()]
        if visits
        else [],
        "waits": waits,
        "labels": _labels(waits),
        "shown": _SHOWN,
        "drafts": _drafts(request),
        "takes_vitals": _takes_vitals(request),
    }
    return render(request, "staff/today/today.html", about)


def _visits(request: Asked, on: date, *, mine: bool) -> clinic.Day | None:
    zone = timezone.get_current_timezone()
    try:
        return clinic.day(record(), request.principal, on, zone, mine=mine)
    except NotAllowed:
        return None  # A role that has no appointments has a day of its tasks alone.


def _takes_vitals(request: Asked) -> bool:
    """Whether a button beside who is in the house makes sense; the record decides when they are saved."""
    where = record().policy(request.principal).where
    return not isinstance(where("Observation", "create"), Nothing)


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


def _told(visits: clinic.Day | None, *, over: bool) -> list[tuple[clinic.Visit, Person | None]]:
    """The visits that are over, or those that are not, each with its patient."""
    found = visits.visits if visits else ()
    return [
        (one, person_of(one.patient) if one.patient else None)
        for one in found
        if (one.state in ("done", "noshow")) == over
    ]


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
