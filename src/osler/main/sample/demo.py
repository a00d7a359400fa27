"""What `osler demo` puts into an empty record: sample patients from files, and the made-up practice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, LoadReport, Watcher, load
from osler.fhir.base import Resource
from osler.kit import clock
from osler.kit.errors import NotFound
from osler.main.sample import practice
from osler.main.sample.generate import generate
from osler.main.sample.make import ZONE
from osler.record import Checks, Record

_BATCH = 1000
_SOURCE = "sample practice"
_BESIDE = Path("shared/data/samples/synthea")
_CHECKS = Checks(validate=False, references=False, why_off="made by Osler itself")


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


def load_demo(
    record: Record,
    *,
    folder: Path | None = None,
    jobs: int = 1,
    seed: int = 1,
    progress: Watcher | None = None,
) -> LoadReport:
    """Sample patients where there are any, and the made-up practice with today's appointments.

    `folder` has the samples; without it they are looked for where `samples` says. Run again on
    another day it adds that day's appointments and leaves the charts as they are.
    """
    folder = folder or samples()
    report = load(
        record,
        [folder] if folder else [],
        options=LoadOptions(jobs=jobs),
        progress=progress,
    )
    resources = generate(clock.now().astimezone(ZONE), seed=seed)
    if _is_here(record):
        resources = (made for made in resources if made.resourceType == "Appointment")
    start = clock.now()
    for tally in _write(record, resources):
        report.add(tally)
    report.seconds += (clock.now() - start).total_seconds()
    return report


def _is_here(record: Record) -> bool:
    organization = practice.build().organization
    try:
        record.read(LOCAL, "Organization", organization.id or "")
    except NotFound:
        return False
    return True


def _write(record: Record, resources: Iterable[Resource]) -> Iterable[dict[str, Counter[str]]]:
    waiting = iter(resources)
    while batch := list(islice(waiting, _BATCH)):
        outcomes = record.load(LOCAL, batch, checks=_CHECKS, source=_SOURCE)
        tally: dict[str, Counter[str]] = {}
        for resource, outcome in zip(batch, outcomes, strict=True):
            tally.setdefault(resource.resourceType, Counter())[outcome.status] += 1
        yield tally
