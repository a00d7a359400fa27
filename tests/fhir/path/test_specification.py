"""Every expression of the specification compiles, and evaluates to what another engine says."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests import samples

from osler.fhir import codec, definitions, path

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_START = r"\(*(?:{}|Resource|DomainResource)\b"


def test_every_search_parameter_compiles() -> None:
    parameters = definitions.search_parameters()
    assert len(parameters) > 1300
    for parameter in parameters:
        if parameter.expression:
            assert path.compile(parameter.expression).expression
        for _, expression in parameter.components:
            assert path.compile(expression).expression


def test_every_invariant_compiles() -> None:
    invariants = definitions.invariants()
    assert len({invariant.expression for invariant in invariants}) > 150
    for invariant in invariants:
        assert path.compile(invariant.expression).expression


def _expressions(kind: str) -> list[str]:
    """The parts of every parameter's union that start at a type."""
    out = set()
    for parameter in definitions.search_parameters():
        parts = [part.strip() for part in parameter.expression.split("|")]
        kept = " | ".join(part for part in parts if re.match(_START.format(kind), part))
        if kept:
            out.add(kept)
    return sorted(out)


def _resources(name: Path, most: int = 12) -> list[dict[str, Any]]:
    """The first few of every type."""
    opened = gzip.decompress(name.read_bytes()) if name.suffix == ".gz" else name.read_bytes()
    taken: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(opened)["entry"]:
        same = taken.setdefault(entry["resource"]["resourceType"], [])
        if len(same) < most:
            same.append(entry["resource"])
    return [resource for group in taken.values() for resource in group]


def _plain(value: Any) -> Any:
    """Values of both engines in one form."""
    if isinstance(value, msgspec.Struct):
        return _plain(json.loads(_ENCODER.encode(value)))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "resourceType"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | float):
        return round(float(value), 9)
    return str(value) if not isinstance(value, bool | int | str) else value


def test_search_expressions_agree_with_fhirpathpy() -> None:
    fhirpathpy = pytest.importorskip("fhirpathpy")
    from fhirpathpy.models import models

    compared = different = 0
    for resource in _resources(samples.synthea()[0]):
        typed = codec.decode(json.dumps(resource).encode())
        for expression in _expressions(resource["resourceType"]):
            # That engine cannot resolve, and does not know that a Patient is a Resource.
            if "resolve()" in expression or "Resource." in expression:
                continue
            try:
                theirs = fhirpathpy.compile(expression, model=models["r4"])(resource)
            except ValueError:  # `as` on several items, which R4's own expressions do
                continue
            ours = path.compile(expression)(typed)
            compared += 1
            different += _plain(ours) != _plain(theirs)
    assert compared > 500
    assert different == 0
