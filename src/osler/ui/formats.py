"""Dates, ages and numbers as people read them, in the language of the page.

Months are written in letters, never 03/04/68; what the record knows only in part is shown only in part.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from osler.kit import clock

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")

Dated = str | date | datetime | None
"""A FHIR date or dateTime as text, or Python's own."""


def locale() -> Locale:
    """The locale of the page that is being written."""
    return _locale(get_language() or "en-us")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US")


def day(value: Dated) -> str:
    """Mar 14, 1968; Mar 1968 or 1968 where no more is known; empty for nothing."""
    if value is None or value == "":
        return ""
    found = _PARTIAL.match(value) if isinstance(value, str) else None
    if found and not found[3]:
        return _month(found[1], found[2], locale()) if found[2] else found[1]
    return _day(as_date(value), locale())


@lru_cache(maxsize=4096)
def _day(value: date, language: Locale) -> str:
    return str(format_date(value, "medium", locale=language))


def _month(year: str, month: str, language: Locale) -> str:
    first = datetime(int(year), int(month), 1, tzinfo=UTC)
    return str(format_skeleton("yMMM", first, tzinfo=UTC, locale=language))


def moment(value: Dated) -> str:
    """Nov 22, 2026, 10:41 AM in the practice's time; a date alone as a date."""
    instant = as_instant(value)
    if instant is None:
        return day(value)
    return f"{format_date(instant, 'medium', locale=locale())}, {clock_time(instant)}"


def exact(value: Dated) -> str:
    """Nov 22, 2026, 10:41:07 AM, where the order of things within a minute counts."""
    instant = as_instant(value)
    if instant is None:
        return day(value)
    seconds = format_time(instant, "medium", locale=locale())
    return f"{format_date(instant, 'medium', locale=locale())}, {seconds}"


def clock_time(value: Dated) -> str:
    """10:41 AM in the practice's time; empty where no time is known."""
    instant = as_instant(value)
    return "" if instant is None else str(format_time(instant, "short", locale=locale()))


def as_instant(value: Dated) -> datetime | None:
    """The moment in the practice's time zone; None for a date alone or nothing."""
    if isinstance(value, str):
        if "T" not in value:
            return None
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return timezone.localtime(value) if value.tzinfo else timezone.make_aware(value)


def as_date(value: str | date | datetime) -> date:
    """The day in the practice's time zone; a partial date's first day. Raises ValueError for no date."""
    instant = as_instant(value)
    if instant is not None:
        return instant.date()
    if isinstance(value, date):
        return value
    found = _PARTIAL.match(value)
    if not found:
        raise ValueError(f"{value!r} is no date.")
    return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))


def today() -> date:
    """Today where the practice is."""
    return timezone.localtime(clock.now()).date()


def age(born: Dated, until: Dated = None) -> str:
    """58 y; 7 mo under two years; 12 d under one month. Whole years only where no more is known."""
    if not born:
        return ""
    start, end = as_date(born), as_date(until) if until else today()
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    if isinstance(born, str) and len(born) < 10:
        years = max(0, end.year - start.year)
        return gettext("about %(years)s y") % {"years": years}
    if months < 1:
        days = max(0, (end - start).days)
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    if months < 24:
        return gettext("%(months)s mo") % {"months": months}
    return gettext("%(years)s y") % {"years": months // 12}


def decimal(value: Decimal | float | str | None) -> str:
    """A number with the language's marks, as many decimals as it has, no trailing zeros added or lost."""
    if value is None or value == "":
        return ""
    return _decimal(str(value), locale())


@lru_cache(maxsize=4096)
def _decimal(text: str, language: Locale) -> str:
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(number, format=pattern, locale=language))
