"""Invented patients with vital signs, of the size and shape that a practice's records have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from osler.access import LOCAL
from osler.fhir import codec
from osler.record import Checks, Record

_UNCHECKED = Checks(validate=False, references=False, why_off="benchmark")
_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_VITALS = (
    ("8867-4", "Heart rate", "/min", 72),
    ("9279-1", "Respiratory rate", "/min", 15),
    ("8310-5", "Body temperature", "Cel", 36.8),
    ("29463-7", "Body weight", "kg", 78.4),
    ("39156-5", "Body mass index", "kg/m2", 25.1),
)
_LABS = (("4548-4", "Hemoglobin A1c", "%", 5.6), ("2339-0", "Glucose", "mg/dL", 95.0))
_FIRST = datetime(2015, 1, 1, 9, tzinfo=UTC)


def patient(number: int) -> dict[str, Any]:
    """A patient with what a registration desk asks for."""
    return {
        "resourceType": "Patient",
        "id": f"bench-{number}",
        "identifier": [{"system": "http://example.org/mrn", "value": f"{number:08}"}],
        "active": True,
        "name": [{"use": "official", "family": f"Bench{number}", "given": ["Ada", "Maria"]}],
        "telecom": [{"system": "phone", "value": f"555-{number:06}", "use": "home"}],
        "gender": "female",
        "birthDate": f"{1940 + number % 70}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "address": [
            {
                "line": ["1 Long Street"],
                "city": "Springfield",
                "postalCode": "01101",
                "country": "US",
            }
        ],
    }


def observation(person: int, number: int) -> dict[str, Any]:
    """A vital sign, or every fourth time a laboratory result."""
    is_lab = number % 4 == 3
    code, text, unit, value = (_LABS if is_lab else _VITALS)[number % (2 if is_lab else 5)]
    category = "laboratory" if is_lab else "vital-signs"
    return {
        "resourceType": "Observation",
        "id": f"bench-{person}-{number}",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": category, "display": category}]}],
        "code": {"coding": [{"system": _LOINC, "code": code, "display": text}], "text": text},
        "subject": {"reference": f"Patient/bench-{person}"},
        "effectiveDateTime": (_FIRST + timedelta(days=5 * number)).isoformat(),
        "issued": (_FIRST + timedelta(days=5 * number, hours=1)).isoformat(),
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    }


def fill(record: Record, patients: int, observations: int) -> None:
    """Write `patients`, each with that many observations."""
    for person in range(patients):
        resources = _of(person, observations)
        loaded = [codec.decode(json.dumps(resource).encode()) for resource in resources]
        record.load(LOCAL, loaded, checks=_UNCHECKED, source="bench")


def _of(person: int, observations: int) -> Iterator[dict[str, Any]]:
    yield patient(person)
    for number in range(observations):
        yield observation(person, number)
