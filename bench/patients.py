"""Instant search over patients: what a person types, from the first letters to a typing error, in milliseconds.

`run(short=True)` searches 20,000 generated patients, the full run 100,000. Each search is the whole of
`clinic.patients.searching.find`: policy of a member of the staff, up to four statements, audit, ranking. The
baseline is FHIR's own `name` search of the same words, which knows no order of words' parts, no sound and no error.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from osler.access import LOCAL, Principal
from osler.clinic.patients.searching import find
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.record import Checks, Record
from osler.search.parse import parse
from osler.store.migrate import migrate

UNCHECKED = Checks(validate=False, references=False, why_off="benchmark")
BATCH = 2000
ROUNDS = 60
BAR = 200.0
_STARTS = "Ander Bak Carl Dubo Ever Fitz Garr Hart Iver Jack Kess Lund Mart Nor Okon Pett Quin Rob Sand Thomp"
_ENDS = "son er berg ton ez ova man field well ham ley wood ford ski rup ini ado ade oye ang"
_GIVEN = (
    "Ada Amir Anna Bea Boris Carla Chen Clara Daniel Diego Elena Emeka Fatima Femi George Grace Hana"
    " Henry Ines Isaac Jana John Katherine Kofi Laura Leo Maria Marcus Nadia Noah Olga Omar Paula"
    " Peter Rosa Samuel Sofia Thomas Uma Victor Wanda Xavier Yusuf Zoe"
)


def people(count: int) -> Iterator[bytes]:
    """Generated patients; a third have one of twenty common names, as everywhere."""
    chance = random.Random(7)
    families = [start + end for start in _STARTS.split() for end in _ENDS.split()]
    common, given = ["Smith", "Garcia", "Nguyen", *families[:17]], _GIVEN.split()
    for n in range(count):
        family = chance.choice(common if chance.random() < 1 / 3 else families)
        born = f"{chance.randint(1930, 2024)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        yield msgspec.json.encode(
            {
                "resourceType": "Patient",
                "id": f"b{n}",
                "active": True,
                "identifier": [{"use": "usual", "system": "urn:osler:mrn", "value": f"{n:07}"}],
                "name": [
                    {
                        "use": "official",
                        "family": family,
                        "given": [chance.choice(given), chance.choice(given)],
                    }
                ],
                "telecom": [
                    {"system": "phone", "value": f"({chance.randint(201, 989)}) 555-{n % 10000:04}"}
                ],
                "gender": chance.choice(["female", "male"]),
                "birthDate": born,
                "managingOrganization": {"reference": f"Organization/o{n % 2}"},
            }
        )


def texts(contents: list[bytes]) -> dict[str, list[str]]:
    """What to type, by kind, from the patients themselves."""
    found: dict[str, list[str]] = {}
    for content in contents:
        one = msgspec.json.decode(content)
        family, given = one["name"][0]["family"], one["name"][0]["given"][0]
        year, month, day = one["birthDate"].split("-")
        kinds = {
            "two letters": family[:2],
            "four letters": family[:4],
            "family name": family,
            "family and given name": f"{family} {given}",
            "name and birth date": f"{family} {int(month)}/{int(day)}/{year[2:]}",
            "birth date": f"{month}/{day}/{year}",
            "record number": one["identifier"][0]["value"],
            "telephone": one["telecom"][0]["value"],
            "typing error": f"{family[:2]}{family[3:]} {given}",
            "nobody": f"{family[::-1]} {given[::-1]}",
        }
        for kind, text in kinds.items():
            found.setdefault(kind, []).append(text)
    return found


def _staff(record: Record) -> Principal:
    resources = [
        {"resourceType": "Organization", "id": "o0", "name": "Here"},
        {"resourceType": "Organization", "id": "o1", "name": "There"},
        {"resourceType": "Practitioner", "id": "p"},
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "active": True,
            "practitioner": {"reference": "Practitioner/p"},
            "organization": {"reference": "Organization/o0"},
        },
    ]
    made = [decode(msgspec.json.encode(one)) for one in resources]
    record.load(LOCAL, made, checks=UNCHECKED, source="bench")
    return Principal(id="p", roles=frozenset({"front-desk"}), person="Practitioner/p")


def _times(ask: Callable[[str], object], typed: list[str]) -> tuple[float, float]:
    """Milliseconds: p50 and p95."""
    times = []
    for text in typed:
        begun = time.perf_counter()
        ask(text)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def run(short: bool) -> list[dict[str, Any]]:
    """The p95 of every way to type, beside FHIR's `name`."""
    size = 20_000 if short else 100_000
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        Path(folder).chmod(0o755)  # run as root, PostgreSQL has an account of its own
        data = Path(folder) / "data"
        url = embedded(data)
        try:
            migrate(url)
            database = Database(url, statement_timeout_ms=600_000)
            results = _measured(Record(database), size)
            database.close()
        finally:
            release(data)
    return results


def _measured(record: Record, size: int) -> list[dict[str, Any]]:
    source, every = people(size), size // ROUNDS
    chosen: list[bytes] = []
    begun = time.perf_counter()
    while batch := list(islice(source, BATCH)):
        record.load(LOCAL, list(map(decode, batch)), checks=UNCHECKED, source="bench")
        chosen += batch[:: max(1, every)]
    rate = size / (time.perf_counter() - begun)
    who = _staff(record)
    with record.database.connection() as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("VACUUM (ANALYZE)")
        conn.execute("RESET statement_timeout")
    typed = texts(chosen[:ROUNDS])

    def by_name(text: str) -> None:
        pairs = [("name", word) for word in text.split()] + [("_count", "60")]
        record.search(who, parse("Patient", pairs, record.registry))

    _times(lambda text: find(record, who, text), typed["family name"])  # once to warm the caches
    _, baseline = _times(by_name, typed["family and given name"])
    results = [{"name": f"patients, load of {size:,}", "value": round(rate), "unit": "resources/s"}]
    for kind, some in typed.items():
        middle, p95 = _times(lambda text: find(record, who, text), some)
        results.append(
            {
                "name": f"patients, {kind}, p95 of {size:,} (p50 {middle:.0f})",
                "value": round(p95, 1),
                "unit": "ms",
                "baseline": round(baseline, 1),
                "ratio": round(p95 / baseline, 2),
                "bar": BAR,
                "met": p95 <= BAR,
            }
        )
    return results
