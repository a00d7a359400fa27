"""Who looked at my record, and who got data of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from osler.clinic.privacy import disclosures
from osler.identity import rights
from osler.identity.words import role_name
from osler.kit import clock
from osler.kit.errors import NotAllowed
from osler.record import Look
from osler.record.audit_words import in_words
from osler.ui.page import Asked, page, record
from osler.ui.purposes import words

_PERIODS = [
    (30, gettext_lazy("30 days")),
    (365, gettext_lazy("A year")),
    (2190, gettext_lazy("Six years")),
]
_DAYS = {"30": 30, "365": 365, "2190": 2190}


def patient_of(request: Asked) -> str:
    """The logical id of the patient whose record the page shows. Raises NotAllowed."""
    patient = request.principal.patient
    if patient is None:
        raise NotAllowed("This account belongs to no patient.")
    return patient


@page(kinds=("patient",))
def looked(request: Asked) -> HttpResponse:
    """Who looked at my record, by day."""
    days = _DAYS.get(request.GET.get("days", ""), 30)
    since = clock.now() - timedelta(days=days)
    found = record().who_looked(request.principal, patient_of(request), since)
    by_day = [
        (day, [(one, _did(one), words(one.purpose), _roles(one.roles)) for one in looks])
        for day, looks in groupby(found, key=lambda one: one.day)
    ]
    about = {"days": by_day, "period": days, "periods": _PERIODS}
    return render(request, "portal/looked.html", about)


def _did(look: Look) -> str:
    """What they did, in the reader's language."""
    return (
        ", ".join(dict.fromkeys(in_words(*what, say=gettext) for what in look.what)) or look.words
    )


def _roles(codes: Iterable[str]) -> list[str]:
    """Roles by their names; that of the machine says nothing to a patient."""
    shown = (code for code in codes if code != rights.LOCAL_ROLE)
    return [role_name(code) for code in shown]


@page(kinds=("patient",))
def disclosed(request: Asked) -> HttpResponse:
    """The accounting of disclosures of the last six years."""
    rows = disclosures.accounting(record(), request.principal, patient_of(request))
    shown = [(row, row.why or words(row.purpose)) for row in rows]
    return render(request, "portal/disclosed.html", {"rows": shown})
