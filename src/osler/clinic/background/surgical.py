"""Operations that a person has had, and stays in hospitals, each as exact as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from osler.clinic.chart.words import categorized, display, said, target
from osler.clinic.devices import implanted
from osler.clinic.lists.items import Chart, Item, concept, remarks
from osler.clinic.lists.mistakes import held
from osler.clinic.problems.listing import when
from osler.fhir import r4
from osler.kit.words import N_

SNOMED = "http://snomed.info/sct"
SURGICAL = "387713003"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
STAY_NOTE = "urn:osler:stay|note"
_INPATIENT = ("IMP", "ACUTE", "NONAC")
STATUSES = {
    "planned": N_("Planned"),
    "arrived": N_("Admitted"),
    "triaged": N_("Admitted"),
    "in-progress": N_("In hospital now"),
    "onleave": N_("On leave"),
    "unknown": N_("Status unknown"),
}
"""What is said of a stay that is not over."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the surgical history; `devices` are what was implanted in it."""

    id: str
    name: str
    status: str
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
    status: str
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


def read_operations(chart: Chart, most: int) -> tuple[list[Operation], bool]:
    """Operations, newest first, and whether there are older ones; two searches."""
    wanted = ("category", f"{SNOMED}|{SURGICAL}")
    items, more = held(chart, r4.Procedure, most, wanted)
    named = _standing_devices(chart, items)
    return [operation(one, named) for one in items], more


def _standing_devices(chart: Chart, items: list[Item[r4.Procedure]]) -> Mapping[str, str] | None:
    """What was implanted in operations, by id, without what was entered in error; None where nobody may look."""
    used = {target(d.manipulated)[1] for one in items for d in one.resource.focalDevice or []}
    if not used or not chart.may_search("Device"):
        return None
    pairs = ("_id", ",".join(sorted(used))), ("_sort", "-_lastUpdated")
    found, _more = held(chart, r4.Device, len(used), *pairs)
    return {one.id: implanted.name(one.resource) for one in found}


def operation(item: Item[r4.Procedure], named: Mapping[str, str] | None = None) -> Operation:
    """One as the list shows it; `named` are the devices that are none by mistake."""
    one = item.resource
    parts = [d.manipulated for d in one.focalDevice or []]
    used = [display(part) if named is None else named.get(target(part)[1], "") for part in parts]
    return Operation(
        id=item.id,
        name=said(one.code),
        status=str(one.status or ""),
        date=when(
            one.performedDateTime, one.performedAge, one.performedString, one.performedPeriod
        ),
        place=display(one.location),
        outcome=said(one.outcome),
        note=remarks(one),
        coded=bool(one.code and one.code.coding),
        devices=tuple(filter(None, used)),
    )


def read_stays(chart: Chart, most: int) -> tuple[list[Stay], bool]:
    """Stays in hospitals, newest first, and whether there are older ones; one search."""
    wanted = ",".join(f"{ACT}|{code}" for code in _INPATIENT)
    items, more = held(chart, r4.Encounter, most, ("class", wanted))
    return [stay(one) for one in items if one.resource.status != "cancelled"], more


def stay(item: Item[r4.Encounter]) -> Stay:
    """One as the list shows it."""
    one = item.resource
    left = one.hospitalization.dischargeDisposition if one.hospitalization else None
    return Stay(
        id=item.id,
        hospital=display(one.serviceProvider),
        status=str(one.status or ""),
        start=str(one.period.start or "") if one.period else "",
        end=str(one.period.end or "") if one.period else "",
        reason="; ".join(filter(None, map(said, one.reasonCode or []))),
        disposition=said(left),
        note=next((e.valueString or "" for e in one.extension or [] if e.url == STAY_NOTE), ""),
    )


def inpatient(one: r4.Encounter) -> bool:
    """Whether a visit is a stay in a hospital."""
    return one.class_.code in _INPATIENT


def blank_stay(chart: Chart) -> r4.Encounter:
    """A stay to fill in."""
    kind = r4.Coding(system=ACT, code="IMP", display="inpatient encounter")
    return r4.Encounter(status="finished", class_=kind, subject=chart.subject)
