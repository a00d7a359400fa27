"""A vital-sign Observation, whoever wrote it, as what was measured, when, by whom and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from osler.clinic.relations import birth_date
from osler.clinic.vitals.bounds import written
from osler.clinic.vitals.childhood import STAGES, TEEN_STAGES
from osler.clinic.vitals.parsing import Measure, Pressure
from osler.clinic.vitals.ranges import Flag, Sex, expected, years
from osler.clinic.vitals.signs import (
    DIASTOLIC,
    LOINC,
    SYSTOLIC,
    Sign,
    Units,
    printed,
    sign_of,
)
from osler.fhir import r4
from osler.fhir.ucum import comparable
from osler.kit.words import N_

POSITION = "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition"
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
_RANK = {"": 0, "N": 1, "L": 2, "H": 2, "LL": 3, "HH": 3}
_FLAGS: dict[str, Flag] = {"N": "N", "L": "L", "H": "H", "LL": "LL", "HH": "HH"}
_SAID = frozenset({*STAGES.values(), *TEEN_STAGES.values()})
FLAG_WORDS = {
    "L": N_("Low"),
    "H": N_("High"),
    "LL": N_("Critically low"),
    "HH": N_("Critically high"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """What ranges depend on: the day of birth, and the sex recorded at birth, else the administrative one.

    `height` in cm is a child's of the time of the measurement, where it is known: pressures depend on it.
    """

    born: date | None = None
    sex: Sex = ""
    height: Decimal | None = None

    def age(self, at: datetime | date) -> Decimal | None:
        """Age in years then."""
        day = at.date() if isinstance(at, datetime) else at
        return None if self.born is None else years(self.born, day)


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is read: "138/84" "mmHg"; `flag` as beside a result, `number` for a chart."""

    text: str
    unit: str
    flag: Flag = ""
    number: float | None = None

    def __str__(self) -> str:
        return f"{self.text} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement. Without a measure or a pressure it was not done, and `absent` says why."""

    id: str
    version: int
    sign: Sign
    at: datetime
    measure: Measure | None
    pressure: Pressure | None
    flag: Flag
    absent: str
    details: tuple[str, ...]
    home: bool
    by: str
    encounter: str

    def shown(self, units: Units) -> Shown:
        """The value in the reader's units."""
        if self.pressure is not None:
            text = f"{written(self.pressure.systolic)}/{written(self.pressure.diastolic)}"
            return Shown(text, "mmHg", self.flag, float(self.pressure.systolic))
        if self.measure is None:
            return Shown("", "")
        return _shown(self.measure, self.sign, units, self.flag)


def person(patient: r4.Patient) -> Person:
    """What ranges depend on, of a patient."""
    born = next((one for one in patient.extension or [] if one.url == BIRTH_SEX), None)
    code = born.valueCode if born is not None else None
    sex: Sex = ""
    match code or patient.gender:
        case "M" | "male":
            sex = "male"
        case "F" | "female":
            sex = "female"
    return Person(birth_date(patient), sex)


def read(observation: r4.Observation, who: Person, version: int = 0) -> Reading | None:
    """What an Observation says of a vital sign; None where it is of none, has no time, or was an error."""
    sign, at = sign_of(observation), moment(observation)
    if sign is None or at is None or observation.status in {"entered-in-error", "cancelled"}:
        return None
    pressed = _pressure(observation) if sign.key == "bp" else None
    measured = None if sign.key == "bp" else _measure(observation.valueQuantity, sign)
    absent = observation.dataAbsentReason
    return Reading(
        observation.id or "",
        version,
        sign,
        at,
        measured,
        pressed,
        _flag(observation, sign, measured, pressed, who, at),
        (absent.text or _display(absent)) if absent else "",
        tuple(_details(observation)),
        _home(observation),
        next((one.display for one in observation.performer or [] if one.display), ""),
        (observation.encounter.reference or "") if observation.encounter else "",
    )


def words(observation: r4.Observation, units: Units, who: Person | None = None) -> Shown:
    """The value of a vital-sign Observation as it is read; empty where it has none."""
    found = read(observation, who or Person())
    return found.shown(units) if found else Shown("", "")


