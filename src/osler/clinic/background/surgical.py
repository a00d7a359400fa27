"""Operations that a person has had, and stays in hospitals, each as exact as it is known."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import categorized, display, said
from osler.clinic.lists.items import Chart, Item, concept, notes
from osler.clinic.problems.listing import when
from osler.fhir import r4

SNOMED = "http://snomed.info/sct"
SURGICAL = "387713003"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
STAY_NOTE = "urn:osler:stay|note"


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the surgical history; `devices` are what was implanted in it."""

    id: str
    name: str
    date: str
    place: str
    outcome: str
    note: str
    coded: bool
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a hospital."""

    id: str
    hospital: str
    start: str
    end: str
    reason: str
    disposition: str
    note: str


def category() -> r4.CodeableConcept:
    """That a procedure is an operation (SNOMED CT 387713003, as FHIR's own procedure categories have it)."""
    return concept(SNOMED, SURGICAL, "Surgical procedure")


def surgical(one: r4.Procedure) -> bool:
    """Whether a procedure is an operation."""
    return one.category is not None and categorized([one.category], SURGICAL)


def read_operations(chart: Chart, most: int) -> list[Operation]:
    """Operations, newest first; one search."""
    items = chart.items(
        r4.Procedure, most, ("category", f"{SNOMED}|{SURGICAL}"), ("_sort", "-date")
    )
    return [operation(one) for one in standing(items)]


def operation(item: Item[r4.Procedure]) -> Operation:
    """One as the list shows it."""
    one = item.resource
    used = [display(d.manipulated) for d in one.focalDevice or []]
    return Operation(
        id=item.id,
        name=said(one.code),
        date=when(
            one.performedDateTime, one.performedAge, one.performedString, one.performedPeriod
        ),
        place=display(one.location),
        outcome=said(one.outcome),
        note=notes(one),
        coded=bool(one.code and one.code.coding),
        devices=tuple(filter(None, used)),
    )


def read_stays(chart: Chart, most: int) -> list[Stay]:
    """Stays in hospitals, newest first; one search."""
    items = chart.items(r4.Encounter, most, ("class", f"{ACT}|IMP"), ("_sort", "-date"))
    return [stay(one) for one in standing(items)]


def stay(item: Item[r4.Encounter]) -> Stay:
    """One as the list shows it."""
    one = item.resource
    left = one.hospitalization.dischargeDisposition if one.hospitalization else None
    return Stay(
        id=item.id,
        hospital=display(one.serviceProvider),
        start=str(one.period.start or "") if one.period else "",
        end=str(one.period.end or "") if one.period else "",
        reason="; ".join(filter(None, map(said, one.reasonCode or []))),
        disposition=said(left),
        note=next((e.valueString or "" for e in one.extension or [] if e.url == STAY_NOTE), ""),
    )


def inpatient(one: r4.Encounter) -> bool:
    """Whether a visit is a stay in a hospital."""
    return one.class_.code == "IMP"


def blank_stay(chart: Chart) -> r4.Encounter:
    """A stay to fill in."""
    kind = r4.Coding(system=ACT, code="IMP", display="inpatient encounter")
    return r4.Encounter(status="finished", class_=kind, subject=chart.subject)
