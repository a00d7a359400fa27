"""Tests against dates: how everything went, newest column first, from one bounded search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.values import Range, at_of, instant_of, test_of
from osler.clinic.chart.words import said
from osler.clinic.results.values import GONE, NORMAL, Row, day_of, row_of
from osler.fhir import r4

_COLUMNS = 8
_VALUES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One test; `cells` are as many as the grid has columns, empty where it was not done."""

    name: str
    unit: str
    range: Range
    id: str
    cells: tuple[Row | None, ...]
    numbers: tuple[float, ...]

    @property
    def abnormal(self) -> bool:
        """Whether any value shown is out of its range."""
        return any(cell.rank < NORMAL for cell in self.cells if cell)

    @property
    def rank(self) -> int:
        """Of the newest value shown."""
        return next((cell.rank for cell in self.cells if cell), NORMAL)


@dataclass(frozen=True, slots=True)
class Grid:
    """`columns` are the moments of collection, newest first; `older` the day before which the next page begins."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    older: str = ""


def over_time(asking: Asking, *, before: str = "", abnormal: bool = False) -> Grid:
    """The last collections before a day (YYYY-MM-DD), or the last of all; `abnormal`: only tests out of range."""
    pairs = [("category", "laboratory")] + ([("date", f"lt{before}")] if before else [])
    found = [
        one
        for one in asking.newest(r4.Observation, _VALUES, *pairs)
        if one.status not in GONE and not one.component
    ]
    moments = list(dict.fromkeys(at_of(one) for one in found if instant_of(at_of(one))))
    columns, older = _columns(moments, whole=len(found) < _VALUES)
    by_test: dict[str, list[r4.Observation]] = {}
    for one in found:
        by_test.setdefault(test_of(one), []).append(one)
    lines = [line for series in by_test.values() if (line := _line(series, columns)) is not None]
    shown = [line for line in lines if line.abnormal or not abnormal]
    return Grid(columns, tuple(sorted(shown, key=lambda line: (line.rank, line.name))), older)


def _columns(moments: Sequence[str], *, whole: bool) -> tuple[tuple[str, ...], str]:
    """The newest moments, and the day before which the next page begins; a day is never cut in two."""
    columns = tuple(moments[:_COLUMNS])
    if not columns or (whole and len(moments) <= _COLUMNS):
        return columns, ""
    last = day_of(columns[-1])
    assert last is not None, "moments are dated"
    rest = moments[_COLUMNS:]
    if rest and day_of(rest[0]) != last:
        return columns, last.isoformat()
    days = tuple(one for one in columns if day_of(one) != last)
    if days:
        return days, (last + timedelta(days=1)).isoformat()
    return tuple(one for one in moments if day_of(one) == last), last.isoformat()


def _line(series: Sequence[r4.Observation], columns: Sequence[str]) -> Line | None:
    """A test with a value in one of the columns; None without."""
    at = {at_of(one): one for one in reversed(series)}
    cells = tuple(row_of(at[column]) if column in at else None for column in columns)
    newest = next((cell for cell in cells if cell), None)
    if newest is None:
        return None
    whole = row_of(series[0], series)
    return Line(
        said(series[0].code), newest.value.unit, newest.range, newest.id, cells, whole.numbers
    )
