"""Where a visit goes next: arrived, in a room, with the clinician, done, or not come at all; and back.

The Appointment says how far the desk is (booked, arrived, checked-in, fulfilled, noshow), the Encounter where the
patient is: its status, the room, and since when. Whoever may not write Encounters moves the Appointment alone.
https://hl7.org/fhir/R4/valueset-appointmentstatus.html, https://hl7.org/fhir/R4/valueset-encounter-status.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from osler.access import Principal
from osler.clinic.chart.words import coded, target
from osler.clinic.today.visits import state_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed, PreconditionFailed
from osler.record import Create, Record, Update, Version
from osler.search.parse import parse
from osler.search.tree import Nothing

STEPS: Mapping[str, tuple[str, ...]] = {
    "expected": ("arrived", "roomed", "noshow"),
    "arrived": ("roomed", "with", "expected"),
    "roomed": ("with", "done", "arrived"),
    "with": ("done", "roomed"),
    "done": ("with",),
    "noshow": ("arrived", "expected"),
}
"""From each state those that a visit can go to; the first is the usual one."""
DESK = frozenset({"arrived", "expected", "noshow"})
"""States that are the Appointment's alone: also for who may not write Encounters."""
_BOOKED = {
    "expected": "booked",
    "arrived": "arrived",
    "roomed": "checked-in",
    "with": "checked-in",
    "done": "fulfilled",
    "noshow": "noshow",
}
_MET = {
    "expected": "planned",
    "arrived": "arrived",
    "roomed": "arrived",
    "with": "in-progress",
    "done": "finished",
    "noshow": "cancelled",
}
_ROOMS = 200
_HERE = frozenset({"arrived", "roomed", "with"})
_AMBULATORY = r4.Coding(
    system="http://terminology.hl7.org/CodeSystem/v3-ActCode", code="AMB", display="ambulatory"
)
_PERFORMER = r4.CodeableConcept(
    coding=[
        r4.Coding(
            system="http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            code="PPRF",
            display="primary performer",
        )
    ]
)


