"""Round steps on the axes of charts: numbers, and days, months and years of the calendar."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from django.utils.translation import get_language

_EPOCH = date(1970, 1, 1)
_STEPS = (  # about how many days a step is, and its skeleton
    (1, "MMMd"),
    (2, "MMMd"),
    (7, "MMMd"),
    (14, "MMMd"),
    (31, "MMMy"),
    (61, "MMMy"),
    (92, "MMMy"),
    (183, "MMMy"),
    (366, "y"),
    (731, "y"),
    (1827, "y"),
    (3653, "y"),
    (9131, "y"),
)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, at most `most` + 1 of them."""
    span = high - low or abs(high) or 1.0
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def widened(low: float, high: float) -> tuple[float, float]:
    """A range with a little air, so that no point lies on the edge."""
    air = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return low - air, high + air


def written(value: float) -> str:
    """A number of an axis: no trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def dates(start: float, end: float, most: int = 6) -> list[tuple[float, str]]:
    """Days since 1970 with their words: the first of days, months or years between two times."""
    span = max(end - start, 1.0)
    step, skeleton = next((one for one in _STEPS if span / one[0] <= most), _STEPS[-1])
    found = [(float((day - _EPOCH).days), day) for day in _calendar(start, end, step)]
    return [(place, _said(day, skeleton)) for place, day in found if start <= place <= end]


def day(at: datetime | date, zone: tzinfo = UTC) -> str:
    """A day as it is read, its month in letters."""
    if isinstance(at, datetime) and at.tzinfo is not None:
        at = at.astimezone(zone)
    return _said(at, "yMMMd")


def _calendar(start: float, end: float, step: int) -> Iterator[date]:
    at = _EPOCH + timedelta(days=math.floor(start))
    last = _EPOCH + timedelta(days=math.ceil(end))
    if step < 31:
        at -= timedelta(days=at.toordinal() % step)
        while at <= last:
            yield at
            at += timedelta(days=step)
        return
    months = max(1, round(step / 30.44))
    number = at.year * 12 + at.month - 1
    number -= number % months
    while (at := date(number // 12, number % 12 + 1, 1)) <= last:
        yield at
        number += months


def _said(at: date, skeleton: str) -> str:
    return format_skeleton(skeleton, at, locale=_locale())


def _locale() -> Locale:
    try:
        return Locale.parse(get_language() or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
