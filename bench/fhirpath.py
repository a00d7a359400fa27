"""FHIRPath: all search-parameter expressions of R4 on Synthea resources, against fhirpathpy in the same run."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from osler.fhir import codec, definitions, path

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "samples" / "synthea"
BAR = 20.0
_ABSENT, _PRESENT = "Patient.link.other", "Patient.name.given"

Work = list[tuple[Callable[[Any], Any], Any]]


def run(short: bool = True) -> list[dict[str, Any]]:
    """The ratio over all expressions that the baseline can evaluate, and the cost of two simple paths."""
    resources = _resources(3 if short else 12, 150 if short else 600)
    expressions = {
        kind: tuple(_expressions(kind)) for kind in {r["resourceType"] for r in resources}
    }
    ours, theirs, skipped = _prepare(resources, expressions)
    rounds = 3 if short else 5  # the least of several: a shared machine only ever adds
    fast = min(_seconds(ours) for _ in range(rounds * 4)) / len(ours) * 1e6
    slow = min(_seconds(theirs) for _ in range(rounds)) / len(theirs) * 1e6
    note = f"{len(ours):,} evaluations on {len(resources)} resources; {skipped:,} the baseline cannot do left out"
    print(f"fhirpath: {note}", file=sys.stderr)
    results = [
        _result(
            "fhirpath: search expressions, each", fast, slow, slow / fast, BAR, slow / fast >= BAR
        )
    ]
    patient = next(r for r in resources if r["resourceType"] == "Patient")
    for expression, limit in ((_ABSENT, 1.0), (_PRESENT, 2.0)):
        results.append(_simple(expression, patient, limit))
    return results


def _result(
    name: str, value: float, baseline: float, ratio: float, bar: float, met: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "µs",
        "baseline": round(baseline, 2),
        "ratio": round(ratio, 1),
        "bar": bar,
        "met": met,
    }


def _resources(files: int, each: int) -> list[dict[str, Any]]:
    """Resources of every type that the sample has, spread over each file."""
    found: list[dict[str, Any]] = []
    names = sorted(SAMPLES.glob("*.json.gz"))
    if not names:
        raise FileNotFoundError(f"no Synthea samples in {SAMPLES}")
    for name in names[:files]:
        entries = [
            entry["resource"] for entry in json.loads(gzip.decompress(name.read_bytes()))["entry"]
        ]
        step = max(1, len(entries) // each)
        first = {entry["resourceType"]: entry for entry in reversed(entries)}
        found += [*first.values(), *entries[::step]]
    return found


def _expressions(kind: str) -> Iterable[str]:
    """Each parameter's expression for a type: the parts of its union that start there."""
    start = re.compile(rf"\(*(?:{kind}|Resource|DomainResource)\b")
    for parameter in definitions.search_parameters():
        if {kind, "Resource", "DomainResource"}.isdisjoint(parameter.base):
            continue
        parts = [part.strip() for part in parameter.expression.split("|")]
        kept = " | ".join(part for part in parts if start.match(part))
        if kept:
            yield kept


def _prepare(
    resources: list[dict[str, Any]], expressions: dict[str, tuple[str, ...]]
) -> tuple[Work, Work, int]:
    """The same work for both, each with its own representation of the resource, everything compiled and tried once."""
    import fhirpathpy
    from fhirpathpy.models import models

    baseline: dict[str, Any] = {
        text: fhirpathpy.compile(text, model=models["r4"])
        for texts in expressions.values()
        for text in texts
    }
    ours: Work = []
    theirs: Work = []
    skipped = 0
    for resource in resources:
        typed = codec.decode(json.dumps(resource).encode())
        for text in expressions[resource["resourceType"]]:
            compiled = path.compile(text)
            compiled(typed)
            try:
                baseline[text](resource)
            except Exception:  # noqa: BLE001 - whatever the baseline cannot do is not compared
                skipped += 1
                continue
            ours.append((compiled, typed))
            theirs.append((baseline[text], resource))
    return ours, theirs, skipped


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    for evaluate, resource in work:
        evaluate(resource)
    return time.perf_counter() - start


def _simple(expression: str, resource: dict[str, Any], limit: float) -> dict[str, Any]:
    """A single path in a loop; the bar is a limit in microseconds."""
    import fhirpathpy
    from fhirpathpy.models import models

    typed, compiled = codec.decode(json.dumps(resource).encode()), path.compile(expression)
    baseline: Any = fhirpathpy.compile(expression, model=models["r4"])
    value = min(_seconds([(compiled, typed)] * 20_000) for _ in range(5)) / 20_000 * 1e6
    other = _seconds([(baseline, resource)] * 500) / 500 * 1e6
    return _result(f"fhirpath: {expression}", value, other, other / value, limit, value <= limit)


if __name__ == "__main__":
    print(json.dumps(run("--full" not in sys.argv), indent=1))