@dataclass(frozen=True, slots=True)
class Move:
    """A visit is to go to a state; the versions are those that were seen, `encounter` 0 where none was."""

    appointment: str
    to: str
    seen: tuple[int, int]
    room: r4.Reference | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the practice; `site` is the Location that it is part of."""

    ref: str
    name: str
    site: str


def rooms(record: Record, principal: Principal) -> list[Room]:
    """The rooms that patients can be in, by site and name."""
    pairs = [("status", "active"), ("_count", str(_ROOMS)), ("_total", "none")]
    page = record.search(principal, parse("Location", pairs, record.registry))
    found = [one for match in page.matches if isinstance(one := decode(match.content), r4.Location)]
    made = [
        Room(f"Location/{one.id}", one.name or "", "/".join(target(one.partOf)))
        for one in found
        if coded(one.physicalType, "ro")
    ]
    return sorted(made, key=lambda room: (room.site, room.name))


def suggested(rooms: Sequence[Room], planned: str, taken: Collection[str]) -> list[Room]:
    """The rooms for a patient, the best first: the one that is planned, else a free one of its site."""
    site = next((one.site for one in rooms if one.ref == planned), planned)
    here = [one for one in rooms if one.site == site] or list(rooms)
    return sorted(here, key=lambda one: (one.ref in taken, one.ref != planned))


@dataclass(frozen=True, slots=True)
class Rights:
    """Whether somebody may move visits, and as far as the Encounter."""

    appointments: bool
    encounters: bool

    def steps(self, state: str) -> tuple[str, ...]:
        """Where they may move a visit that is in a state."""
        if not self.appointments:
            return ()
        given = STEPS.get(state, ())
        if self.encounters:
            return given
        # What has gone on without the desk is no longer theirs to take back.
        return tuple(one for one in given if one in DESK) if state in DESK else ()


def rights(record: Record, principal: Principal) -> Rights:
    """What the principal may do; the record decides when it is written."""
    where = record.policy(principal).where

    def may(type: str) -> bool:
        return not isinstance(where(type, "update"), Nothing)

    return Rights(may("Appointment"), may("Appointment") and may("Encounter"))


def move(record: Record, principal: Principal, asked: Move) -> tuple[Version, str]:
    """Carry it out as one write: the version that takes it back when it is undone, and the patient's id.

    Raises:
        Conflict: somebody has moved the visit since it was seen.
        NotAllowed, Invalid: who asks may not, or there is no such way.
    """
    found = record.read(principal, "Appointment", asked.appointment)
    appointment = decode(found.content)
    assert isinstance(appointment, r4.Appointment), "an Appointment was asked for"
    may = rights(record, principal)
    met = _encounter(record, principal, asked.appointment) if may.encounters else None
    encounter = met[0] if met else None
    if asked.seen != (found.version, met[1] if met else 0):
        raise _moved()
    state = state_of(appointment, encounter)[0]
    changes_room = asked.to == state and state in {"roomed", "with"} and asked.room is not None
    if asked.to not in may.steps(state) and not (changes_room and may.encounters):
        if asked.to in STEPS.get(state, ()):
            raise NotAllowed("Your role moves visits only until the patient has arrived.")
        raise Invalid("A visit cannot go there from where it is. Reload the page.")
    now = clock.now()
    _book(appointment, asked.to, state, now)
    ops: list[Create | Update] = [Update(appointment, if_match=found.version, source="typed")]
    if may.encounters and encounter is not None and met is not None:
        _meet(encounter, asked, now)
        ops.append(Update(encounter, if_match=met[1], source="typed"))
    elif may.encounters and asked.to in _HERE:
        ops.append(Create(_begun(appointment, asked, now), source="typed"))
    try:
        outcomes = record.commit(principal, ops)
    except PreconditionFailed as error:
        raise _moved() from error
    made = [one.version for one in outcomes if one.version is not None]
    before = {("Appointment", asked.appointment): found.version}
    if met:
        before["Encounter", met[0].id or ""] = met[1]
    changed = [one for one in made if before.get((one.type, one.id)) != one.version]
    patient = target(_patient(appointment))[1]
    return (changed or made)[0], patient


def _moved() -> Conflict:
    return Conflict(
        "Somebody has moved this visit meanwhile. It is shown as it is now; nothing was changed."
    )


def _encounter(
    record: Record, principal: Principal, appointment: str
) -> tuple[r4.Encounter, int] | None:
    """The Encounter that came of the appointment, with its version."""
    pairs = [("appointment", f"Appointment/{appointment}"), ("_count", "5"), ("_total", "none")]
    page = record.search(principal, parse("Encounter", pairs, record.registry))
    for match in page.matches:
        one = decode(match.content)
        if isinstance(one, r4.Encounter) and one.status not in {"cancelled", "entered-in-error"}:
            return one, match.version
    return None


def _patient(one: r4.Appointment) -> r4.Reference | None:
    return next((p.actor for p in one.participant or [] if target(p.actor)[0] == "Patient"), None)


def _book(one: r4.Appointment, to: str, state: str, now: datetime) -> None:
    """The Appointment as it is then; that the patient is here since when stands with them."""
    one.status = _BOOKED[to]  # type: ignore[assignment]  # one of the codes
    for part in one.participant or []:
        if target(part.actor)[0] != "Patient":
            continue
        if to in {"expected", "noshow"}:
            part.period = None
        elif part.period is None or part.period.start is None or state in {"expected", "noshow"}:
            part.period = r4.Period(start=now.isoformat())


def _meet(one: r4.Encounter, asked: Move, now: datetime) -> None:
    """The Encounter as it is then: what it was goes to its history, the room that was left is completed."""
    status = _MET[asked.to]
    if status != one.status:
        began = _began(one)
        past = r4.EncounterStatusHistory(
            status=one.status, period=r4.Period(start=began or None, end=now.isoformat())
        )
        kept = [each for each in one.statusHistory or [] if each.period.end is not None]
        one.statusHistory = [*kept, past]
        one.status = status  # type: ignore[assignment]  # one of the codes
    came = one.period.start if one.period else None
    if asked.to in {"expected", "noshow"}:
        one.period = None
    else:
        end = now.isoformat() if asked.to == "done" else None
        one.period = r4.Period(start=came or now.isoformat(), end=end)
    _place(one, asked, now)


def _began(one: r4.Encounter) -> str:
    """When it came into its present status, as far as it says so."""
    history = one.statusHistory or []
    last = history[-1].period if history else None
    known = last.end or last.start if last else None
    return str(known or (one.period.start if one.period else "") or "")


def _place(one: r4.Encounter, asked: Move, now: datetime) -> None:
    active = [place for place in one.location or [] if place.status == "active"]
    inside = asked.to in {"roomed", "with"}
    if inside and asked.room is None and (active or asked.to == "with"):
        return
    for place in active:
        since = place.period.start if place.period else None
        place.status, place.period = "completed", r4.Period(start=since, end=now.isoformat())
    if inside:
        one.location = [*(one.location or []), _room(asked.room, now)]


def _room(room: r4.Reference | None, now: datetime) -> r4.EncounterLocation:
    where = room or r4.Reference(display="Room")
    return r4.EncounterLocation(
        location=where, status="active", period=r4.Period(start=now.isoformat())
    )


def _begun(one: r4.Appointment, asked: Move, now: datetime) -> r4.Encounter:
    """The Encounter that comes of an appointment; since the patient came, where that is known."""
    came = next(
        (
            p.period.start
            for p in one.participant or []
            if target(p.actor)[0] == "Patient" and p.period
        ),
        None,
    )
    start = str(came or now.isoformat())
    seen = [p.actor for p in one.participant or [] if target(p.actor)[0] == "Practitioner"]
    waited = r4.EncounterStatusHistory(
        status="arrived", period=r4.Period(start=start, end=now.isoformat())
    )
    later = asked.to == "with"
    return r4.Encounter(
        status=_MET[asked.to],  # type: ignore[arg-type]  # one of the codes
        statusHistory=[waited] if later else None,
        class_=_AMBULATORY,
        type=one.serviceType,
        subject=_patient(one),
        appointment=[r4.Reference(reference=f"Appointment/{one.id}")],
        participant=[
            r4.EncounterParticipant(type=[_PERFORMER], individual=actor) for actor in seen if actor
        ]
        or None,
        period=r4.Period(start=start),
        reasonCode=one.reasonCode,
        location=[_room(asked.room, now)] if asked.to == "roomed" else None,
    )
