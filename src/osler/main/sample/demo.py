"""The made-up practice in a record: written once, and brought to the present at every later start."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from osler.access import LOCAL
from osler.fhir.base import Resource
from osler.kit import clock
from osler.kit.errors import NotFound
from osler.main.sample import generate as generated
from osler.main.sample import practice
from osler.main.sample.mark import Mark
from osler.main.sample.today import around
from osler.record import Checks, Record

SEED = 1
_BATCH = 1000
_SOURCE = "sample practice"
_BESIDE = Path("shared/data/samples/synthea")
_CHECKS = Checks(validate=False, references=False, why_off="made by Osler itself")
_AFTER = timedelta(milliseconds=1)  # what is newer than our own last write
_REMEMBERED = timedelta(days=60)
_LIVING = (
    "Appointment",
    "Communication",
    "Composition",
    "DiagnosticReport",
    "Encounter",
    "Observation",
    "Task",
)


def samples() -> Path | None:
    """The folder of sample patients: OSLER_SAMPLES, or `shared` beside the checkout; None without."""
    if named := os.environ.get("OSLER_SAMPLES"):
        if not Path(named).is_dir():
            raise NotFound(f"OSLER_SAMPLES is {named!r}, and there is no such folder")
        return Path(named)
    for root in Path(__file__).resolve().parents[4:6]:
        if (root / _BESIDE).is_dir():
            return root / _BESIDE
    return None


def now() -> datetime:
    """The moment at the practice, in the time zone that its pages show."""
    from django.utils import timezone

    return clock.now().astimezone(timezone.get_default_timezone())


def first(at: datetime, counts: Mapping[str, int]) -> Mark:
    """What to remember of a practice that was generated for this moment and is written now."""
    return Mark(at.date(), {at.date(): at}, clock.now(), counts)


def renew(record: Record, mark: Mark, at: datetime) -> Mark:
    """Bring the practice to the moment `at`: new visits for today, earlier ones finished.

    What somebody changed since it was made is left as it is. Answers what to remember now.
    """
    opened = {day: when for day, when in mark.opened.items() if day > at.date() - _REMEMBERED}
    opened.setdefault(at.date(), at)
    touched = mark.touched | _touched(record, mark.written + _AFTER)
    resources = (
        made
        for made in living(at, opened, mark.since)
        if f"{made.resourceType}/{made.id}" not in touched
    )
    counts = Counter(mark.counts)
    for kind, status in _write(record, resources):
        counts[kind] += status == "created"
    return Mark(mark.since, opened, clock.now(), counts, touched)


def living(at: datetime, opened: Mapping[date, datetime], since: date) -> Iterator[Resource]:
    """The resources that change from day to day, of a practice whose charts were made on `since`."""
    place = practice.build()
    patients = generated.patients(since, place, seed=SEED)
    return around(at, opened, place, patients, seed=SEED)


def _touched(record: Record, since: datetime) -> frozenset[str]:
    """What was written after our own last write."""
    found: set[str] = set()
    for kind in _LIVING:
        cursor: str | None = None
        while True:
            page = record.history(LOCAL, kind, since=since, count=_BATCH, cursor=cursor)
            found.update(f"{one.type}/{one.id}" for one in page.entries)
            cursor = page.next
            if cursor is None:
                break
    return frozenset(found)


def _write(record: Record, resources: Iterable[Resource]) -> Iterator[tuple[str, str]]:
    waiting = iter(resources)
    while batch := list(islice(waiting, _BATCH)):
        outcomes = record.load(LOCAL, batch, checks=_CHECKS, source=_SOURCE)
        for resource, outcome in zip(batch, outcomes, strict=True):
            yield resource.resourceType, outcome.status
