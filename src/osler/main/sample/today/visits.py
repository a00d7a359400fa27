"""One appointment as it stands at this moment, and the visit that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample import vitals
from osler.main.sample.chart import CHECK_UP, WELL_CHILD, Chart, Visit
from osler.main.sample.chart import FOLLOW_UP as FOLLOWED
from osler.main.sample.make import concept, identity, moment, narrative, ref, terminology
from osler.main.sample.notes import Soap, compose
from osler.main.sample.practice import NAME, Practice
from osler.main.sample.roster import Person
from osler.main.sample.today import reasons
from osler.main.sample.today.reasons import Reason, reason_of
from osler.main.sample.today.slots import RESIDENT, TEACHER, Slot

Stage = Literal["booked", "arrived", "roomed", "over", "no-show", "cancelled"]
_EARLY = timedelta(minutes=12)  # who has an appointment comes so much before it
_ROOMED = timedelta(minutes=2)
_MEASURED = timedelta(minutes=6)
_SIGNED = timedelta(minutes=25)  # after the visit
_MISSED = timedelta(minutes=30)
_UNSIGNED = {(0, 2), (0, 3), (1, 1), (1, 3), (2, 2), (3, 1), (3, 3)}
"""Notes of (clinician, slot) that wait for their signature at the end of the day."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a visit needs to know: the practice, the patient, and what time it is."""

    practice: Practice
    person: Person
    patient: r4.Patient
    born: date
    now: datetime
    recent: bool
    """Whether the day is today or the working day before: older notes have been signed."""


def stage(slot: Slot, now: datetime) -> Stage:
    """How far the visit has come."""
    if slot.kind == "cancelled":
        return "cancelled"
    if slot.kind == "no-show":
        return "no-show" if now > slot.start + _MISSED else "booked"
    if now < slot.start - _EARLY:
        return "booked"
    if now < slot.start + _ROOMED:
        return "arrived"
    return "roomed" if now < slot.end else "over"


def visit(slot: Slot, scene: Scene, chart: Chart) -> Iterator[Resource]:
    """The appointment; once the patient has come the encounter with what was measured and written."""
    reached, why = stage(slot, scene.now), reason_of(scene.person)
    yield _appointment(slot, scene, reached, why)
    if reached not in ("arrived", "roomed", "over"):
        return
    encounter = _encounter(slot, scene, chart, reached, why)
    yield encounter
    clinician = scene.practice.staff[slot.clinician]
    held = Visit(encounter, slot.start, clinician)
    if scene.now >= slot.start + _MEASURED:
        _measure(chart, held)
    if reached == "over" and why.told:
        _write(slot, scene, chart, held, why)
    yield from chart.resources


def _appointment(slot: Slot, scene: Scene, reached: Stage, why: Reason) -> r4.Appointment:
    clinician = scene.practice.staff[slot.clinician]
    room = room_of(slot, scene.practice)
    walk_in = slot.kind == "walk-in"
    kind = reasons.WALK_IN if walk_in else why.type
    made = r4.Appointment(
        id=appointment_id(slot),
        text=narrative(f"{scene.person.name}, {why.text}, {moment(slot.start)}"),
        status=_status(reached),
        serviceType=[concept(kind)],
        appointmentType=concept(
            terminology("v2-0276", "WALKIN", "A previously unscheduled walk-in visit")
            if walk_in
            else terminology("v2-0276", "FOLLOWUP", "A follow up visit from a previous appointment")
            if kind is reasons.FOLLOW_UP
            else terminology("v2-0276", "ROUTINE", "Routine appointment"),
            text=kind.display,
        ),
        reasonCode=[concept(text=why.text)],
        description=why.text,
        start=moment(slot.start),
        end=moment(slot.end),
        minutesDuration=slot.minutes,
        created=moment(slot.start - (_EARLY if walk_in else timedelta(days=9, hours=2))),
        participant=[
            _participant(ref(scene.patient, scene.person.name)),
            _participant(ref(clinician, _name(clinician))),
            _participant(ref(room, room.name)),
        ],
    )
    if reached == "cancelled":
        made.cancelationReason = concept(
            terminology("appointment-cancellation-reason", "pat", "Patient")
        )
    return made


def appointment_id(slot: Slot) -> str:
    """The same however far the visit has come."""
    return identity("appointment", slot.start.date(), slot.clinician, slot.index)


def room_of(slot: Slot, practice: Practice) -> r4.Location:
    """The clinician's two rooms in turn."""
    return practice.rooms_of(slot.clinician)[slot.index % 2]


def _status(
    reached: Stage,
) -> Literal["booked", "arrived", "checked-in", "fulfilled", "noshow", "cancelled"]:
    match reached:
        case "booked" | "arrived" | "cancelled":
            return reached
        case "roomed":
            return "checked-in"
        case "over":
            return "fulfilled"
        case "no-show":
            return "noshow"


