"""A page of everything that happened to a patient, newest first, of some kinds, before some moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.events import Event, event_of, newest_first
from osler.clinic.chart.values import instant_of
from osler.fhir import r4
from osler.fhir.base import Resource

SIZE = 30
KINDS: dict[str, tuple[tuple[type[Resource], str], ...]] = {
    "visits": ((r4.Encounter, "date"),),
    "notes": ((r4.Composition, "date"),),
    "results": ((r4.DiagnosticReport, "date"),),
    "documents": ((r4.DocumentReference, "date"),),
    "problems": ((r4.Condition, "recorded-date"),),
    "medications": ((r4.MedicationRequest, "authoredon"), (r4.MedicationStatement, "effective")),
    "immunizations": ((r4.Immunization, "date"),),
    "procedures": ((r4.Procedure, "date"),),
    "appointments": ((r4.Appointment, "date"),),
    "messages": ((r4.Communication, "sent"),),
}
"""Kinds of events: the types, each with the search parameter of its date."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page; `before` is where the next one begins, empty at the end."""

    events: tuple[Event, ...]
    before: str


def readable(asking: Asking) -> list[str]:
    """The kinds of which the reader may see anything."""
    return [
        kind
        for kind, types in KINDS.items()
        if any(asking.may_read(type.__name__) for type, _ in types)
    ]


def stretch(asking: Asking, kinds: Sequence[str], before: str, now: datetime) -> Stretch:
    """At most SIZE events of these kinds: one search for each of their types.

    Several of one instant stay together on a page, so that none is lost between two.
    """
    limit = instant_of(before)
    found = [
        event
        for kind in kinds
        for type, date in KINDS[kind]
        for event in _some(asking, type, date, limit)
    ]
    events = newest_first(found)
    page, rest = events[:SIZE], events[SIZE:]
    page += [one for one in rest if one.moment == page[-1].moment]
    upcoming = limit is None and bool(page) and page[-1].moment > now.timestamp()
    ended = len(page) == len(events) and not upcoming
    return Stretch(tuple(page), "" if ended or not page else page[-1].at)


def _some(asking: Asking, type: type[Resource], date: str, before: datetime | None) -> list[Event]:
    limits = [(date, f"lt{before.isoformat()}")] if before else []
    found = asking.some(type, SIZE + 1, *limits, ("_sort", f"-{date}"))
    return [event for one in found if (event := event_of(one)) is not None]


def first_year(asking: Asking) -> int | None:
    """The year of the oldest visit, for a rail of years."""
    found = asking.some(r4.Encounter, 1, ("_sort", "date"))
    start = found[0].period.start if found and found[0].period else None
    moment = instant_of(str(start or ""))
    return moment.year if moment else None
