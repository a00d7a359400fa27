"""Dates as labels of devices write them."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from osler.kit.errors import Invalid


def six(text: str, today: date, part: str) -> str:
    """YYMMDD; the day 00 is the last one of the month. GS1: the year within 49 years before and 50 after now."""
    if not text.isascii() or not text.isdigit() or len(text) != 6:
        raise _none(part, text)
    year, month, day = century(int(text[:2]), today), int(text[2:4]), int(text[4:])
    try:
        last = calendar.monthrange(year, month)[1]
        return date(year, month, day or last).isoformat()
    except (ValueError, calendar.IllegalMonthError):
        raise _none(part, text) from None


def century(two: int, today: date) -> int:
    """The whole year of two digits."""
    year = today.year // 100 * 100 + two
    gap = year - today.year
    return year - 100 if gap > 50 else year + 100 if gap < -49 else year


def day_of_year(text: str) -> str:
    """cYYJJJ of ISBT 128: century 0 is the 2000s, 9 the 1900s."""
    base = 1900 if text[0] == "9" else 2000 + 100 * int(text[0])
    return julian(base + int(text[1:3]), int(text[3:]), text)


def julian(year: int, day: int, text: str) -> str:
    """The day of this number in a year."""
    if not 1 <= day <= 365 + calendar.isleap(year):
        raise _none("day of the year", text)
    return (date(year, 1, 1) + timedelta(days=day - 1)).isoformat()


def whole(text: str, part: str) -> str:
    """YYYYMMDD."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        raise _none(part, text) from None


def _none(part: str, text: str) -> Invalid:
    return Invalid(f"“{text}” in the part “{part}” is no date. Scan the label again.")
