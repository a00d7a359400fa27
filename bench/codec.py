"""Codec: decoding with full checks, and validation, of Synthea resources, against parsers that check nothing."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from osler.fhir import codec
from osler.fhir.validate import validate

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "samples" / "synthea"


def run(short: bool = True) -> list[dict[str, Any]]:
    """Microseconds for one average Observation and one average resource, each against its baselines."""
    texts = _texts(4 if short else 40)
    observations = [text for text in texts if text.startswith(b'{"resourceType":"Observation"')]
    results = []
    for name, data in (("Observation", observations), ("resource", texts)):
        ours = _microseconds(codec.decode_canonical, data)
        results += [
            _result(
                f"decode and check, {name}, against json",
                ours,
                _microseconds(json.loads, data),
                None,
            ),
            _result(
                f"decode and check, {name}, against orjson",
                ours,
                _microseconds(orjson.loads, data),
                None,
            ),
        ]
    decoded = [codec.decode(text) for text in observations]
    spent = _microseconds(validate, decoded)
    return [*results, _result("validate, Observation", spent, None, 300.0)]


def _texts(files: int) -> list[bytes]:
    """Compact JSON of the resources of some Synthea Bundles."""
    names = sorted(SAMPLES.glob("*.json.gz"))[:files]
    if not names:
        raise FileNotFoundError(f"no Synthea samples in {SAMPLES}")
    bundles = (orjson.loads(gzip.decompress(name.read_bytes())) for name in names)
    return [orjson.dumps(entry["resource"]) for bundle in bundles for entry in bundle["entry"]]


def _microseconds(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """The best of three rounds, for one item."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for item in items:
            work(item)
        best = min(best, time.perf_counter() - start)
    return best / len(items) * 1e6


def _result(name: str, value: float, baseline: float | None, bar: float | None) -> dict[str, Any]:
    return {
        "name": f"codec: {name}",
        "value": round(value, 2),
        "unit": "µs",
        "baseline": None if baseline is None else round(baseline, 2),
        "ratio": None if baseline is None else round(value / baseline, 2),
        "bar": bar,
        "met": None if bar is None else value <= bar,
    }
