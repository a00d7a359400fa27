"""Expected vital signs by age, and which values are marked as out of range.

Sources: heart and respiratory rates, infants' pressures and hypotension in children: American Heart Association,
Pediatric Advanced Life Support, 2020. Pressures that ask for a closer look at 1 to 12 years: American Academy of
Pediatrics, Clinical Practice Guideline 2017, table 6. From 13 years: the same guideline, and ACC/AHA 2017. With
a child's height: the same guideline, tables 4 and 5 (`childhood`). Critical values of adults: Royal College of
Physicians, NEWS2 (a single parameter's score of 3), and ACC/AHA 2017 (over 180/120); 80 systolic and less is Osler's
own. Critical pressures of children: hypotension by PALS, and 30 over the 95th percentile by the guideline. Fever from
38 °C: CDC. Oxygen saturation: WHO Pulse Oximetry Training Manual. BMI of adults: CDC.

Asked about before they are kept are critical values; heart rates of children beyond the rates of sleep (PALS) or from
those of supraventricular tachycardia on (PALS: 220 in infants, 180 in children); saturations under 88 (under the target
of NEWS2's second scale). Where no source says what is dangerous, the limits of questions are Osler's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from osler.clinic.vitals.childhood import child, of_tallest

Flag = Literal["", "N", "L", "H", "LL", "HH"]
Sex = Literal["male", "female", ""]


@dataclass(frozen=True, slots=True)
class Expected:
    """Both ends of what is expected (inclusive), from where on it is critical (inclusive), and from where on a value is
    asked about (inclusive) where that is not the same; in the metric unit of the sign.
    """

    low: Decimal | None
    high: Decimal | None
    critical_low: Decimal | None = None
    critical_high: Decimal | None = None
    asked_low: Decimal | None = None
    asked_high: Decimal | None = None

    def asked(self, value: Decimal) -> bool:
        """Whether a value is dangerous or mistyped rather than only out of range."""
        low = self.critical_low if self.asked_low is None else self.asked_low
        high = self.critical_high if self.asked_high is None else self.asked_high
        return (low is not None and value <= low) or (high is not None and value >= high)

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


# From how many years on: heart rate awake, respiratory rate; each with what is critical, then what is asked about.
_RATES = (
    (Decimal(0), _of(100, 205, None, None, 79, 220), _of(30, 53, None, None, 20, 70)),
    (Decimal(1) / 12, _of(100, 180, None, None, 79, 220), _of(30, 53, None, None, 20, 70)),
    (Decimal(1), _of(98, 140, None, None, 69, 180), _of(22, 37, None, None, 14, 60)),
    (Decimal(3), _of(80, 120, None, None, 59, 180), _of(20, 28, None, None, 12, 50)),
    (Decimal(6), _of(75, 118, None, None, 49, 180), _of(18, 25, None, None, 10, 45)),
    (Decimal(12), _of(60, 100, None, None, 40, 150), _of(12, 20, None, None, 8, 35)),
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
_SATURATION = _of(95, None, 90, None, 87)
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


def expected(
    key: str, age: Decimal | None, sex: Sex = "", height: Decimal | None = None
) -> Expected | None:
    """What is expected of a sign ("sys" and "dia" for the pressures) at an age in years; None where nothing is.

    Without an age an adult's values hold for none but temperature and saturation. `height` in cm is a child's of then.
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
            return _pressure(key == "sys", age, sex, height)
    return None


def _pressure(systolic: bool, age: Decimal, sex: Sex, height: Decimal | None) -> Expected:
    if age >= 13:
        return _of(90, 129, 80, 181) if systolic else _of(60, 79, None, 121, 40)
    if age >= 1:
        over, severe = _of_child(age, sex, height)
        lowest = 90 if age >= 10 else 70 + 2 * int(age)
        if systolic:
            return _of(lowest, over[0] - 1, lowest - 1, severe[0])
        return _of(None, over[1] - 1, None, severe[1], 25)
    if age >= Decimal(1) / 12:
        return _of(72, 104, 69, None, None, 135) if systolic else _of(37, 56, None, None, 20, 90)
    return _of(67, 84, 59, None, None, 120) if systolic else _of(35, 53, None, None, 15, 80)


def _of_child(
    age: Decimal, sex: Sex, height: Decimal | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    """From which pressures on it is elevated, and severe; without a height by those of the shortest, or tallest."""
    known = child(sex, age, height)
    if known is not None:
        return known.elevated, (known.systolic.severe, known.diastolic.severe)
    boys, girls = _LOOK[int(age)]
    over = tuple(map(max, boys, girls)) if not sex else boys if sex == "male" else girls
    tallest = [one for each in ("male", "female") if (one := of_tallest(each, age)) is not None]
    severe = (max(t.systolic.severe for t in tallest), max(t.diastolic.severe for t in tallest))
    return (over[0], over[1]), severe
