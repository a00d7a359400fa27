"""Expected vital signs by age, and which values are marked as out of range.

Sources: heart and respiratory rates, infants' pressures and hypotension in children: American Heart Association,
Pediatric Advanced Life Support, 2020. Pressures that ask for a closer look at 1 to 12 years: American Academy of
Pediatrics, Clinical Practice Guideline 2017, table 6. From 13 years: the same guideline, and ACC/AHA 2017. Critical
values of adults: Royal College of Physicians, NEWS2 (a single parameter's score of 3), and ACC/AHA 2017 (over 180/120);
under 80 systolic is Osler's own. Fever from 38 °C: CDC. Oxygen saturation: WHO Pulse Oximetry Training Manual.
BMI of adults: CDC. Percentiles of children's pressures by height are not computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Flag = Literal["", "N", "L", "H", "LL", "HH"]
Sex = Literal["male", "female", ""]


@dataclass(frozen=True, slots=True)
class Expected:
    """Both ends of what is expected (inclusive), and of what is not yet critical; in the metric unit of the sign."""

    low: Decimal | None
    high: Decimal | None
    critical_low: Decimal | None = None
    critical_high: Decimal | None = None

    def flag(self, value: Decimal) -> Flag:
        """How a value stands to it; N where it is within."""
        if self.critical_low is not None and value <= self.critical_low:
            return "LL"
        if self.critical_high is not None and value >= self.critical_high:
            return "HH"
        if self.low is not None and value < self.low:
            return "L"
        if self.high is not None and value > self.high:
            return "H"
        return "N"


def _of(*ends: str | int | None) -> Expected:
    return Expected(*(None if end is None else Decimal(str(end)) for end in ends))


# From how many years on: heart rate awake, respiratory rate.
_RATES = (
    (Decimal(0), _of(100, 205), _of(30, 53)),
    (Decimal(1) / 12, _of(100, 180), _of(30, 53)),
    (Decimal(1), _of(98, 140), _of(22, 37)),
    (Decimal(3), _of(80, 120), _of(20, 28)),
    (Decimal(6), _of(75, 118), _of(18, 25)),
    (Decimal(12), _of(60, 100), _of(12, 20)),
    (Decimal(18), _of(60, 100, 40, 131), _of(12, 20, 8, 25)),
)
# At which year of age a pressure from here on asks for a closer look: boys, girls.
_LOOK = {
    1: ((98, 52), (98, 54)),
    2: ((100, 55), (101, 58)),
    3: ((101, 58), (102, 60)),
    4: ((102, 60), (103, 62)),
    5: ((103, 63), (104, 64)),
    6: ((105, 66), (105, 67)),
    7: ((106, 68), (106, 68)),
    8: ((107, 69), (107, 69)),
    9: ((107, 70), (108, 71)),
    10: ((108, 72), (109, 72)),
    11: ((110, 74), (111, 74)),
    12: ((113, 75), (114, 75)),
}
_TEMPERATURE = _of("36.0", "37.9", "35.0", "40.0")
_SATURATION = _of(95, None, 90)
_BMI = _of("18.5", "24.9")


def years(born: date, at: date) -> Decimal:
    """Age in years with decimals, whole on each birthday; never below zero."""
    whole = at.year - born.year - ((at.month, at.day) < (born.month, born.day))
    if whole < 0:
        return Decimal(0)
    since = (at - _birthday(born, born.year + whole)).days
    return whole + Decimal(max(since, 0)) / Decimal(366)


def _birthday(born: date, year: int) -> date:
    """The day of a year; of those born on February 29, March 1 where there is none."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def expected(key: str, age: Decimal | None, sex: Sex = "") -> Expected | None:
    """What is expected of a sign ("sys" and "dia" for the pressures) at an age in years; None where nothing is.

    Without an age an adult's values hold for none but temperature and saturation.
    """
    match key:
        case "temp":
            return _TEMPERATURE
        case "spo2":
            return _SATURATION
    if age is None:
        return None
    match key:
        case "hr" | "rr":
            row = next(row for row in reversed(_RATES) if age >= row[0])
            return row[1] if key == "hr" else row[2]
        case "bmi":
            return _BMI if age >= 20 else None
        case "sys" | "dia":
            return _pressure(key == "sys", age, sex)
    return None


def _pressure(systolic: bool, age: Decimal, sex: Sex) -> Expected:
    if age >= 13:
        return _of(90, 129, 80, 181) if systolic else _of(60, 79, None, 121)
    if age >= 1:
        boys, girls = _LOOK[int(age)]
        over = tuple(map(max, boys, girls)) if not sex else boys if sex == "male" else girls
        lowest = 90 if age >= 10 else 70 + 2 * int(age)
        return _of(lowest, over[0] - 1) if systolic else _of(None, over[1] - 1)
    if age >= Decimal(1) / 12:
        return _of(72, 104) if systolic else _of(37, 56)
    return _of(67, 84) if systolic else _of(35, 53)
