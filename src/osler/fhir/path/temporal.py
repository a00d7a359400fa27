"""Dates, dateTimes and times of any precision: parsing, three-valued comparison, arithmetic.

A value is the interval of instants it may mean; https://hl7.org/fhirpath/N1/#datetime-equality
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal

Kind = Literal["date", "dateTime", "time"]
YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)

_TICK = 10**12  # ticks in a second: any fraction that a clinical system writes
_MINUTE = 60 * _TICK
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
# A time without an offset was written somewhere between UTC+14 and UTC-12.
_EARLIER, _LATER = 14 * _HOUR, 12 * _HOUR

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_TIME = re.compile(r"T?(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Temporal:
    """A point of some precision. `low` and `high` are ticks, `high` exclusive; `offset` in minutes."""

    kind: Kind
    text: str
    precision: int
    parts: tuple[int, ...]
    """Year, month, day, hour, minute, whole second: only as many as the precision has (hour first for a time)."""
    fraction: str
    offset: int | None
    low: int
    high: int

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=8192)
def parse(text: str, kind: str) -> Temporal | None:
    """A date, dateTime, instant or time in FHIR's or FHIRPath's writing; None when it is not one."""
    if kind == "time":
        return _parse_time(text)
    # FHIRPath marks a dateTime without a time by a T at its end.
    bare = text.removesuffix("T")
    match = _DATE.fullmatch(bare)
    if match is None or (kind == "date" and "T" in text):
        return None
    numbers = [part for part in match.groups()[:6] if part is not None]
    found: Kind = "date" if kind == "date" else "dateTime"
    return _assemble(found, numbers, _offset(match.group(7)))


def _offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def _parse_time(text: str) -> Temporal | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    return _assemble("time", [part for part in match.groups() if part is not None], None)


def _assemble(kind: Kind, numbers: list[str], offset: int | None) -> Temporal | None:
    whole, _, fraction = numbers[-1].partition(".")
    parts = tuple(int(part) for part in [*numbers[:-1], whole])
    return make(kind, parts, fraction, offset)


def make(
    kind: Kind, parts: tuple[int, ...], fraction: str = "", offset: int | None = None
) -> Temporal | None:
    """A value from its numbers, None when the calendar has no such day or hour."""
    precision = len(parts) + (3 if kind == "time" else 0)
    if not _possible(parts if kind != "time" else (1, 1, 1, *parts)):
        return None
    if offset is not None and abs(offset) > 14 * 60:
        return None
    low, high = _interval(parts if kind != "time" else (1, 1, 1, *parts), fraction)
    if offset is not None:
        low, high = low - offset * _MINUTE, high - offset * _MINUTE
    text = _written(kind, parts, fraction, offset)
    return Temporal(kind, text, precision, parts, fraction, offset, low, high)


def _possible(parts: tuple[int, ...]) -> bool:
    year, month, day, hour, minute, second = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        return False
    if not 1 <= day <= monthrange(year, month)[1]:
        return False
    return 0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 60


def _interval(parts: tuple[int, ...], fraction: str) -> tuple[int, int]:
    year, month, day, hour, minute, second = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    start = date(year, month, day).toordinal() * _DAY + hour * _HOUR + minute * _MINUTE
    ticks = int((fraction + "0" * 12)[:12])
    start += second * _TICK + ticks
    match len(parts):
        case 1:
            length = (366 if monthrange(year, 2)[1] == 29 else 365) * _DAY
        case 2:
            length = monthrange(year, month)[1] * _DAY
        case 3:
            length = _DAY
        case 4:
            length = _HOUR
        case 5:
            length = _MINUTE
        case _:
            length = 1  # seconds and their fraction are one precision: an instant
    return start, start + length


def _written(kind: Kind, parts: tuple[int, ...], fraction: str, offset: int | None) -> str:
    if kind == "time":
        clock = ":".join(f"{part:02d}" for part in parts)
        return clock + ("." + fraction if fraction else "")
    day = "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:3])])
    if len(parts) <= 3:
        return day
    clock = ":".join(f"{part:02d}" for part in parts[3:])
    return day + "T" + clock + ("." + fraction if fraction else "") + _zone(offset)


def _zone(offset: int | None) -> str:
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    sign = "-" if offset < 0 else "+"
    return f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


def from_datetime(moment: datetime) -> Temporal:
    """The dateTime of an aware Python datetime, to the millisecond."""
    shift = moment.utcoffset()
    offset = int(shift.total_seconds() // 60) if shift is not None else None
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    value = make("dateTime", parts, f"{moment.microsecond // 1000:03d}", offset)
    assert value is not None  # a Python datetime is always in the calendar
    return value


def as_datetime(value: Temporal) -> Temporal:
    """A date read as a dateTime of the same precision."""
    if value.kind != "date":
        return value
    made = make("dateTime", value.parts)
    assert made is not None  # it was a date, so it is in the calendar
    return made


def as_date(value: Temporal) -> Temporal:
    """The day (or less) of a dateTime, as written."""
    made = make("date", value.parts[:3])
    assert made is not None  # its parts were checked before
    return made


def comparable(a: Temporal, b: Temporal) -> bool:
    """Whether both are points of the calendar, or both times of day."""
    return (a.kind == "time") == (b.kind == "time")


def _bounds(a: Temporal, b: Temporal) -> tuple[int, int, int, int, bool]:
    """Both intervals on one axis, and whether equal ends mean the same point."""
    if (a.offset is None) == (b.offset is None):
        return a.low, a.high, b.low, b.high, a.precision == b.precision
    a_low, a_high = (a.low - _EARLIER, a.high + _LATER) if a.offset is None else (a.low, a.high)
    b_low, b_high = (b.low - _EARLIER, b.high + _LATER) if b.offset is None else (b.low, b.high)
    return a_low, a_high, b_low, b_high, False


def equal(a: Temporal, b: Temporal) -> bool | None:
    """Whether both mean the same; None when their precision or missing offset leaves it open."""
    if not comparable(a, b):
        return False
    a_low, a_high, b_low, b_high, exact = _bounds(a, b)
    if a_high <= b_low or b_high <= a_low:
        return False
    return a_low == b_low if exact else None


def less(a: Temporal, b: Temporal, *, or_equal: bool = False) -> bool | None:
    """a < b (or a <= b); None when it cannot be known."""
    a_low, a_high, b_low, b_high, exact = _bounds(a, b)
    if exact:
        return a_low <= b_low if or_equal else a_low < b_low
    if a_high <= b_low:
        return True
    if b_high <= a_low:
        return False
    return None


def equivalent(a: Temporal, b: Temporal) -> bool:
    """Same precision and same point; never unknown."""
    return a.precision == b.precision and equal(a, b) is True


_STEPS = {"hour": _HOUR, "minute": _MINUTE, "second": _TICK}
_RANK = {
    "year": YEAR, "month": MONTH, "week": DAY, "day": DAY,
    "hour": HOUR, "minute": MINUTE, "second": SECOND, "millisecond": SECOND,
}  # fmt: skip


def add(value: Temporal, amount: Decimal, unit: str) -> Temporal | None:
    """`value` moved by calendar units (`year` … `millisecond`); None when it leaves the calendar.

    A unit finer than the value's precision is first reduced to that precision, its remainder dropped.
    """
    if abs(amount) > 10**13:
        return None
    if unit == "millisecond":
        amount, unit = amount / 1000, "second"
    if unit == "week":
        amount, unit = Decimal(int(amount) * 7), "day"
    if value.kind == "time" and _RANK[unit] < HOUR:
        return None
    whole, unit = _coarser(amount, unit, value.precision)
    if unit in ("year", "month"):
        return _add_months(value, int(whole) * (12 if unit == "year" else 1))
    ticks = int(whole * _TICK) if unit == "second" else int(whole) * _STEPS.get(unit, _DAY)
    return _add_ticks(value, ticks)


def _coarser(amount: Decimal, unit: str, precision: int) -> tuple[Decimal, str]:
    """The same span in whole units that `precision` can show: 24 months is 2 years, 30 days a month."""
    ladder = (
        ("second", SECOND, 60, "minute"),
        ("minute", MINUTE, 60, "hour"),
        ("hour", HOUR, 24, "day"),
        ("day", DAY, 30, "month"),
        ("month", MONTH, 12, "year"),
    )
    if unit == "day" and precision == YEAR:
        return Decimal(int(amount / 365)), "year"
    for name, rank, size, above in ladder:
        if unit == name and rank > precision:
            amount, unit = Decimal(int(amount / size)), above
    return amount, unit


def _add_months(value: Temporal, months: int) -> Temporal | None:
    year, month = value.parts[0], value.parts[1] if len(value.parts) > 1 else 1
    year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    if not 1 <= year <= 9999:
        return None
    parts = list(value.parts)
    parts[0] = year
    if len(parts) > 1:
        parts[1] = month
    if len(parts) > 2:  # 31 January and a month is the last of February
        parts[2] = min(parts[2], monthrange(year, month)[1])
    return make(value.kind, tuple(parts), value.fraction, value.offset)


def _add_ticks(value: Temporal, ticks: int) -> Temporal | None:
    is_time = value.kind == "time"
    full = (1, 1, 1, *value.parts) if is_time else value.parts
    start = _interval(full, value.fraction)[0] + ticks
    days, rest = divmod(start, _DAY)
    if is_time:  # the clock goes round
        days = date(1, 1, 1).toordinal()
    if not 1 <= days <= date.max.toordinal():
        return None
    day = date.fromordinal(days)
    numbers = (day.year, day.month, day.day, rest // _HOUR, rest % _HOUR // _MINUTE)
    second, fine = divmod(rest % _MINUTE, _TICK)
    parts = (*numbers, second)[3:] if is_time else (*numbers, second)
    fraction = f"{fine:012d}".rstrip("0")
    if len(fraction) < len(value.fraction):
        fraction = fraction.ljust(len(value.fraction), "0")
    if value.precision < SECOND:
        fraction = ""
    return make(value.kind, parts[: len(value.parts)], fraction, value.offset)
