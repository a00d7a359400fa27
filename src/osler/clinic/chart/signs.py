"""The newest vital signs with how they went, and blood pressure as one thing of two values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.chart.values import (
    LOINC,
    Value,
    at_of,
    flag_of,
    test_of,
    value_of,
)
from osler.clinic.chart.words import code_of, said
from osler.clinic.vitals.reading import Person, words
from osler.clinic.vitals.signs import Units
from osler.fhir import r4
from osler.fhir.ucum import convert
from osler.kit.words import N_

PRESSURE = "85354-9"
_SYSTOLIC, _DIASTOLIC = "8480-6", "8462-4"
_GONE = frozenset({"entered-in-error", "cancelled"})
SIGNS = {
    "8867-4": N_("Heart rate"),
    "9279-1": N_("Respiratory rate"),
    "59408-5": N_("Oxygen saturation"),
    "2708-6": N_("Oxygen saturation"),
    "8310-5": N_("Temperature"),
    "29463-7": N_("Weight"),
    "8302-2": N_("Height"),
    "39156-5": N_("BMI"),
    "9843-4": N_("Head circumference"),
    "72514-3": N_("Pain"),
}
"""In the order of the card."""
_SAME = {"2708-6": "59408-5"}


@dataclass(frozen=True, slots=True)
class Sign:
    """The newest reading of one sign; `before` are its numbers oldest first, this one last."""

    id: str
    name: str
    value: Value
    flag: str
    at: str
    before: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pressure:
    """One blood pressure."""

    id: str
    systolic: Decimal
    diastolic: Decimal
    at: str
    flag: str
    how: str


@dataclass(frozen=True, slots=True)
class Signs:
    """Blood pressures newest first, the other signs in their order; `at` is the newest reading of all."""

    pressures: tuple[Pressure, ...] = ()
    others: tuple[Sign, ...] = ()
    at: str = ""
    by: str = ""

    def __bool__(self) -> bool:
        return bool(self.pressures or self.others)


def signs_of(found: Sequence[r4.Observation], units: Units, who: Person | None = None) -> Signs:
    """What these readings say, newest first, in the units that the reader prefers.

    A reading that was recorded without a flag is held against what is expected of `who`, as in the flowsheet.
    """
    who = who or Person()
    held = [one for one in found if one.status not in _GONE]
    pressures = [made for one in held if (made := _pressure(one, who)) is not None]
    by_sign: dict[str, list[r4.Observation]] = {}
    for one in held:
        sign = test_of(one)
        if sign in SIGNS and value_of(one):
            by_sign.setdefault(_SAME.get(sign, sign), []).append(one)
    others = [_sign(code, by_sign[code], units, who) for code in SIGNS if code in by_sign]
    newest = held[0] if held else None
    by = newest.performer[0].display if newest and newest.performer else ""
    return Signs(tuple(pressures), tuple(others), at_of(newest) if newest else "", by or "")


def _sign(code: str, series: Sequence[r4.Observation], units: Units, who: Person) -> Sign:
    newest = series[0]
    shown = words(newest, units, who)
    if str(shown):
        value = Value(text=shown.text, unit=shown.unit)
        numbers = [words(one, units).number for one in reversed(series)]
    else:  # Written by somebody who measures it in another way: as it is stored.
        value = value_of(newest)
        numbers = [_number(one, newest) for one in reversed(series)]
    return Sign(
        id=newest.id or "",
        name=SIGNS[code],
        value=value,
        flag=flag_of(newest.interpretation) or _marked(shown.flag),
        at=at_of(newest),
        before=tuple(number for number in numbers if number is not None),
    )


def _marked(flag: str) -> str:
    """What was not recorded is said only where something is out of range."""
    return "" if flag == "N" else flag


def _number(one: r4.Observation, like: r4.Observation) -> float | None:
    """A number in the unit of another reading: pounds beside kilograms are no loss of weight."""
    mine, theirs = one.valueQuantity, like.valueQuantity
    if mine is None or theirs is None or mine.code == theirs.code:
        number = value_of(one).number
    else:
        number = convert(mine.value, mine.code or "", theirs.code or "") if mine.value else None
    return None if number is None else float(number)


def _pressure(one: r4.Observation, who: Person) -> Pressure | None:
    if test_of(one) != PRESSURE:
        return None
    parts = {code_of(part.code, LOINC): part for part in one.component or []}
    upper, lower = parts.get(_SYSTOLIC), parts.get(_DIASTOLIC)
    systolic = value_of(upper.valueQuantity).number if upper else None
    diastolic = value_of(lower.valueQuantity).number if lower else None
    if upper is None or lower is None or systolic is None or diastolic is None:
        return None
    given = [
        flag_of(part) for part in (one.interpretation, upper.interpretation, lower.interpretation)
    ]
    worst = next((flag for flag in ("HH", "LL", "H", "L") if flag in given), "")
    if not any(given):
        worst = _marked(words(one, "metric", who).flag)
    how = [said(one.bodySite), said(one.method)]
    return Pressure(
        id=one.id or "",
        systolic=systolic,
        diastolic=diastolic,
        at=at_of(one),
        flag=worst,
        how=", ".join(filter(None, how)),
    )
