"""The whole sample practice: the same people and numbers for the same seed and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from random import Random

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample import facts, labs, people, practice, vitals
from osler.main.sample.background import surround
from osler.main.sample.cast import PATIENTS
from osler.main.sample.chart import CHECK_UP, Chart, Visit
from osler.main.sample.make import ZONE, Code
from osler.main.sample.practice import Practice
from osler.main.sample.stories import STORIES
from osler.main.sample.today import around
from osler.main.sample.treatments import ALLERGENS, allergy, vaccinate

_ALLERGIC = 0.4  # of the patients
_SMOKING = (vitals.NEVER_SMOKED, vitals.FORMER_SMOKER, vitals.SMOKER)


def generate(now: datetime, *, seed: int = 1) -> Iterator[Resource]:
    """Organizations, staff, a few dozen patients with their charts, and the day's appointments.

    `now` (with the practice's time zone) is the moment at which the charts end.
    """
    today = now.date()
    place = practice.build()
    yield from place.resources()
    known: list[r4.Patient] = []
    for chart in charts(today, place, seed=seed, zone=now.tzinfo or ZONE):
        known.append(chart.patient)
        yield chart.patient
        yield from chart.resources
    yield from around(now, {today: now}, place, known, seed=seed)


def patients(today: date, place: Practice, *, seed: int = 1) -> list[r4.Patient]:
    """The patients alone, as `charts` begins with them."""
    return [
        people.patient(number, person, today, place, _random(seed, number))
        for number, person in enumerate(PATIENTS)
    ]


def charts(today: date, place: Practice, *, seed: int = 1, zone: tzinfo = ZONE) -> Iterator[Chart]:
    """One finished chart for each person of the roster."""
    for number, person in enumerate(PATIENTS):
        random = _random(seed, number)
        patient = people.patient(number, person, today, place, random)
        end = today - people.DIED - timedelta(days=3) if "deceased" in person.marks else today
        chart = Chart(number, person, end, place, patient, random, zone)
        chart.resources.append(people.coverage(number, patient, today, place, random))
        for story in person.stories:
            STORIES[story](chart)
        if person.age >= 18 and "new" not in person.marks:
            _check_ups(chart)
        elif chart.resources:
            _first_questions(chart)
        surround(chart)
        yield chart


def _check_ups(chart: Chart) -> None:
    """A yearly check-up with vaccines and a few tests, for adults."""
    height, weight = vitals.frame(chart)
    smoker = chart.random.choices(_SMOKING, (70, 20, 10))[0]
    for weeks in (144, 92, 40):
        visit = chart.visit(chart.weeks_ago(weeks), CHECK_UP, "Annual check-up", minutes=40)
        vitals.body(chart, visit, height, chart.random.gauss(weight, 1))
        vitals.usual(chart, visit)
        vitals.smoking(chart, visit, smoker)
        if "hypertension" not in chart.person.stories:
            upper = round(chart.random.gauss(118 + chart.person.age / 8, 5))
            vitals.blood_pressure(chart, visit, upper, round(upper * 0.62))
        if weeks == 144:
            _allergies(chart, visit)
        if weeks == 92 and "diabetes" not in chart.person.stories:
            labs.lipids(chart, visit, ldl=chart.random.gauss(112, 18))
        for vaccine in _due(chart, weeks):
            vaccinate(chart, vaccine, visit.day, visit)


def _due(chart: Chart, weeks: int) -> list[Code]:
    due = [facts.INFLUENZA]
    age = chart.age_on(chart.weeks_ago(weeks))
    if weeks == 40:
        due.append(facts.COVID)
    if weeks == 144:
        due.append(facts.TDAP)
        if age >= 50:
            due.append(facts.ZOSTER)
    if weeks == 92 and age >= 65:
        due.append(facts.PNEUMOCOCCAL)
    return due


def _first_questions(chart: Chart) -> None:
    """Allergies of a child, asked at the first visit on the chart."""
    for resource in chart.resources:
        if isinstance(resource, r4.Encounter) and resource.period and resource.period.start:
            start = datetime.fromisoformat(resource.period.start)
            doctor = chart.practice.doctor(chart.number, child=True)
            _allergies(chart, Visit(resource, start, doctor))
            return


def _allergies(chart: Chart, visit: Visit) -> None:
    if "anaphylaxis" in chart.person.marks:
        return
    if chart.random.random() < _ALLERGIC:
        allergy(chart, visit, chart.random.choice(ALLERGENS))
    else:
        allergy(chart, visit, None)


def _random(*parts: object) -> Random:
    """Numbers of its own for each part, so that a change in one chart leaves the others alone."""
    return Random("/".join(str(part) for part in parts))  # noqa: S311 - made-up charts, no secrets
