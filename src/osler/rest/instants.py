"""Instants and partial dates in parameters such as `_since`, as periods of time."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from osler.kit.errors import Invalid

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)


def period(text: str, name: str) -> tuple[datetime, datetime]:
    """The period [low, high) that a date of any precision covers; without an offset it is UTC."""
    # An unescaped + in a query string arrives as a space.
    found = _FORM.fullmatch(text.strip().replace(" ", "+"))
    if found is None:
        raise _wrong(name)
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        low = datetime(int(year), int(month or 1), int(day or 1), tzinfo=_zone(offset))
        low += timedelta(hours=_below(hour, 24), minutes=_below(minute, 60))
        low += timedelta(seconds=_below(second, 60) + float(fraction or 0))
        return low.astimezone(UTC), (low + _width(found.groups(), low)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(name) from error


def instant(text: str, name: str) -> datetime:
    """The beginning of the period."""
    return period(text, name)[0]


def _wrong(name: str) -> Invalid:
    return Invalid(f"{name} must be a date or an instant, as 2024-01-31T08:00:00Z", expression=name)


def _below(text: str | None, limit: int) -> int:
    number = int(text or 0)
    if number >= limit:
        raise ValueError
    return number


def _zone(offset: str | None) -> tzinfo:
    if offset is None or offset == "Z":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=_below(offset[1:3], 15), minutes=_below(offset[4:], 60)))


def _width(parts: tuple[str | None, ...], low: datetime) -> timedelta:
    _, month, day, hour, _, second, fraction, _ = parts
    if fraction:
        return timedelta(microseconds=max(1, 10 ** (7 - len(fraction))))
    if second:
        return timedelta(seconds=1)
    if hour:
        return timedelta(minutes=1)
    if day:
        return timedelta(days=1)
    if month:
        return timedelta(days=calendar.monthrange(low.year, low.month)[1])
    return timedelta(days=366 if calendar.isleap(low.year) else 365)
