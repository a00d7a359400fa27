"""What waits for somebody's review, over all patients, the gravest first; two searches."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.chart.words import target
from osler.clinic.results.reports import (
    REVIEW,
    TASKS,
    Report,
    observations,
    report_of,
    review_of,
)
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Page, Record
from osler.search.parse import parse

_MOST = 60
_URGENT = "stat,asap,urgent"


@dataclass(frozen=True, slots=True)
class Item:
    """A report with its patient."""

    patient: r4.Patient
    report: Report


@dataclass(frozen=True, slots=True)
class Inbox:
    """What was found; `more` where there is more than one page holds."""

    items: tuple[Item, ...]
    more: bool = False


def inbox(record: Record, principal: Principal, *, whose: str = "mine") -> Inbox:
    """`whose`: mine, all that the principal may see, or done (reviewed by the principal, newest first)."""
    pairs = [("code", f"{TASKS}|{REVIEW}"), ("_count", str(_MOST)), ("_total", "none")]
    pairs += [
        ("status", "completed" if whose == "done" else "requested,received,accepted,in-progress")
    ]
    if whose != "all":
        if not principal.person:
            return Inbox(())
        pairs.append(("owner", principal.person))
    pairs += [
        ("_sort", "-modified" if whose == "done" else "authored-on"),
        ("_include", "Task:patient"),
        ("_include", "Task:focus"),
        ("_include:iterate", "DiagnosticReport:result"),
    ]
    # What the laboratory called urgent is never behind a page of what it did not.
    pages = [] if whose == "done" else [_page(record, principal, *pairs, ("priority", _URGENT))]
    pages.append(_page(record, principal, *pairs))
    return Inbox(_items(pages, by_gravity=whose != "done"), pages[-1].next is not None)


def _page(record: Record, principal: Principal, *pairs: tuple[str, str]) -> Page:
    return record.search(principal, parse("Task", pairs, record.registry))


def _items(pages: list[Page], *, by_gravity: bool) -> tuple[Item, ...]:
    """Each task once, with its report and patient; the gravest first, or as they were found."""
    beside = [decode(one.content) for page in pages for one in page.included]
    patients = {one.id: one for one in beside if isinstance(one, r4.Patient)}
    held = {one.id: one for one in beside if isinstance(one, r4.DiagnosticReport)}
    values = observations(beside)
    items = []
    for match in {one.id: one for page in pages for one in page.matches}.values():
        task = decode(match.content)
        assert isinstance(task, r4.Task)
        report, patient = held.get(target(task.focus)[1]), patients.get(target(task.for_)[1])
        if report is None or patient is None:
            continue  # Of something that this reader may not see: its own task says no more.
        review = review_of(task, match.version)
        items.append(Item(patient, report_of(report, values, {}, {report.id or "": review})))
    if by_gravity:
        items.sort(key=lambda item: (item.report.rank, item.report.at))
    return tuple(items)
