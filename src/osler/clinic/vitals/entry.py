"""One rooming of a patient, written as Observations in one transaction; and a reading taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from osler.access import Principal
from osler.clinic.vitals import codes, derived
from osler.clinic.vitals.observing import About, observation, panel, quantity
from osler.clinic.vitals.parsing import Measure, Pressure
from osler.clinic.vitals.reading import Person
from osler.clinic.vitals.signs import SIGNS, category, concept
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Record, Update
from osler.search.parse import parse

GESTATION = "76516-4"


@dataclass(frozen=True, slots=True)
class Taken:
    """One sign: what was measured, or (`absent`, a key of `codes.ABSENT`) why not, and how."""

    key: str
    value: Measure | Pressure | None
    absent: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    flow: Measure | None = None


@dataclass(frozen=True, slots=True)
class Taking:
    """What was measured at one time. `patient` and `encounter` are logical ids, `performer` a reference.

    `height` is an earlier height (with the reference of its Observation) for the BMI, where none was measured now;
    `child_height` one that is good enough for a child's pressures.
    """

    patient: str
    at: datetime
    taken: tuple[Taken, ...]
    encounter: str = ""
    performer: str = ""
    performer_name: str = ""
    height: tuple[Measure, str] | None = None
    child_height: Measure | None = None
    note: str = ""
    lmp: date | None = None
    pregnancy: str = ""
    gestation: int | None = None


def save(record: Record, principal: Principal, taking: Taking, who: Person) -> list[str]:
    """Write all of it or nothing; the logical ids of what was written. Raises Invalid where nothing was given."""
    ops = observations(taking, who)
    if not ops:
        raise Invalid("Nothing was measured. Enter a value, or say why one was not taken.")
    outcomes = record.commit(principal, ops)
    return [one.version.id for one in outcomes if one.version is not None]


def observations(taking: Taking, who: Person) -> list[Create]:
    """The Observations of a rooming, each under a name that the others can refer to."""
    tall = _height(taking)
    who = who if tall is None else replace(who, height=tall)
    about = About(
        taking.patient, taking.at, taking.encounter, taking.performer, taking.performer_name, who
    )
    made: list[tuple[str, r4.Observation]] = []
    first: dict[str, tuple[Measure, str]] = {}
    for one in taking.taken:
        url = f"urn:uuid:{uuid7()}"
        if one.absent:
            made.append((url, _not_done(about, one)))
        elif isinstance(one.value, Pressure):
            made.append((url, panel(about, one.value, one.details)))
        elif one.value is not None:
            made.append((url, observation(about, one.key, one.value, one.details, one.flow)))
            first.setdefault(one.key, (one.value, url))
    if taking.height and "height" not in first:
        first["height"] = taking.height
    made += [(f"urn:uuid:{uuid7()}", one) for one in derived.of(about, first)]
    made += [(f"urn:uuid:{uuid7()}", one) for one in _asked(about, taking)]
    if taking.note and made:
        note = [r4.Annotation(text=taking.note, time=clock.now().isoformat())]
        made[0][1].note = note
    return [Create(resource, full_url=url, source="typed") for url, resource in made]


def _height(taking: Taking) -> Decimal | None:
    """The height in cm that holds now: just measured, else the one that was given with it."""
    now = (
        one.value for one in taking.taken if one.key == "height" and isinstance(one.value, Measure)
    )
    found = next(now, None) or taking.child_height
    return None if found is None else found.to("cm")


def take_back(
    record: Record, principal: Principal, patient: str, id: str, version: int, reason: str
) -> list[str]:
    """Mark a reading as entered in error with the reason, and what was computed from it; their ids."""
    if not reason.strip():
        raise Invalid("Say why the reading was an error.")
    found = decode(record.read(principal, "Observation", id).content)
    assert isinstance(found, r4.Observation), "an Observation is asked for"
    subject = found.subject.reference if found.subject else None
    if subject != f"Patient/{patient}":
        raise Invalid("This reading is another patient's. Open it from the patient's own chart.")
    pairs = [
        ("patient", f"Patient/{patient}"),
        ("derived-from", f"Observation/{id}"),
        ("_count", "20"),
    ]
    page = record.search(principal, parse("Observation", pairs, record.registry))
    computed = [decode(one.content) for one in page.matches]
    ops = [Update(_wrong(found, reason), if_match=version, source="typed")]
    ops += [
        Update(_wrong(one, reason), source="typed")
        for one in computed
        if isinstance(one, r4.Observation) and one.status != "entered-in-error"
    ]
    outcomes = record.commit(principal, ops)
    return [one.version.id for one in outcomes if one.version is not None]


def _wrong(found: r4.Observation, reason: str) -> r4.Observation:
    found.status = "entered-in-error"
    said = r4.Annotation(text=reason.strip(), time=clock.now().isoformat())
    found.note = [*(found.note or []), said]
    return found


def _not_done(about: About, one: Taken) -> r4.Observation:
    made = about.started(SIGNS[one.key])
    made.dataAbsentReason = codes.absent(one.absent)
    return made


def _asked(about: About, taking: Taking) -> list[r4.Observation]:
    """What was asked, not measured: last period, pregnancy, weeks at birth."""
    made = []
    if taking.lmp:
        made.append(
            about.of(
                concept("8665-2", "Last menstrual period start date"), category("social-history")
            )
        )
        made[-1].valueDateTime = taking.lmp.isoformat()
    if taking.pregnancy:
        made.append(about.of(concept("82810-3", "Pregnancy status"), category("social-history")))
        made[-1].valueCodeableConcept = codes.pregnancy(taking.pregnancy)
    if taking.gestation:
        made.append(about.of(concept(GESTATION, "Gestational age--at birth"), category("exam")))
        made[-1].valueQuantity = quantity(Measure(Decimal(taking.gestation), "d"))
    return made
