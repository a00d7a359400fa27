"""Dates: a search value and a resource value are both ranges of time; a prefix says how they must lie.

https://hl7.org/fhir/R4/search.html#date
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from psycopg import sql

from osler.kit import clock
from osler.kit.errors import Invalid
from osler.search.hashing import LONG, key
from osler.search.parameter import Parameter, Storage
from osler.search.rows import ALWAYS_HIGH, ALWAYS_LOW, IndexRows
from osler.search.scope import Scope, all_of, any_of, in_table
from osler.search.tree import Match

PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})
POINTS = frozenset({"date", "dateTime", "instant"})
LONG_SPAN = timedelta(days=32)
"""Resources whose date spans more are marked, so that a search from a date on need not look at all before it."""
_LONGEST_POINT = timedelta(days=367)  # a year alone is the widest value of a point type
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+ -]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DateValue:
    """A prefix and a range of time: from `low` (inclusive) to `high` (exclusive)."""

    prefix: str
    low: datetime
    high: datetime


def parse(param: Parameter, _: str | None, text: str) -> DateValue:
    """A date with its prefix, e.g. `ge2024-03`. A time without a zone is UTC."""
    prefix, rest = ("eq", text)
    if text[:2].isalpha():
        prefix, rest = text[:2], text[2:]
    if prefix not in PREFIXES:
        raise Invalid(f"{param.code}: found prefix {prefix!r}, expected eq ne gt lt ge le sa eb ap")
    try:
        low, high = span(rest)
    except ValueError:
        raise Invalid(
            f"{param.code}: found {text!r}, expected a date such as 2024, 2024-03-05"
            " or 2024-03-05T10:30:00Z, with a prefix where wanted"
        ) from None
    return DateValue(prefix, low, high)


@lru_cache(maxsize=4096)
def span(text: str) -> tuple[datetime, datetime]:
    """The range of time that a FHIR date, dateTime or instant covers. ValueError if it is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    if found["hour"] is None:
        low = datetime(year, month, day, tzinfo=UTC)
        return low, _next_date(low, found["month"], found["day"])
    second = int(found["second"] or 0)
    if found["hour"] == "24" and second == int(found["minute"]) == 0:
        low = datetime(year, month, day, tzinfo=UTC) + timedelta(days=1) - _offset(found["zone"])
    else:
        low = datetime(
            year, month, day, int(found["hour"]), int(found["minute"]), min(second, 59), tzinfo=UTC
        ) + timedelta(seconds=second // 60, microseconds=_micros(found["fraction"]))
        low = _shifted(low, -_offset(found["zone"]))
    return low, _shifted(low, _precision(found["second"], found["fraction"]))


def _offset(zone: str | None) -> timedelta:
    if zone in {None, "Z"}:
        return timedelta(0)
    assert zone is not None
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -size if zone[0] == "-" else size  # a `+` that was not encoded arrives as a space


def _micros(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def _precision(second: str | None, fraction: str | None) -> timedelta:
    if second is None:
        return timedelta(minutes=1)
    return timedelta(microseconds=10 ** (6 - min(len(fraction or ""), 6)))


def _next_date(low: datetime, month: str | None, day: str | None) -> datetime:
    if day:
        return _shifted(low, timedelta(days=1))
    if month and low.month < 12:
        return low.replace(month=low.month + 1)
    return low.replace(year=low.year + 1, month=1) if low.year < 9999 else _EVER


def _shifted(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return _EVER if by > timedelta(0) else datetime.min.replace(tzinfo=UTC)


def as_text(at: datetime) -> str:
    """An instant as PostgreSQL reads it."""
    return ALWAYS_HIGH if at == _EVER else str(at)


@lru_cache(maxsize=4096)
def span_text(text: str) -> tuple[str, str] | None:
    """The range of a resource's date as PostgreSQL reads it; None if it is no date."""
    try:
        low, high = span(text)
    except ValueError:
        return None
    return as_text(low), as_text(high)


# ---- extract

Spans = Callable[[Any], Iterator[tuple[str, str]]]


def _point_spans(value: str) -> Iterator[tuple[str, str]]:
    found = span_text(value)
    if found is not None:
        yield found


def _period_spans(value: Any) -> Iterator[tuple[str, str]]:
    low = span_text(value.start) if value.start else None
    high = span_text(value.end) if value.end else None
    if low or high:
        yield (low[0] if low else ALWAYS_LOW, high[1] if high else ALWAYS_HIGH)


def _timing_spans(value: Any) -> Iterator[tuple[str, str]]:
    """Only the outer limits count: of the events, else of the bounds."""
    spans = [span(event) for event in value.event or () if event]
    if spans:
        yield as_text(min(s[0] for s in spans)), as_text(max(s[1] for s in spans))
    elif value.repeat is not None and value.repeat.boundsPeriod is not None:
        yield from _period_spans(value.repeat.boundsPeriod)


SPANS: dict[str, Spans] = {
    **dict.fromkeys(POINTS, _point_spans),
    "Period": _period_spans,
    "Timing": _timing_spans,
}


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type; None if this type has no dates."""
    spans = SPANS.get(type)
    if spans is None or param.storage is Storage.UPDATED:
        return None
    if param.storage is Storage.DATE:
        return _into_columns(long_key(param.type), spans)
    number = param.id

    def into_rows(value: Any, rows: IndexRows) -> None:
        for low, high in spans(value):
            rows.dates.append((number, 0, low, high))

    return into_rows


def _into_columns(mark: int, spans: Spans) -> Callable[[Any, IndexRows], None]:
    def emit(value: Any, rows: IndexRows) -> None:
        for low, high in spans(value):
            rows.date_low, rows.date_high = low, high
            if _is_long(low, high):
                rows.found.add(mark)

    return emit


def long_key(type: str) -> int:
    """The key that marks resources whose own date spans more than `LONG_SPAN`."""
    return key(LONG, type)


@lru_cache(maxsize=1024)
def _is_long(low: str, high: str) -> bool:
    if low == ALWAYS_LOW or high == ALWAYS_HIGH:
        return True
    if low[:7] == high[:7]:
        return False
    return datetime.fromisoformat(high) - datetime.fromisoformat(low) > LONG_SPAN


# ---- condition


def condition(match: Match, scope: Scope) -> sql.Composable:
    """Rows with a date that fits one of the values."""
    param = match.param
    if param.storage is Storage.UPDATED:
        at = scope.column("updated")
        return any_of([_at(value, at) for value in match.values])
    if param.storage is Storage.DATE:
        low, high = scope.column("date_low"), scope.column("date_high")
        return any_of([_column(value, low, high, param.points) for value in match.values])
    tests = [compare(v, sql.SQL("i.low"), sql.SQL("i.high"), param.points) for v in match.values]
    return in_table(scope, "date_index", param.stored(), any_of(tests))


def compare(
    value: DateValue, low: sql.Composable, high: sql.Composable, points: bool = False
) -> sql.Composable:
    """How the range from `low` to `high` must lie to the value. `points`: no range is longer than a year.

    Conditions that follow from the others are added where they let an index on `low` be used.
    """
    start, end = literal(value.low), literal(value.high)
    parts = {"low": low, "high": high, "start": start, "end": end}
    if value.prefix == "ap":
        parts["start"], parts["end"] = map(literal, _approximately(value))
    text = _COMPARISONS[value.prefix].format(**parts)
    if points and value.prefix in {"gt", "ge"}:
        floor = literal(_shifted(value.low, -_LONGEST_POINT))
        return sql.SQL("({} AND {} > {})").format(text, low, floor)
    return text


_COMPARISONS = {
    "eq": sql.SQL("({low} >= {start} AND {low} < {end} AND {high} <= {end})"),
    "ne": sql.SQL("NOT ({low} >= {start} AND {high} <= {end})"),
    "gt": sql.SQL("{high} > {end}"),
    "lt": sql.SQL("{low} < {start}"),
    "ge": sql.SQL("({high} > {end} OR {low} >= {start})"),
    "le": sql.SQL("({low} < {end} AND ({low} < {start} OR {high} <= {end}))"),
    "sa": sql.SQL("{low} >= {end}"),
    "eb": sql.SQL("{high} <= {start}"),
    "ap": sql.SQL("({low} < {end} AND {high} > {start})"),
}
_AT = {
    "eq": sql.SQL("({at} >= {start} AND {at} < {end})"),
    "ne": sql.SQL("NOT ({at} >= {start} AND {at} < {end})"),
    "gt": sql.SQL("{at} >= {end}"),
    "lt": sql.SQL("{at} < {start}"),
    "ge": sql.SQL("{at} >= {start}"),
    "le": sql.SQL("{at} < {end}"),
    "sa": sql.SQL("{at} >= {end}"),
    "eb": sql.SQL("{at} < {start}"),
    "ap": sql.SQL("({at} >= {start} AND {at} < {end})"),
}


def literal(at: datetime) -> sql.Composable:
    """An instant as a constant of SQL."""
    return sql.SQL("{}::timestamptz").format(sql.Literal(as_text(at)))


def _approximately(value: DateValue) -> tuple[datetime, datetime]:
    """The range widened by a tenth of its distance from now, as the specification suggests."""
    now = clock.now()
    nearest = min((abs(now - value.low), abs(now - value.high)))
    gap = timedelta(0) if value.low <= now < value.high else nearest
    return _shifted(value.low, -gap / 10), _shifted(value.high, gap / 10)


def _at(value: DateValue, at: sql.Composable) -> sql.Composable:
    low, high = _approximately(value) if value.prefix == "ap" else (value.low, value.high)
    return _AT[value.prefix].format(at=at, start=literal(low), end=literal(high))


_NO_DATE = sql.SQL("({low} = '-infinity' AND {high} = 'infinity')")
_NEED_A_DATE = frozenset({"ne", "gt", "lt", "ge", "le", "ap"})


def _column(
    value: DateValue, low: sql.Composable, high: sql.Composable, points: bool
) -> sql.Composable:
    test = compare(value, low, high, points)
    if value.prefix not in _NEED_A_DATE:
        return test
    return all_of([test, sql.SQL("NOT {}").format(_NO_DATE.format(low=low, high=high))])


def present(param: Parameter, scope: Scope) -> sql.Composable:
    """Rows with any date of the parameter."""
    if param.storage is Storage.UPDATED:
        return sql.SQL("true")
    if param.storage is Storage.DATE:
        low, high = scope.column("date_low"), scope.column("date_high")
        return sql.SQL("NOT {}").format(_NO_DATE.format(low=low, high=high))
    return in_table(scope, "date_index", param.stored())
