"""Laboratory results that came in and wait for somebody to look at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from osler.fhir import r4
from osler.main.sample import assays, labs
from osler.main.sample.chart import FOLLOW_UP, Chart, Visit
from osler.main.sample.make import concept, moment, narrative, ref, terminology
from osler.main.sample.practice import NAME
from osler.main.sample.today.tasks import task

Made = Callable[[Chart, Visit], r4.DiagnosticReport]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A panel for somebody with one of these stories (any: everybody), so many minutes before now."""

    stories: tuple[str, ...]
    made: Made
    minutes: int
    priority: str = "routine"


def _a1c(value: float) -> Made:
    return lambda chart, visit: labs.single(chart, visit, assays.A1C, value)


def _kidneys(creatinine: float, potassium: float) -> Made:
    return lambda chart, visit: labs.metabolic(
        chart, visit, creatinine=creatinine, potassium=potassium
    )


def _plain(chart: Chart, visit: Visit) -> r4.DiagnosticReport:
    return labs.metabolic(chart, visit)


def _lipids(value: float) -> Made:
    return lambda chart, visit: labs.lipids(chart, visit, ldl=value)


def _single(test: assays.Test, value: float) -> Made:
    return lambda chart, visit: labs.single(chart, visit, test, value)


def _count(hemoglobin: float, volume: float = 89) -> Made:
    return lambda chart, visit: labs.blood_count(chart, visit, hemoglobin=hemoglobin, volume=volume)


_SICK_KIDNEYS = ("decade", "kidney", "heart", "diabetes", "hypertension")
ARRIVALS: Mapping[int, Sequence[Arrival]] = {  # by clinician
    0: (
        Arrival(_SICK_KIDNEYS, _kidneys(2.3, 6.6), 25, "stat"),
        Arrival(("diabetes",), _a1c(7.0), 130, "urgent"),
        Arrival(("thyroid", "warfarin", "hypertension"), _single(assays.TSH, 2.2), 190),
        Arrival((), _lipids(146), 65),
        Arrival((), _count(13.4), 1480),
    ),
    1: (
        Arrival(("diabetes", "decade"), _a1c(7.1), 40),
        Arrival(("anemia", "well"), _count(10.8, 76), 95, "urgent"),
        Arrival(_SICK_KIDNEYS, _kidneys(1.5, 4.9), 170),
        Arrival((), _lipids(98), 1500),
    ),
    2: (
        Arrival(("child",), _count(11.4, 78), 55, "urgent"),
        Arrival(("child",), _lipids(88), 210),
    ),
    3: (
        Arrival(("thyroid",), _single(assays.TSH, 7.9), 75, "urgent"),
        Arrival((), _plain, 150),
        Arrival(("diabetes",), _a1c(6.8), 1440),
    ),
    5: (Arrival((), _plain, 110), Arrival((), _lipids(121), 240)),
}


def arrive(
    chart: Chart, arrival: Arrival, clinician: r4.Practitioner, opened: datetime, *, open_: bool
) -> None:
    """Adds the draw, the report and the Task of who is to review it; done unless `open_`."""
    issued = opened - timedelta(minutes=arrival.minutes)
    drawn = issued - timedelta(days=1)
    visit = Visit(_draw(chart, clinician, drawn), drawn, clinician)
    report = arrival.made(chart, visit)
    laboratory = chart.practice.laboratory
    made = task(
        (*chart.key, chart.number),
        "review-result",
        f"{report.code.text}",
        patient=chart.subject,
        owner=ref(clinician, clinician.name[0].text if clinician.name else None),
        requester=ref(laboratory, laboratory.name),
        at=issued,
        due=issued + timedelta(hours=1 if arrival.priority == "stat" else 48),
        focus=report,
        priority=arrival.priority,
    )
    if not open_:
        made.status = "completed"
        made.lastModified = moment(issued + timedelta(hours=5))
    chart.resources.append(made)


def _draw(chart: Chart, clinician: r4.Practitioner, at: datetime) -> r4.Encounter:
    encounter = r4.Encounter(
        id=chart.identify("encounter"),
        text=narrative("Blood draw"),
        status="finished",
        class_=terminology("v3-ActCode", "AMB", "ambulatory").coding(),
        type=[concept(FOLLOW_UP, text="Laboratory visit")],
        subject=chart.subject,
        period=r4.Period(start=moment(at), end=moment(at + timedelta(minutes=10))),
        participant=[r4.EncounterParticipant(individual=ref(clinician))],
        reasonCode=[concept(text="Blood draw")],
        serviceProvider=ref(chart.practice.organization, NAME),
    )
    chart.resources.append(encounter)
    return encounter
