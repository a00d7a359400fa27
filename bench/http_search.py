"""A patient's vital signs, newest first, 50: against hand-written SQL for the same rows over HTTP."""

from __future__ import annotations

import json
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
        _same_rows(here, osler_paths[0], bare_paths[0])
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


def _same_rows(here: http_stage.Stage, osler_path: str, bare_path: str) -> None:
    """A comparison of two different answers would say nothing."""
    bundle = json.loads(http_stage.fetch(here.osler, osler_path))
    ours = [entry["resource"]["id"] for entry in bundle["entry"]]
    theirs = [found["id"] for found in json.loads(http_stage.fetch(here.bare, bare_path))]
    if len(ours) != 50 or ours != theirs:
        raise RuntimeError(f"different rows: {ours[:3]}… and {theirs[:3]}…")
