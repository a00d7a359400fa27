"""The only source of time, so that tests can set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

_now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole by `frozen`
_zone: tzinfo = UTC


def now() -> datetime:
    """The current instant, timezone-aware, in UTC, with microseconds."""
    return _now()


def today() -> date:
    """The day it is where the practice is: in the evening there, another one than in UTC."""
    return now().astimezone(_zone).date()


def day_of(text: str) -> str:
    """The day of a FHIR date, dateTime or instant, where the practice is; partial dates as far as they go."""
    if "T" not in text:
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text[:10]
    return (at.astimezone(_zone) if at.tzinfo else at).date().isoformat()


def midnight(day: date) -> datetime:
    """When a day begins where the practice is."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone)


def days_of(zone: str) -> None:
    """Let `today()` be the day of this time zone, the practice's. Said once, when a process begins."""
    global _zone
    _zone = ZoneInfo(zone)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Within the block, `now()` answers `at`. For tests."""
    global _now
    before = _now
    _now = lambda: at  # noqa: E731
    try:
        yield
    finally:
        _now = before
