"""Patients with histories of any length, made of numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Checks, Record

_LOINC = "http://loinc.org"
_BEGAN = datetime(2010, 1, 4, 9, tzinfo=UTC)


def load_history(record: Record, id: str, visits: int) -> None:
    """A patient with that many visits, and with what each brings: signs, results, a note, a vaccine."""
    made = [_patient(id), *(one for number in range(visits) for one in _visit(id, number))]
    resources = [decode(json.dumps(one).encode()) for one in made]
    checks = Checks(references=False, why_off="made for a test")
    for start in range(0, len(resources), 2000):
        record.load(LOCAL, resources[start : start + 2000], checks=checks, source="test")


def _patient(id: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": id,
        "birthDate": "1968-03-14",
        "gender": "female",
        "name": [{"use": "official", "family": "Okafor", "given": ["Amara"]}],
    }


def _visit(id: str, number: int) -> list[dict[str, Any]]:
    at = (_BEGAN + timedelta(days=5 * number)).isoformat()
    subject = {"reference": f"Patient/{id}"}
    coded = {"coding": [{"system": _LOINC, "code": "2823-3", "display": "Potassium"}]}
    return [
        {
            "resourceType": "Encounter",
            "id": f"{id}-e{number}",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": subject,
            "period": {"start": at},
        },
        _observation(f"{id}-p{number}", subject, at, "vital-signs", "8867-4", 60 + number % 30),
        _observation(f"{id}-w{number}", subject, at, "vital-signs", "29463-7", 80 + number % 5),
        _observation(f"{id}-k{number}", subject, at, "laboratory", "2823-3", 4 + number % 2),
        {
            "resourceType": "DiagnosticReport",
            "id": f"{id}-r{number}",
            "status": "final",
            "code": coded,
            "subject": subject,
            "effectiveDateTime": at,
            "result": [{"reference": f"Observation/{id}-k{number}"}],
        },
    ]


def _observation(
    id: str, subject: dict[str, Any], at: str, category: str, code: str, value: float
) -> dict[str, Any]:
    kind = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"system": kind, "code": category}]}],
        "code": {"coding": [{"system": _LOINC, "code": code}], "text": code},
        "subject": subject,
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": "x"},
    }
