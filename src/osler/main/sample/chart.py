"""A chart in the making: one patient's resources, added visit by visit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from random import Random

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample.facts import Problem
from osler.main.sample.make import (
    SNOMED,
    ZONE,
    Code,
    at,
    concept,
    identity,
    moment,
    narrative,
    ref,
    terminology,
)
from osler.main.sample.practice import NAME, Practice
from osler.main.sample.roster import Person

CHECK_UP = Code(SNOMED, "162673000", "General examination of patient")
FOLLOW_UP = Code(SNOMED, "390906007", "Follow-up encounter")
WELL_CHILD = Code(SNOMED, "410620009", "Well child visit")
SICK_VISIT = Code(SNOMED, "11429006", "Consultation")
_AMBULATORY = Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "ambulatory")


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter: when it began and who saw the patient."""

    encounter: r4.Encounter
    start: datetime
    clinician: r4.Practitioner

    @property
    def day(self) -> date:
        """The day at the practice."""
        return self.start.date()


@dataclass(slots=True)
class Chart:
    """Everything known of one patient so far. `random` is seeded for this patient alone."""

    number: int
    person: Person
    today: date
    practice: Practice
    patient: r4.Patient
    random: Random
    zone: tzinfo = ZONE
    key: tuple[str, ...] = ()
    """What else makes the ids, where a patient has more than one chart in the making."""
    resources: list[Resource] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def identify(self, kind: str) -> str:
        """The next id for a resource of this kind; the same in every run."""
        self._counts[kind] += 1
        return identity(self.number, *self.key, kind, self._counts[kind])

    @property
    def subject(self) -> r4.Reference:
        """The patient, as other resources refer to them."""
        return ref(self.patient, self.person.name)

    @property
    def born(self) -> date:
        """The day of birth."""
        return date.fromisoformat(self.patient.birthDate or "")

    def weeks_ago(self, weeks: float) -> date:
        """A working day about so many weeks before today."""
        day = self.today - timedelta(days=round(weeks * 7))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def age_on(self, day: date) -> float:
        """In years."""
        return (day - self.born).days / 365.25

    def visit(self, day: date, kind: Code, reason: str, *, minutes: int = 20) -> Visit:
        """Adds an office visit with the patient's usual clinician."""
        start = at(day, self.random.randint(8, 16), self.random.choice((0, 20, 40)), self.zone)
        clinician = self.practice.doctor(self.number, child=self.person.age < 18)
        encounter = r4.Encounter(
            id=self.identify("encounter"),
            text=narrative(f"{reason}, {day}"),
            status="finished",
            class_=_AMBULATORY.coding(),
            type=[concept(kind)],
            subject=self.subject,
            participant=[
                r4.EncounterParticipant(
                    type=[
                        concept(terminology("v3-ParticipationType", "PPRF", "primary performer"))
                    ],
                    individual=ref(clinician, _name(clinician)),
                )
            ],
            period=r4.Period(start=moment(start), end=moment(start + timedelta(minutes=minutes))),
            reasonCode=[concept(text=reason)],
            location=[r4.EncounterLocation(location=ref(self.random.choice(self.practice.rooms)))],
            serviceProvider=ref(self.practice.organization, NAME),
        )
        self.resources.append(encounter)
        return Visit(encounter, start, clinician)

    def problem(
        self,
        problem: Problem,
        visit: Visit,
        *,
        onset: date | None = None,
        resolved: date | None = None,
    ) -> r4.Condition:
        """Adds a diagnosis made at a visit; `resolved` ends it."""
        status = ("resolved", "Resolved") if resolved else ("active", "Active")
        condition = r4.Condition(
            id=self.identify("condition"),
            text=narrative(problem.name),
            clinicalStatus=concept(terminology("condition-clinical", *status)),
            verificationStatus=concept(
                terminology("condition-ver-status", "confirmed", "Confirmed")
            ),
            category=[
                concept(terminology("condition-category", "problem-list-item", "Problem List Item"))
            ],
            code=concept(problem.snomed, problem.icd, text=problem.name),
            subject=self.subject,
            encounter=ref(visit.encounter),
            onsetDateTime=(onset or visit.day).isoformat(),
            abatementDateTime=resolved.isoformat() if resolved else None,
            recordedDate=moment(visit.start),
            recorder=ref(visit.clinician),
        )
        self.resources.append(condition)
        self._link(visit, condition)
        return condition

    @staticmethod
    def _link(visit: Visit, condition: r4.Condition) -> None:
        """The visit names what was diagnosed in it."""
        known = visit.encounter.diagnosis or []
        known.append(r4.EncounterDiagnosis(condition=ref(condition)))
        visit.encounter.diagnosis = known


def _name(practitioner: r4.Practitioner) -> str | None:
    return practitioner.name[0].text if practitioner.name else None
