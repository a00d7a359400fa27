"""The reports of one patient, newest first, those that wait for review marked; three searches, whatever the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.values import test_of
from osler.clinic.chart.words import code_of, display, said, target
from osler.clinic.results.values import NORMAL, Row, day_of, rows_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Page

__all__ = ["REVIEW", "Report", "Reports", "Review", "Row", "reports", "review_of"]

TASKS = "urn:osler:task"
REVIEW = "review-result"
_GONE = frozenset({"entered-in-error", "cancelled"})
_OPEN = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
_HISTORY = 300
_ONE_DAY = 150
_TESTS = 60


@dataclass(frozen=True, slots=True)
class Review:
    """The task of looking at a report: open, or done with who, when and what they said."""

    id: str
    version: int
    open: bool
    owner: str
    owner_name: str
    at: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `at` is when the specimen was taken, `issued` when the laboratory reported."""

    id: str
    title: str
    at: str
    issued: str
    performer: str
    status: str
    rows: tuple[Row, ...]
    conclusion: str = ""
    review: Review | None = None
    patient: str = ""

    @property
    def new(self) -> bool:
        """Whether it waits for review."""
        return self.review is not None and self.review.open

    @property
    def rank(self) -> int:
        """The gravest of its values: 0 critical, 1 abnormal, 2 neither."""
        return min((row.rank for row in self.rows), default=NORMAL)

    @property
    def abnormal_first(self) -> tuple[Row, ...]:
        """The gravest values on top, otherwise as the laboratory has them."""
        return tuple(sorted(self.rows, key=lambda row: row.rank))

    @property
    def abnormal(self) -> int:
        """How many values are out of range."""
        return sum(row.rank < NORMAL for row in self.rows)


@dataclass(frozen=True, slots=True)
class Reports:
    """One page of reports; `older` is the day before which the next page begins."""

    reports: tuple[Report, ...]
    older: str = ""

    @property
    def new(self) -> tuple[Report, ...]:
        """Those that wait for review, the gravest first."""
        return tuple(sorted((one for one in self.reports if one.new), key=lambda one: one.rank))

    @property
    def critical(self) -> bool:
        """Whether one that waits has a critical value."""
        return any(one.rank == 0 for one in self.new)

    @property
    def seen(self) -> tuple[Report, ...]:
        """The others, newest first."""
        return tuple(one for one in self.reports if not one.new)


def reports(asking: Asking, *, count: int = 15, before: str = "") -> Reports:
    """The newest `count` reports, or those before a day (YYYY-MM-DD)."""
    pairs = [("_include", "DiagnosticReport:result"), ("_sort", "-date")]
    pairs += [("date", f"lt{before}")] if before else []
    page = asking.page(r4.DiagnosticReport, count, *pairs)
    found, older = _whole_days(page)
    if page.next and not found:  # More on one day than a page holds.
        page = asking.page(r4.DiagnosticReport, _ONE_DAY, *pairs)
        found, older = _whole_days(page, cut=False)
    kept = [one for one in found if one.status not in _GONE]
    values = observations(decode(one.content) for one in page.included)
    history = _history(asking, values.values())
    reviews = _reviews(asking, [one.id or "" for one in kept])
    made = tuple(report_of(one, values, history, reviews) for one in kept)
    return Reports(made, older)


def _whole_days(page: Page, *, cut: bool = True) -> tuple[list[r4.DiagnosticReport], str]:
    """The reports of a page, and the day before which the next one begins.

    Of a day of which some are on the next page, none are on this one: those would never be seen.
    """
    decoded = [decode(one.content) for one in page.matches]
    found = [one for one in decoded if isinstance(one, r4.DiagnosticReport)]
    days = [day_of(_taken(one)) for one in found]
    last = next((day for day in reversed(days) if day), None)
    if not page.next or last is None:
        return found, ""
    if not cut:
        return found, last.isoformat()
    whole = [one for one, day in zip(found, days, strict=True) if day != last]
    return whole, (last + timedelta(days=1)).isoformat()


def _taken(one: r4.DiagnosticReport) -> str:
    """When the specimen was taken."""
    period = one.effectivePeriod.start if one.effectivePeriod else ""
    return str(one.effectiveDateTime or period or "")


def report(asking: Asking, id: str) -> Report | None:
    """One report with how its tests went before; None where the reader may not see it."""
    page = asking.page(r4.DiagnosticReport, 1, ("_id", id), ("_include", "DiagnosticReport:result"))
    found = [decode(one.content) for one in page.matches]
    values = observations(decode(one.content) for one in page.included)
    history, reviews = _history(asking, values.values()), _reviews(asking, [id])
    made = [
        report_of(one, values, history, reviews)
        for one in found
        if isinstance(one, r4.DiagnosticReport)
    ]
    return next(iter(made), None)


def observations(found: Iterable[object]) -> dict[str, r4.Observation]:
    """Observations by their ids."""
    return {one.id or "": one for one in found if isinstance(one, r4.Observation)}


def report_of(
    one: r4.DiagnosticReport,
    values: dict[str, r4.Observation],
    history: dict[str, list[r4.Observation]],
    reviews: dict[str, Review],
) -> Report:
    """A report with its values, as far as the reader may see them."""
    held = [values[id] for _, id in map(target, one.result or []) if id in values]
    return Report(
        id=one.id or "",
        title=said(one.code),
        at=_taken(one),
        issued=str(one.issued or ""),
        performer=", ".join(text for who in one.performer or [] if (text := display(who))),
        status=one.status or "",
        rows=rows_of(held, history),
        conclusion=one.conclusion or "",
        review=reviews.get(one.id or ""),
        patient=target(one.subject)[1],
    )


def _history(asking: Asking, values: Iterable[r4.Observation]) -> dict[str, list[r4.Observation]]:
    """The last values of the tests on this page, newest first, from one search."""
    codes = sorted({code for one in values if (code := code_of(one.code, "http://loinc.org"))})
    if not codes:
        return {}
    wanted = ",".join(f"http://loinc.org|{code}" for code in codes[:_TESTS])
    found = asking.newest(r4.Observation, _HISTORY, ("code", wanted))
    series: dict[str, list[r4.Observation]] = {}
    for one in found:
        series.setdefault(test_of(one), []).append(one)
    return series


def _reviews(asking: Asking, ids: Sequence[str]) -> dict[str, Review]:
    """What is to be or was reviewed, by the report's id; an open task counts before a done one."""
    if not ids:
        return {}
    focus = ",".join(f"DiagnosticReport/{id}" for id in ids)
    page = asking.page(
        r4.Task,
        3 * len(ids),
        ("code", f"{TASKS}|{REVIEW}"),
        ("focus", focus),
        ("_sort", "-_lastUpdated"),
    )
    reviews: dict[str, Review] = {}
    for match in page.matches:
        task = decode(match.content)
        if isinstance(task, r4.Task) and task.status not in _GONE:
            found = review_of(task, match.version)
            of = target(task.focus)[1]
            if of not in reviews or (found.open and not reviews[of].open):
                reviews[of] = found
    return reviews


def review_of(task: r4.Task, version: int) -> Review:
    """What a task of review says."""
    said_last = (task.note or [])[-1:]
    return Review(
        id=task.id or "",
        version=version,
        open=task.status in _OPEN,
        owner=(task.owner.reference if task.owner else None) or "",
        owner_name=display(task.owner),
        at=str(task.lastModified or ""),
        comment="".join(note.text or "" for note in said_last),
    )
