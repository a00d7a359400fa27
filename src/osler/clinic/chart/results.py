"""Recent results: the newest value of each test, with how it went before, those not yet reviewed marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osler.clinic.chart.values import (
    CRITICAL,
    Range,
    Value,
    at_of,
    flag_of,
    instant_of,
    range_of,
    test_of,
    value_of,
)
from osler.clinic.chart.words import said, target
from osler.fhir import r4

_GONE = frozenset({"entered-in-error", "cancelled"})
_RANK = {"HH": 0, "LL": 0, "AA": 0, "H": 1, "L": 1, "A": 1}


@dataclass(frozen=True, slots=True)
class Result:
    """The newest value of one test. `before` are its numbers oldest first, this one last."""

    id: str
    test: str
    name: str
    value: Value
    flag: str
    range: Range
    at: str
    new: bool
    before: tuple[float, ...]

    @property
    def critical(self) -> bool:
        """Whether it must not wait."""
        return self.flag in CRITICAL


@dataclass(frozen=True, slots=True)
class Collected:
    """The results of one collection."""

    at: str
    rows: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Groups newest first; `new` is how many reports wait for review, `more` what did not fit."""

    groups: tuple[Collected, ...] = ()
    new: int = 0
    more: bool = False

    @property
    def critical(self) -> list[Result]:
        """Critical values that nobody has reviewed."""
        return [row for group in self.groups for row in group.rows if row.new and row.critical]


def results_of(
    found: Sequence[r4.Observation], unreviewed: Iterable[r4.DiagnosticReport], most: int
) -> Results:
    """The newest of each test, at most `most`; `found` is newest first."""
    reports = list(unreviewed)
    waiting = {target(one)[1] for report in reports for one in report.result or []}
    by_test: dict[str, list[r4.Observation]] = {}
    for one in found:
        if one.status not in _GONE and (value_of(one) or one.component):
            by_test.setdefault(test_of(one), []).append(one)
    rows = [_result(test, series, waiting) for test, series in by_test.items()]
    shown = sorted(rows, key=lambda row: (not (row.new and row.critical),))[:most]
    return Results(_grouped(shown), len(reports), len(rows) > len(shown))


def _result(test: str, series: Sequence[r4.Observation], waiting: set[str]) -> Result:
    newest = series[0]
    numbers = [value_of(one).number for one in reversed(series)]
    return Result(
        id=newest.id or "",
        test=test,
        name=said(newest.code),
        value=value_of(newest),
        flag=flag_of(newest.interpretation),
        range=range_of(newest.referenceRange),
        at=at_of(newest),
        new=(newest.id or "") in waiting,
        before=tuple(float(number) for number in numbers if number is not None),
    )


def _grouped(rows: Iterable[Result]) -> tuple[Collected, ...]:
    groups: dict[str, list[Result]] = {}
    for row in rows:
        groups.setdefault(row.at, []).append(row)
    newest = sorted(groups, key=_moment, reverse=True)
    return tuple(Collected(at, tuple(sorted(groups[at], key=_rank))) for at in newest)


def _rank(row: Result) -> int:
    return _RANK.get(row.flag, 2)


def _moment(at: str) -> float:
    found = instant_of(at)
    return found.timestamp() if found else 0.0
