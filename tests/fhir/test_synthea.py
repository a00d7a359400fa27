from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

from tests.fhir.package import needs_definitions
from tests.samples import synthea

from osler.fhir import codec, r4
from osler.fhir.validate import validate


def _read(path: Path) -> bytes:
    return gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()


def test_every_synthea_bundle_survives_the_round_trip() -> None:
    for path in synthea():
        data = _read(path)
        bundle, canonical = codec.decode_canonical(data)
        assert isinstance(bundle, r4.Bundle)
        assert json.loads(canonical, parse_float=Decimal) == json.loads(data, parse_float=Decimal)


def test_synthea_keeps_the_rules() -> None:
    needs_definitions()
    for path in synthea()[:8]:
        errors = [i for i in validate(codec.decode(_read(path))) if i.severity == "error"]
        assert errors == [], path.name
