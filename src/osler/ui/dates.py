"""Dates as people type them: whole or partial, by the clock ("today", "t-2w"), in a language's own order.

parse("3/14/2014", today=…)  → Partial("2014-03-14")
parse("Mar 2014", today=…)   → Partial("2014-03")
parse("t-2w", today=…)       → the day two weeks before today
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from osler.kit import clock
from osler.kit.errors import Invalid
from osler.ui import formats

_DAYS_FROM_NOW = {"t": 0, "today": 0, "hoy": 0, "h": 0, "yesterday": -1, "ayer": -1}
_DAYS_FROM_NOW |= {"tomorrow": 1, "manana": 1, "now": 0}
_UNITS = {
    "d": "d", "day": "d", "days": "d", "dia": "d", "dias": "d",
    "w": "w", "week": "w", "weeks": "w", "wk": "w", "wks": "w", "semana": "w", "semanas": "w", "s": "w",
    "m": "m", "month": "m", "months": "m", "mo": "m", "mos": "m", "mes": "m", "meses": "m",
    "y": "y", "year": "y", "years": "y", "yr": "y", "yrs": "y", "ano": "y", "anos": "y", "a": "y",
}  # fmt: skip
_SHIFT = re.compile(r"(?:(?:t|h|today|hoy)\s*)?([+-])\s*(\d{1,4})\s*([a-z]*)")
_AGO = re.compile(r"(?:hace\s+)?(\d{1,3}|an?|una?)\s+([a-z]+)(\s+ago)?")
_KEPT = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_THREE = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})")
_EIGHT = re.compile(r"(\d{2})(\d{2})(\d{4})")
_FIRST, _LAST = 1850, 2200


@dataclass(frozen=True, slots=True)
class Partial:
    """A date as exact as it is known; `fhir` is the value of a FHIR date."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def fhir(self) -> str:
        """YYYY, YYYY-MM or YYYY-MM-DD."""
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @property
    def earliest(self) -> date:
        """The first day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


def parse(
    text: str, *, today: date, language: str = "en", day_first: bool | None = None
) -> Partial:
    """The date that somebody means.

    Raises:
        Invalid: it is none; the message says what could be typed.
    """
    plain = _plain(text)
    first = day_first if day_first is not None else not language.startswith("en")
    try:
        found = _by_the_clock(plain, today) or _in_numbers(plain, today, first)
        found = found or _in_words(plain, today, language)
        if found is None or not _FIRST <= found.year <= _LAST or found.earliest > found.latest:
            raise ValueError(plain)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"{text.strip()[:40]!r} is no date. Type one like 3/14/2014, Mar 2014, 2014, today or t-2w."
        ) from error
    return found


def _plain(text: str) -> str:
    """Lower case, without accents and without points after words."""
    bare = unicodedata.normalize("NFKD", text.strip().lower())
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    return " ".join(re.sub(r"(?<=[a-z])\.|,", " ", bare).split())


def _by_the_clock(plain: str, today: date) -> Partial | None:
    """What is said from today: the day for signs, as exact as its unit for words ("2 years ago")."""
    if plain in _DAYS_FROM_NOW:
        return _of(today + timedelta(days=_DAYS_FROM_NOW[plain]))
    if shift := _SHIFT.fullmatch(plain):
        sign, number, unit = shift.groups()
        return _of(
            _moved(today, int(sign + number), _UNITS[unit] if unit in _UNITS else _day(unit))
        )
    ago = _AGO.fullmatch(plain)
    if ago is None or not (plain.startswith("hace ") or ago.group(3)) or ago.group(2) not in _UNITS:
        return None
    unit = _UNITS[ago.group(2)]
    moved = _moved(today, -(int(ago.group(1)) if ago.group(1).isdigit() else 1), unit)
    match unit:
        case "y":
            return Partial(moved.year)
        case "m":
            return Partial(moved.year, moved.month)
        case _:
            return _of(moved)


def _day(unit: str) -> str:
    if unit:
        raise ValueError(unit)
    return "d"


def _moved(today: date, by: int, unit: str) -> date:
    """So many days, weeks, months or years later; of a shorter month, its last day."""
    if unit in "dw":
        return today + timedelta(days=by * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 + by * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(today.day, last))


def _in_numbers(plain: str, today: date, day_first: bool) -> Partial | None:
    if iso := _ISO.fullmatch(plain):
        return Partial(*(int(part) for part in iso.groups() if part))
    if half := _MONTH_YEAR.fullmatch(plain):
        return Partial(int(half.group(2)), int(half.group(1)))
    three = _THREE.fullmatch(plain) or _EIGHT.fullmatch(plain)
    if three is None:
        return None
    one, two, year = three.groups()
    month, day = (two, one) if day_first else (one, two)
    if int(month) > 12 >= int(day):  # Only one way makes sense of 25/12/2014.
        month, day = day, month
    return Partial(_century(year, today), int(month), int(day))


def _in_words(plain: str, today: date, language: str) -> Partial | None:
    """A month's name with a year, and a day on either side of it."""
    words = [one for one in re.findall(r"[^\W\d_]+|\d+", plain) if one not in _FILLERS]
    named = [one for one in words if not one.isdigit()]
    numbers = [one for one in words if one.isdigit()]
    if len(named) != 1 or not 1 <= len(numbers) <= 2:
        return None
    month = _months(language).get(named[0]) or _months("en").get(named[0])
    if month is None:
        return None
    *day, year = sorted(numbers, key=len) if len(numbers[0]) == 4 else numbers
    if not day and len(year) < 4:
        return None  # "Mar 14" is a day of no year, or a year of no century.
    return Partial(_century(year, today), month, int(day[0]) if day else None)


