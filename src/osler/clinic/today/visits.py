"""The visits of one day with where each patient is now, from one search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from osler.access import Principal
from osler.clinic.chart.values import instant_of
from osler.clinic.chart.words import display, said, target
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Record
from osler.search.parse import parse
from osler.search.tree import Nothing

_MOST = 200
_OFF = frozenset({"cancelled", "entered-in-error", "proposed", "waitlist"})

STATES = {
    "expected": N_("Expected"),
    "arrived": N_("Arrived"),
    "roomed": N_("In room"),
    "with": N_("With clinician"),
    "done": N_("Done"),
    "noshow": N_("No show"),
}
"""Where a visit stands, in the order of a day."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `since` is when the patient came to where they are now; `minutes` how long that is."""

    appointment: str
    encounter: str
    patient: r4.Patient | None
    patient_id: str
    start: str
    minutes_long: int
    kind: str
    reason: str
    clinician: str
    clinician_ref: str
    place: str
    state: str
    room: str = ""
    since: str = ""
    version: int = 0
    encounter_version: int = 0
    room_ref: str = ""
    """Where the patient is, or where the appointment says that it will be ("Location/…")."""

    @property
    def what(self) -> str:
        """Its kind and its reason; once where they are the same words."""
        same = self.kind.casefold() == self.reason.casefold()
        return " · ".join(part for part in (self.kind, "" if same else self.reason) if part)

    @property
    def minutes(self) -> int | None:
        """Minutes in the present state, while the patient is in the house."""
        at = instant_of(self.since)
        if at is None or self.state not in ("arrived", "roomed", "with"):
            return None
        return max(0, int((clock.now() - at).total_seconds() // 60))

    @property
    def late(self) -> bool:
        """Whether the patient is expected since more than a quarter of an hour."""
        at = instant_of(self.start)
        return (
            self.state == "expected" and at is not None and clock.now() - at > timedelta(minutes=15)
        )


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of a day, by time."""

    visits: tuple[Visit, ...]
    more: bool = False

    def of(self, clinician: str | None) -> tuple[Visit, ...]:
        """Those with one clinician ("Practitioner/…")."""
        return tuple(one for one in self.visits if one.clinician_ref == clinician)

    def at(self, state: str) -> tuple[Visit, ...]:
        """Those that stand where `state` says."""
        return tuple(one for one in self.visits if one.state == state)


def day(record: Record, principal: Principal, on: date, zone: tzinfo, *, mine: bool = False) -> Day:
    """The visits of a day in the time zone of the practice; `mine`: only those with the principal."""
    begin = datetime.combine(on, time.min, zone)
    pairs = [
        ("date", f"ge{begin.isoformat()}"),
        ("date", f"lt{(begin + timedelta(days=1)).isoformat()}"),
        ("_include", "Appointment:patient"),
        ("_revinclude", "Encounter:appointment"),
        ("_sort", "date"),
        ("_count", str(_MOST)),
        ("_total", "none"),
    ]
    if mine:
        if not principal.person:
            return Day(())
        pairs.append(("actor", principal.person))
    page = record.search(principal, parse("Appointment", pairs, record.registry))
    beside = [decode(one.content) for one in page.included]
    patients = {one.id or "": one for one in beside if isinstance(one, r4.Patient)}
    where = record.policy(principal).where
    unseen = isinstance(where("Encounter", "search"), Nothing)
    met = _met(one for one in beside if isinstance(one, r4.Encounter))
    found = [decode(match.content) for match in page.matches]
    visits = [
        _visit(one, patients, met.get(one.id or ""), unseen=unseen)
        for one in found
        if isinstance(one, r4.Appointment) and one.status not in _OFF
    ]
    return Day(tuple(visits), page.next is not None)


def _met(encounters: Iterable[r4.Encounter]) -> dict[str, r4.Encounter]:
    """Encounters by the appointment they came of."""
    return {
        target(reference)[1]: one
        for one in encounters
        if one.status not in ("entered-in-error", "cancelled")
        for reference in one.appointment or []
    }


def _visit(
    one: r4.Appointment,
    patients: dict[str, r4.Patient],
    encounter: r4.Encounter | None,
    *,
    unseen: bool,
) -> Visit:
    actors = {target(part.actor)[0]: part.actor for part in one.participant or [] if part.actor}
    patient = target(actors.get("Patient"))[1]
    clinician = actors.get("Practitioner")
    state, room, since = state_of(one, encounter)
    if unseen and one.status == "checked-in":
        state, since = (
            "roomed",
            "",
        )  # Where exactly is not for this reader; that they wait no more is.
    place = actors.get("Location")
    now = next(iter(_active(encounter)), None) if encounter else None
    return Visit(
        appointment=one.id or "",
        encounter=(encounter.id or "") if encounter else "",
        patient=patients.get(patient),
        patient_id=patient,
        start=str(one.start or ""),
        minutes_long=one.minutesDuration or 0,
        kind=said(one.appointmentType) or next(map(said, one.serviceType or []), ""),
        reason=one.description or next(map(said, one.reasonCode or []), ""),
        clinician=display(clinician),
        clinician_ref=(clinician.reference if clinician else None) or "",
        place=display(place),
        state=state,
        room=room,
        since=since,
        version=_number(one),
        encounter_version=_number(encounter),
        room_ref=((now.location if now else place) or r4.Reference()).reference or "",
    )


def _number(one: r4.Appointment | r4.Encounter | None) -> int:
    version = one.meta.versionId if one and one.meta else None
    return int(version) if version else 0


def state_of(one: r4.Appointment, encounter: r4.Encounter | None) -> tuple[str, str, str]:
    """(state, room, since when) from the encounter where one has begun, else from the appointment."""
    if one.status == "noshow":
        return "noshow", "", ""
    if encounter is None or encounter.status == "planned":
        known = {"arrived": "arrived", "checked-in": "arrived", "fulfilled": "done"}
        return known.get(one.status or "", "expected"), "", _came(one)
    room, entered = _room(encounter)
    begun = _since(encounter)
    match encounter.status:
        case "finished":
            return "done", "", ""
        case "in-progress" | "onleave":
            return "with", room, begun
        case "arrived" | "triaged":
            return ("roomed", room, entered or begun) if room else ("arrived", "", begun)
    return "expected", "", ""


def _came(one: r4.Appointment) -> str:
    """When the patient arrived, as the appointment says it of them."""
    spans = (p.period for p in one.participant or [] if target(p.actor)[0] == "Patient")
    return next((str(span.start) for span in spans if span and span.start), "")


def _active(encounter: r4.Encounter) -> list[r4.EncounterLocation]:
    return [one for one in encounter.location or [] if one.status == "active"]


def _room(encounter: r4.Encounter) -> tuple[str, str]:
    """The room where the patient is now, and since when."""
    for place in _active(encounter):
        return display(place.location), str((place.period.start if place.period else "") or "")
    return "", ""


def _since(encounter: r4.Encounter) -> str:
    """When the encounter came into its status: when the one before ended, where that is said."""
    history = encounter.statusHistory or []
    last = history[-1] if history else None
    if last is not None and last.period.end:
        return str(last.period.end)
    spans = [one.period for one in history if one.status == encounter.status]
    begun = spans[-1] if spans else encounter.period
    return str((begun.start if begun else "") or "")
