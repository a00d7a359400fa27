"""A patient's vital signs, newest first, 50: against hand-written SQL for the same rows over HTTP."""

from __future__ import annotations

from functools import partial

from bench import http_people, http_stage
from osler.search.hashing import coding_keys

BAR = 2.0


def run(short: bool) -> list[http_stage.Result]:
    """Median milliseconds of one request."""
    patients, observations, requests = (40, 400, 600) if short else (200, 1000, 5000)
    fill = partial(http_people.fill, patients=patients, observations=observations)
    key = coding_keys("Observation.category", http_people.CATEGORY, "vital-signs")[0]
    people = [f"bench-{number}" for number in range(patients)]
    category = f"{http_people.CATEGORY}%7Cvital-signs"
    query = f"category={category}&_sort=-date&_count=50"
    osler_paths = [f"/fhir/Observation?patient={person}&{query}" for person in people]
    bare_paths = [f"/fhir/Observation?{person},{key}" for person in people]
    with http_stage.stage(fill) as here:
        osler, bare = http_stage.latencies(here, (osler_paths, bare_paths), requests)
    return [
        {
            "name": "vital signs of a patient, newest 50, p50",
            "value": osler,
            "unit": "ms",
            "baseline": bare,
            "ratio": osler / bare,
            "bar": f"≤ {BAR:.2f}",
            "met": osler / bare <= BAR,
        }
    ]
