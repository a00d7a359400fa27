"""FHIR read over HTTP, audit on, against the leanest handler that fetches the same row."""

from __future__ import annotations

from functools import partial

from bench import http_people, http_stage

PATIENTS = 500
BAR = 0.60


def run(short: bool) -> list[http_stage.Result]:
    """Requests per second."""
    fill = partial(http_people.fill, patients=PATIENTS, observations=4)
    paths = [f"/fhir/Patient/bench-{number}" for number in range(PATIENTS)]
    with http_stage.stage(fill) as here:
        osler, bare, ratio = http_stage.compare(here, "GET", (paths, paths), b"", short)
    return [
        {
            "name": "read over HTTP, audit on",
            "value": osler,
            "unit": "requests/s",
            "baseline": bare,
            "ratio": ratio,
            "bar": f"≥ {BAR:.2f}",
            "met": ratio >= BAR,
        }
    ]