def moment(observation: r4.Observation) -> datetime | None:
    """When it was measured; the start of a period, noon UTC of a bare day."""
    period = observation.effectivePeriod
    text = observation.effectiveDateTime or observation.effectiveInstant
    text = text or (period.start if period else None)
    if not text:
        return None
    if len(text) <= 10:
        whole = f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10]
        return datetime.combine(date.fromisoformat(whole), time(12), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def flag_of(
    sign: str, value: Measure | None, pressed: Pressure | None, who: Person, at: datetime
) -> Flag:
    """How a measurement stands to what is expected at that age."""
    age = who.age(at)
    if pressed is not None:
        pairs = [("sys", pressed.systolic), ("dia", pressed.diastolic)]
    elif value is not None and sign != "bp":
        pairs = [(sign, value.to(_METRIC.get(sign, value.unit)))]
    else:
        return ""
    found = [
        (range, one) for key, one in pairs if (range := expected(key, age, who.sex, who.height))
    ]
    return max((range.flag(one) for range, one in found), key=lambda one: _RANK[one], default="")


_METRIC = {"temp": "Cel"}


def _shown(value: Measure, sign: Sign, units: Units, flag: Flag) -> Shown:
    unit = sign.unit(units)
    number = value.to(unit)
    as_number = float(round(number, 2))
    if unit == "[in_i]" and number >= 48 and sign.key == "height":
        whole = round(number * 2) / Decimal(2)
        feet, inches = divmod(whole, 12)
        return Shown(f"{feet} ft {written(inches)} in", "", flag, as_number)
    if unit == "[lb_av]" and number < 22:
        ounces = round(number * 16)
        return Shown(f"{ounces // 16} lb {ounces % 16} oz", "", flag, as_number)
    places = 2 if unit == "kg" and number < 10 else sign.decimals
    return Shown(written(round(number, places)), printed(unit), flag, as_number)


def _measure(quantity: r4.Quantity | None, sign: Sign) -> Measure | None:
    """A quantity in UCUM; one that only has a printed unit is taken for the sign's own unit where it says so."""
    if quantity is None or quantity.value is None:
        return None
    unit = quantity.code or ""
    if not unit and quantity.unit in {sign.metric, printed(sign.metric)}:
        unit = sign.metric
    return Measure(quantity.value, unit) if comparable(unit, sign.metric) else None


def _pressure(observation: r4.Observation) -> Pressure | None:
    found: dict[str, Decimal] = {}
    for part in observation.component or []:
        for coding in part.code.coding or []:
            if (
                coding.system == LOINC
                and part.valueQuantity
                and part.valueQuantity.value is not None
            ):
                found[coding.code or ""] = part.valueQuantity.value
    if SYSTOLIC not in found or DIASTOLIC not in found:
        return None
    return Pressure(found[SYSTOLIC], found[DIASTOLIC])


def _flag(
    observation: r4.Observation,
    sign: Sign,
    measured: Measure | None,
    pressed: Pressure | None,
    who: Person,
    at: datetime,
) -> Flag:
    """What was recorded with it, else what the age's range says."""
    for concept in observation.interpretation or []:
        for coding in concept.coding or []:
            if coding.code in _FLAGS:
                return _FLAGS[coding.code]
    return flag_of(sign.key, measured, pressed, who, at)


def _details(observation: r4.Observation) -> list[str]:
    """Position, site, method and what was measured beside: in words."""
    said = [
        extension.valueCodeableConcept.text or _display(extension.valueCodeableConcept)
        for extension in observation.extension or []
        if extension.url == POSITION and extension.valueCodeableConcept
    ]
    said += [one.text for one in observation.interpretation or [] if one.text in _SAID]
    said += [one.text or _display(one) for one in (observation.bodySite, observation.method) if one]
    for part in observation.component or []:
        codes = {coding.code for coding in part.code.coding or []}
        if codes & {SYSTOLIC, DIASTOLIC}:
            continue
        if part.valueCodeableConcept:
            said.append(part.valueCodeableConcept.text or _display(part.valueCodeableConcept))
        elif part.valueQuantity and part.valueQuantity.value is not None:
            amount = f"{written(part.valueQuantity.value)} {part.valueQuantity.unit or ''}"
            said.append(f"{part.code.text or ''} {amount}".strip())
    said += [one.text for one in observation.note or [] if one.text]
    return [one for one in said if one]


def _display(concept: r4.CodeableConcept) -> str:
    return next((one.display for one in concept.coding or [] if one.display), "")


def _home(observation: r4.Observation) -> bool:
    """Whether it was measured by the patient or their own device."""
    by = [
        (one.reference or one.type or "").partition("/")[0] for one in observation.performer or []
    ]
    if any(one in {"Patient", "RelatedPerson"} for one in by):
        return True
    return observation.device is not None and not by