_FILLERS = frozenset({"de", "del", "of", "the", "st", "nd", "rd", "th"})


def _months(language: str) -> dict[str, int]:
    """Names of months, long and short, as `_plain` leaves them."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except ValueError:
        locale = Locale("en")
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in locale.months[context][width].items():
                found[_plain(f"{name} ").strip(".")] = number
    starts = range(3, max(map(len, found)))  # "Sept" is one of people's own.
    return {name[:end]: number for name, number in found.items() for end in starts} | found


def _century(year: str, today: date) -> int:
    """Of two digits: the year nearest to now that is not over ten years ahead."""
    if len(year) == 4:
        return int(year)
    found = today.year // 100 * 100 + int(year)
    return found - 100 if found > today.year + 10 else found


def _of(day: date) -> Partial:
    return Partial(day.year, day.month, day.day)


class DateEntry(forms.TextInput):
    """A text box for a date; an island beside it helps, and is not needed."""

    template_name = "ui/parts/date_entry.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the class of inputs, and without a browser's own guesses."""
        given = {"class": "input", "autocomplete": "off", **(attrs or {})}
        return super().get_context(name, value, given)

    def format_value(self, value: Any) -> str | None:
        """A date that is kept as one reads it; what was typed stays as it was typed."""
        if isinstance(value, str) and _KEPT.fullmatch(value):
            try:
                return formats.day(value)
            except ValueError:  # No day of any calendar: typed, and refused.
                return value
        return super().format_value(value)


class PartialDateField(forms.CharField):
    """A date as exact as it is known; its value is FHIR's text of it, empty where none is given."""

    widget = DateEntry

    def __init__(self, *, past: bool = False, whole: bool = False, **kwargs: Any) -> None:
        """`past`: not after today; `whole`: with year, month and day."""
        super().__init__(max_length=60, **kwargs)
        self.past, self.whole = past, whole

    def clean(self, value: Any) -> str:
        """The text of a FHIR date."""
        text = super().clean(value)
        if not text:
            return ""
        today = clock.today()
        try:
            found = parse(text, today=today, language=translation.get_language() or "en")
        except Invalid:
            raise ValidationError(
                _("This is no date. Type one like 3/14/2014, Mar 2014, 2014, today or t-2w."),
                code="invalid",
            ) from None
        if self.past and found.earliest > today + timedelta(days=1):
            raise ValidationError(_("This date is still to come."), code="future")
        if self.whole and found.day is None:
            raise ValidationError(_("Give the day and the month too."), code="partial")
        return found.fhir