def _encounter(slot: Slot, scene: Scene, chart: Chart, reached: Stage, why: Reason) -> r4.Encounter:
    came = slot.start - _EARLY
    roomed = slot.start + _ROOMED
    done = slot.end
    clinician = scene.practice.staff[slot.clinician]
    child = scene.person.age < 18
    kind = WELL_CHILD if child else CHECK_UP if why.type is reasons.PHYSICAL else FOLLOWED
    return r4.Encounter(
        id=chart.identify("encounter"),
        text=narrative(f"{why.text}, {slot.start.date()}"),
        status=("arrived" if reached == "arrived" else "in-progress")
        if reached != "over"
        else "finished",
        statusHistory=_history(reached, came, roomed),
        class_=terminology("v3-ActCode", "AMB", "ambulatory").coding(),
        type=[concept(kind, text=why.type.display)],
        subject=chart.subject,
        appointment=[r4.Reference(reference=f"Appointment/{appointment_id(slot)}")],
        participant=_participants(scene.practice, slot, clinician),
        period=r4.Period(start=moment(came), end=moment(done) if reached == "over" else None),
        reasonCode=[concept(text=why.text)],
        location=_places(slot, scene.practice, reached, roomed, done),
        serviceProvider=ref(scene.practice.organization, NAME),
    )


def _history(
    reached: Stage, came: datetime, roomed: datetime
) -> list[r4.EncounterStatusHistory] | None:
    if reached == "arrived":
        return None
    waited = r4.EncounterStatusHistory(
        status="arrived", period=r4.Period(start=moment(came), end=moment(roomed))
    )
    return [waited]


def _places(
    slot: Slot, practice: Practice, reached: Stage, roomed: datetime, done: datetime
) -> list[r4.EncounterLocation] | None:
    if reached == "arrived":
        return None
    room = room_of(slot, practice)
    over = reached == "over"
    return [
        r4.EncounterLocation(
            location=ref(room, room.name),
            status="completed" if over else "active",
            period=r4.Period(start=moment(roomed), end=moment(done) if over else None),
        )
    ]


def _participants(
    practice: Practice, slot: Slot, clinician: r4.Practitioner
) -> list[r4.EncounterParticipant]:
    def one(code: str, display: str, who: r4.Practitioner) -> r4.EncounterParticipant:
        return r4.EncounterParticipant(
            type=[concept(terminology("v3-ParticipationType", code, display))],
            individual=ref(who, _name(who)),
        )

    seen = [one("PPRF", "primary performer", clinician)]
    if slot.clinician == RESIDENT:
        seen.append(one("ATND", "attender", practice.staff[TEACHER]))
    return seen


def _measure(chart: Chart, held: Visit) -> None:
    """What is measured when the patient is brought to the room."""
    if chart.person.age >= 3:
        upper = round(chart.random.gauss(112 + min(chart.person.age, 80) / 4, 7))
        vitals.blood_pressure(chart, held, upper, round(upper * 0.45 + 22))
    vitals.usual(chart, held)


def _write(slot: Slot, scene: Scene, chart: Chart, held: Visit, why: Reason) -> None:
    signed = slot.end + _SIGNED
    open_note = scene.recent and (
        slot.clinician == RESIDENT or (slot.clinician, slot.index) in _UNSIGNED
    )
    facts = [one for one in chart.resources if isinstance(one, r4.Observation)]
    soap = Soap(why.told, why.found, why.meaning, why.plan, facts)
    if signed > scene.now or (open_note and slot.clinician != RESIDENT):
        plan = why.plan if slot.index % 2 else ()
        compose(chart, held, Soap(soap.told, soap.found, soap.meaning, plan, facts), signed=None)
        return
    note = compose(chart, held, soap, signed=signed)
    if slot.clinician == RESIDENT:
        chart.resources.append(_cosign(slot, scene, chart, note, signed, done=not open_note))


def _cosign(
    slot: Slot,
    scene: Scene,
    chart: Chart,
    note: r4.Composition,
    signed: datetime,
    *,
    done: bool,
) -> r4.Task:
    resident, teacher = scene.practice.staff[RESIDENT], scene.practice.staff[TEACHER]
    return r4.Task(
        id=chart.identify("cosign"),
        text=narrative(f"Co-sign the note of {scene.person.name}"),
        status="completed" if done else "requested",
        intent="order",
        priority="routine",
        code=r4.CodeableConcept(
            coding=[r4.Coding(system="urn:osler:task", code="cosign-note")], text="Note to co-sign"
        ),
        description=f"Note of {slot.start.date()}: please co-sign",
        focus=ref(note, "Progress note"),
        for_=chart.subject,
        encounter=note.encounter,
        authoredOn=moment(signed),
        lastModified=moment(signed + timedelta(hours=1) if done else signed),
        requester=ref(resident, _name(resident)),
        owner=ref(teacher, _name(teacher)),
    )


def _participant(actor: r4.Reference) -> r4.AppointmentParticipant:
    return r4.AppointmentParticipant(actor=actor, status="accepted")


def _name(practitioner: r4.Practitioner) -> str | None:
    return practitioner.name[0].text if practitioner.name else None
