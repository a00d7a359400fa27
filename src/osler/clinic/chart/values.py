"""What an Observation says: its value, unit, flag and range, as a chart shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from osler.clinic.chart.words import code_of, said
from osler.fhir import r4
from osler.fhir.r4.datatypes import CodeableConcept, Quantity
from osler.fhir.r4.observation import ObservationReferenceRange

LOINC = "http://loinc.org"
CRITICAL = frozenset({"HH", "LL", "AA"})
_FLAGS = ("HH", "LL", "AA", "H", "L", "A", "N")
_ALIKE = {"HU": "HH", "LU": "LL", ">": "H", "<": "L", "POS": "A", "NEG": "N"}
_PRINTED = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "kg/m2": "kg/m²",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "{score}": "",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "1": "",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is read: a number with its unit, or words."""

    number: Decimal | None = None
    text: str = ""
    unit: str = ""
    comparator: str = ""

    def __bool__(self) -> bool:
        return self.number is not None or bool(self.text)


@dataclass(frozen=True, slots=True)
class Range:
    """Where a value is expected: from, to, or in words."""

    low: Decimal | None = None
    high: Decimal | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None or bool(self.text)


def value_of(one: r4.Observation | Quantity | None) -> Value:
    """What was found; false where nothing is recorded."""
    match one:
        case None:
            return Value()
        case Quantity():
            return _measured(one)
        case r4.Observation(valueQuantity=Quantity() as quantity):
            return _measured(quantity)
    text = said(one.valueCodeableConcept) or one.valueString or one.valueDateTime or ""
    if not text and one.valueBoolean is not None:
        text = "yes" if one.valueBoolean else "no"
    if not text and one.valueInteger is not None:
        return Value(number=Decimal(one.valueInteger))
    return Value(text=str(text or said(one.dataAbsentReason)))


def _measured(quantity: Quantity) -> Value:
    unit = quantity.code or quantity.unit or ""
    return Value(
        number=Decimal(str(quantity.value)) if quantity.value is not None else None,
        unit=_PRINTED.get(unit, quantity.unit or unit),
        comparator=str(quantity.comparator or ""),
    )


def flag_of(interpretations: list[CodeableConcept] | None) -> str:
    """The gravest flag: HH LL AA H L A N, or nothing where none is given."""
    codes = {c.code or "" for one in interpretations or [] for c in one.coding or []}
    known = {_ALIKE.get(code, code) for code in codes}
    return next((one for one in _FLAGS if one in known), "")


def range_of(ranges: list[ObservationReferenceRange] | None) -> Range:
    """The first range that is given."""
    for one in ranges or []:
        low = one.low.value if one.low else None
        high = one.high.value if one.high else None
        return Range(_decimal(low), _decimal(high), one.text or "")
    return Range()


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def at_of(one: r4.Observation) -> str:
    """When it was found, as the resource says it."""
    period = one.effectivePeriod.start if one.effectivePeriod else None
    return str(one.effectiveDateTime or period or one.effectiveInstant or one.issued or "")


def instant_of(text: str) -> datetime | None:
    """A FHIR dateTime as a moment, in UTC where it names no zone; None where it is nothing or unclear."""
    padded = f"{text}-01" if len(text) == 7 else f"{text}-01-01" if len(text) == 4 else text
    try:
        found = datetime.fromisoformat(padded)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def test_of(one: r4.Observation) -> str:
    """What makes two observations the same test: the LOINC code, else the words."""
    return code_of(one.code, LOINC) or said(one.code).casefold()
