"""create over HTTP, durable, against a bare handler that inserts the same JSON into one table."""

from __future__ import annotations

import json
from functools import partial

from bench import http_people, http_stage

BAR = 0.50


def run(short: bool) -> list[http_stage.Result]:
    """Requests per second, of an Observation of a patient who exists."""
    fill = partial(http_people.fill, patients=10, observations=100)
    body = {k: v for k, v in http_people.observation(1, 5).items() if k != "id"}
    content = json.dumps(body).encode()
    paths = ["/fhir/Observation"]
    with http_stage.stage(fill) as here:
        osler, bare, ratio = http_stage.compare(here, "POST", (paths, paths), content, short)
    return [
        {
            "name": "create over HTTP, durable",
            "value": osler,
            "unit": "requests/s",
            "baseline": bare,
            "ratio": ratio,
            "bar": f"≥ {BAR:.2f}",
            "met": ratio >= BAR,
        }
    ]
