"""The newest reading of every vital sign, by one search whatever the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from osler.access import Principal
from osler.clinic.vitals.reading import Person, Reading, read
from osler.clinic.vitals.signs import SIGNS
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record
from osler.search.parse import parse

MOST = 120
"""Observations that are looked through; a sign last measured before them counts as not recorded here."""


@dataclass(frozen=True, slots=True)
class LatestVitals:
    """The newest reading of each sign, by our keys, as it is ordered in `SIGNS`."""

    readings: dict[str, Reading]

    def __bool__(self) -> bool:
        return bool(self.readings)

    def __iter__(self) -> Iterator[Reading]:
        return iter(self.readings.values())

    def get(self, key: str) -> Reading | None:
        """The newest of one sign."""
        return self.readings.get(key)

    @property
    def at(self) -> datetime | None:
        """When the newest of all was measured."""
        return max((one.at for one in self), default=None)


def latest(
    record: Record, principal: Principal, patient: str, who: Person | None = None
) -> LatestVitals:
    """The newest readings of a patient (logical id); measurements that were not done don't count."""
    found = newest(record, principal, patient, who or Person(), MOST)
    by_key: dict[str, Reading] = {}
    for one in found:
        if one.measure is not None or one.pressure is not None:
            by_key.setdefault(one.sign.key, one)
    return LatestVitals({key: by_key[key] for key in SIGNS if key in by_key})


def newest(
    record: Record,
    principal: Principal,
    patient: str,
    who: Person,
    most: int,
    *more: tuple[str, str],
) -> list[Reading]:
    """Readings newest first, at most so many; `more` are further criteria."""
    pairs = [
        ("patient", f"Patient/{patient.removeprefix('Patient/')}"),
        ("category", "vital-signs"),
        ("_sort", "-date"),
        ("_count", str(most)),
        *more,
    ]
    page = record.search(principal, parse("Observation", pairs, record.registry))
    return readings([(decode(one.content), one.version) for one in page.matches], who)


def readings(resources: Sequence[tuple[object, int]], who: Person) -> list[Reading]:
    """Those resources that are vital signs, newest first."""
    found = [
        reading
        for one, version in resources
        if isinstance(one, r4.Observation) and (reading := read(one, who, version))
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)
