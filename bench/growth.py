"""Ten clinical queries at 50,000 and at 1,000,000 resources: what grows with the history, and what must not.

`run(short=True)` compares 10,000 with 100,000. Each query runs with many values, through `Record.search`, so with
policy and audit; the figure is the p50. Only `count of a code` may grow: its answer does.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from bench.volume import volume
from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.record import Checks, Record
from osler.search.parse import parse
from osler.store.migrate import migrate

UNCHECKED = Checks(validate=False, references=False, why_off="benchmark")
BATCH = 2000
ROUNDS = 40
BAR = 2.0

LOINC = "http://loinc.org|"
SNOMED = "http://snomed.info/sct|"
CHART = (
    "AllergyIntolerance?patient={patient}&_count=50",
    "Condition?patient={patient}&_count=50",
    "MedicationRequest?patient={patient}&_count=50",
    "Immunization?patient={patient}&_count=50",
    "Observation?patient={patient}&category=vital-signs&_count=50",
    "Encounter?patient={patient}&_count=20",
    "DiagnosticReport?patient={patient}&_count=20",
)
QUERIES: dict[str, tuple[str, ...]] = {
    "chart of a patient (7 searches)": CHART,
    "code over all patients, newest 50": ("Observation?code={code}&_count=50",),
    "encounters of a week": ("Encounter?date=ge{day}&date=lt{week}&_count=50",),
    "chain: vitals of patients by name": (
        "Observation?patient.name={name}&code=" + LOINC + "8302-2&_count=50",
    ),
    "_has: patients with a condition": (
        "Patient?_has:Condition:patient:code={condition}&_count=20",
    ),
    "_include: prescriptions with prescriber": (
        "MedicationRequest?patient={patient}&_include=MedicationRequest:requester&_count=50",
    ),
    "name prefix": ("Patient?name={prefix}&_count=50",),
    "identifier": ("Patient?identifier={identifier}",),
    "sort by family name": ("Patient?_sort=family&_count=50",),
    "count of a patient's observations": ("Observation?patient={patient}&_summary=count",),
}
CODES = ("8302-2", "4548-4", "2339-0", "72166-2", "6298-4", "33914-3", "19926-5")
# So common that both sizes fill a page: with a rarer one the answer itself would grow.
CONDITIONS = ("444814009", "195662009", "10509002", "162864005")


class Volume:
    """A growing record with the values that queries ask for."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.size = 0
        self._source: Iterator[bytes] | None = None

    def grow(self, total: int, most: int) -> None:
        """Load until there are `total` resources; `most` is the size it will ever have."""
        if self._source is None:
            self._source = volume(2 * most)
        while self.size < total:
            contents = islice(self._source, min(BATCH, total - self.size))
            # The sample patients share doctors and organizations, whose copies come again.
            batch = {(r.resourceType, r.id): r for r in map(decode, contents)}
            self.record.load(LOCAL, list(batch.values()), checks=UNCHECKED, source="volume")
            self.size += len(batch)
        with self.record.database.connection() as conn:
            conn.execute("SET statement_timeout = 0")
            conn.execute("VACUUM (ANALYZE)")
            conn.execute("RESET statement_timeout")

    def values(self) -> dict[str, list[str]]:
        """What to ask for; the same at every size."""
        with self.record.database.connection() as conn:
            patients = conn.execute(
                "SELECT id, content FROM resource WHERE type = 'Patient' ORDER BY rid LIMIT %s",
                (ROUNDS,),
            ).fetchall()
        people = [decode(content) for _, content in patients]
        families = [str(person.name[0].family) for person in people]  # type: ignore[attr-defined]
        identifiers = [person.identifier[0] for person in people]  # type: ignore[attr-defined]
        return {
            "patient": ["Patient/" + id for id, _ in patients],
            "name": families,
            "prefix": [family[:4] for family in families],
            "identifier": [f"{one.system or ''}|{one.value}" for one in identifiers],
            "code": [LOINC + code for code in CODES],
            "condition": [SNOMED + code for code in CONDITIONS],
            "day": [f"20{n // 4 + 10}-0{n % 4 + 3}-01" for n in range(ROUNDS)],
            "week": [f"20{n // 4 + 10}-0{n % 4 + 3}-08" for n in range(ROUNDS)],
        }


def measure(record: Record, values: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """Milliseconds for each query: p50 and p95."""
    found = {}
    for name, templates in QUERIES.items():
        times = []
        for n in range(ROUNDS):
            chosen = {key: some[n % len(some)] for key, some in values.items()}
            texts = [template.format(**chosen) for template in templates]
            begun = time.perf_counter()
            for text in texts:
                ask(record, text)
            times.append((time.perf_counter() - begun) * 1000)
        found[name] = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    return found


def ask(record: Record, text: str) -> Any:
    """Parse and answer a search, as a door would."""
    type, _, pairs = text.partition("?")
    query = parse(type, parse_qsl(pairs), record.registry)
    return record.search(LOCAL, query)


def run(short: bool) -> list[dict[str, Any]]:
    """The p50 at the larger size against that at the smaller."""
    small, large = (10_000, 100_000) if short else (50_000, 1_000_000)
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        Path(folder).chmod(0o755)  # run as root, PostgreSQL has an account of its own
        data = Path(folder) / "data"
        url = embedded(data)
        try:
            migrate(url)
            database = Database(url, statement_timeout_ms=600_000)
            grown = Volume(Record(database))
            figures = []
            for size in (small, large):
                grown.grow(size, large)
                measure(grown.record, grown.values())  # once to warm the caches
                figures.append(measure(grown.record, grown.values()))
            database.close()
        finally:
            release(data)
    return [_result(name, small, large, figures[0][name], figures[1][name]) for name in QUERIES]


def _result(
    name: str, small: int, large: int, before: tuple[float, float], after: tuple[float, float]
) -> dict[str, Any]:
    ratio = after[0] / before[0]
    return {
        "name": f"growth, {name}, p50 at {large:,} against {small:,}",
        "value": round(after[0], 2),
        "unit": "ms",
        "baseline": round(before[0], 2),
        "ratio": round(ratio, 2),
        "bar": BAR,
        "met": ratio <= BAR,
    }
