"""What a chart over time is given: points with their flags, in series, over bands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Point:
    """One value at a time.

    `flag` is "", or H, HH, L, LL, A as beside a result: such points have shapes of their own.
    `words` is the value as it is read ("138 mmHg"), `note` what is said beside it ("home, sitting").
    """

    at: datetime | date
    value: float
    flag: str = ""
    words: str = ""
    note: str = ""
    home: bool = False

    @property
    def days(self) -> float:
        """The time as days since 1970, for a true time axis."""
        return days(self.at)


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, its points oldest first, and whether it is dashed."""

    name: str
    points: tuple[Point, ...]
    dashed: bool = False

    @staticmethod
    def of(name: str, points: Iterable[Point], *, dashed: bool = False) -> Series:
        """A series of points in whatever order."""
        return Series(name, tuple(sorted(points, key=lambda one: one.days)), dashed)


@dataclass(frozen=True, slots=True)
class Band:
    """Where values are expected, in the chart's unit; an open end reaches to the edge."""

    low: float | None
    high: float | None
    name: str = ""


def days(at: datetime | date) -> float:
    """A time as days since 1970."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(12), UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / _DAY
