"""The day's appointments, and a few of the days around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from osler.fhir import r4
from osler.main.sample.make import concept, identity, moment, narrative, ref, terminology
from osler.main.sample.practice import Practice
from osler.main.sample.roster import PATIENTS

_REASONS = ("Blood pressure check", "Diabetes follow-up", "Cough", "Annual check-up", "Back pain")
_SLOTS = ((8, 30), (9, 0), (9, 40), (10, 20), (11, 0), (13, 20), (14, 0), (15, 0), (16, 20))
_MINUTES = 20


def appointments(
    today: date, now: datetime, practice: Practice, patients: list[r4.Patient], random: Random
) -> Iterator[r4.Appointment]:
    """Appointments of today (those before `now` have been kept) and of the next working days."""
    for day in _days(today):
        chosen = random.sample(range(len(patients)), len(_SLOTS))
        for number, slot in zip(chosen, _SLOTS, strict=True):
            yield _appointment(day, slot, now, number, practice, patients[number], random)


def _days(today: date) -> list[date]:
    """Today, even on a weekend (a demonstration needs it), and the next two working days."""
    after = (today + timedelta(days=n) for n in range(1, 6))
    return [today, *[day for day in after if day.weekday() < 5][:2]]


def _appointment(
    day: date,
    slot: tuple[int, int],
    now: datetime,
    number: int,
    practice: Practice,
    patient: r4.Patient,
    random: Random,
) -> r4.Appointment:
    start = datetime(day.year, day.month, day.day, *slot, tzinfo=now.tzinfo)
    person = PATIENTS[number]
    reason = "Well child visit" if person.age < 18 else random.choice(_REASONS)
    doctor = practice.doctor(number, child=person.age < 18)
    room = random.choice(practice.rooms)
    return r4.Appointment(
        id=identity("appointment", day, *slot),
        text=narrative(f"{person.name}, {reason}, {moment(start)}"),
        status=_status(start, now, random),
        appointmentType=concept(
            terminology("v2-0276", "FOLLOWUP", "A follow up visit from a previous appointment")
        ),
        reasonCode=[concept(text=reason)],
        description=reason,
        start=moment(start),
        end=moment(start + timedelta(minutes=_MINUTES)),
        minutesDuration=_MINUTES,
        created=moment(now - timedelta(days=7)),
        participant=[
            _participant(ref(patient, person.name)),
            _participant(ref(doctor)),
            _participant(ref(room, room.name)),
        ],
    )


def _status(
    start: datetime, now: datetime, random: Random
) -> Literal["fulfilled", "arrived", "booked"]:
    if start + timedelta(minutes=_MINUTES) < now:
        return "fulfilled"
    soon = start - now < timedelta(minutes=30)
    return "arrived" if soon and random.random() < 0.5 else "booked"


def _participant(actor: r4.Reference) -> r4.AppointmentParticipant:
    return r4.AppointmentParticipant(actor=actor, status="accepted")
