"""A chart as it stood at an instant: the same lists, made of the versions of that time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from osler.access import Principal
from osler.clinic.chart.allergies import Allergies, allergies_of
from osler.clinic.chart.events import Event, event_of, newest_first
from osler.clinic.chart.persons import Person, person_of
from osler.clinic.chart.results import Results, results_of
from osler.clinic.chart.signs import Signs, signs_of
from osler.clinic.chart.standing import Medication, Problem, medications_of, problems_of
from osler.clinic.chart.values import at_of, instant_of
from osler.clinic.chart.words import categorized
from osler.clinic.vitals.reading import person
from osler.clinic.vitals.signs import Units
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.record import Record, Version
from osler.record.several import Reader

R = TypeVar("R", bound=Resource)
_ROWS, _EVENTS, _READ = 20, 30, 600


@dataclass(frozen=True, slots=True)
class Before:
    """What stood then; `person` is None where the patient was not in the record yet."""

    person: Person | None
    allergies: Allergies
    problems: tuple[Problem, ...]
    medications: tuple[Medication, ...]
    results: Results
    signs: Signs
    events: tuple[Event, ...]
    immunizations: tuple[Event, ...]


def chart_at(
    record: Record, principal: Principal, patient: str, instant: datetime, units: Units
) -> Before:
    """The chart at an instant, as far as the reader may see it."""
    partly = not Reader(record, principal).sees_all("AllergyIntolerance", patient)
    found = _Found(record.as_of_patient(principal, instant, patient))
    people = found.of(r4.Patient)
    conditions = [one for one in found.of(r4.Condition) if _listed(one)]
    labs, signs = _observations(found.of(r4.Observation))
    kinds = (r4.Encounter, r4.DocumentReference, r4.Composition, r4.DiagnosticReport, r4.Procedure)
    return Before(
        person=person_of(people[0]) if people else None,
        allergies=allergies_of(found.of(r4.AllergyIntolerance), partly=partly),
        problems=problems_of(conditions),
        medications=medications_of(
            [*found.of(r4.MedicationRequest), *found.of(r4.MedicationStatement)]
        ),
        results=results_of(labs, (), _ROWS),
        signs=signs_of(signs, units, person(people[0]) if people else None),
        events=_events(one for kind in kinds for one in found.of(kind))[:_EVENTS],
        immunizations=_events(found.of(r4.Immunization)),
    )


class _Found:
    """The versions by type; only what is asked for is decoded, of each type the newest written."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_type: dict[str, list[Version]] = {}
        for one in versions:
            self._by_type.setdefault(one.type, []).append(one)

    def of(self, kind: type[R]) -> list[R]:
        held = sorted(self._by_type.get(kind.__name__, ()), key=lambda v: v.updated, reverse=True)
        read = (decode(one.content) for one in held[:_READ] if not one.deleted)
        return [one for one in read if isinstance(one, kind)]


def _listed(one: r4.Condition) -> bool:
    return one.category is None or categorized(one.category, "problem-list-item")


def _observations(
    found: list[r4.Observation],
) -> tuple[list[r4.Observation], list[r4.Observation]]:
    """Laboratory results and vital signs, newest first."""
    dated = sorted(found, key=_moment, reverse=True)
    labs = [one for one in dated if categorized(one.category, "laboratory")]
    return labs, [one for one in dated if categorized(one.category, "vital-signs")]


def _moment(one: r4.Observation) -> float:
    moment = instant_of(at_of(one))
    return moment.timestamp() if moment else 0.0


def _events(found: Iterable[Resource]) -> tuple[Event, ...]:
    return tuple(newest_first(event for one in found if (event := event_of(one)) is not None))
