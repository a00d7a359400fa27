"""The patient and the observation that most FHIRPath tests look at, and a short way to evaluate."""

from __future__ import annotations

import json
from typing import Any

from osler.fhir import codec, path

PATIENT = {
    "resourceType": "Patient",
    "id": "ada",
    "meta": {"versionId": "3", "lastUpdated": "2024-05-06T07:08:09.123+02:00"},
    "contained": [{"resourceType": "Organization", "id": "org", "name": "House of Lovelace"}],
    "extension": [
        {"url": "http://example.org/birthplace", "valueAddress": {"city": "London"}},
        {
            "url": "http://example.org/nested",
            "extension": [{"url": "a", "valueInteger": 1}, {"url": "b", "valueString": "two"}],
        },
    ],
    "active": True,
    "name": [
        {"use": "official", "family": "Lovelace", "given": ["Ada", "Augusta"]},
        {"use": "usual", "given": ["Ada"], "period": {"start": "1815-12"}},
        {"use": "maiden", "family": "Byron", "_family": {"id": "f1"}, "given": [None, "A"],
         "_given": [{"extension": [{"url": "http://example.org/unknown", "valueCode": "masked"}]}, None]},
    ],
    "telecom": [
        {"system": "phone", "value": "555-0100", "rank": 1},
        {"system": "email", "value": "ada@example.org", "rank": 2},
    ],
    "gender": "female",
    "birthDate": "1815-12-10",
    "_birthDate": {
        "extension": [{"url": "http://example.org/time", "valueDateTime": "1815-12-10T06:30:00Z"}]
    },
    "deceasedDateTime": "1852-11-27",
    "multipleBirthInteger": 2,
    "managingOrganization": {"reference": "#org"},
    "generalPractitioner": [
        {"reference": "Practitioner/jim"},
        {"reference": "http://other.example.org/fhir/Organization/clinic"},
        {"type": "PractitionerRole", "identifier": {"value": "7"}},
    ],
    "contact": [{"name": {"family": "King"}, "gender": "male"}],
}  # fmt: skip

OBSERVATION = {
    "resourceType": "Observation",
    "id": "bp",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "Weight"},
    "subject": {"reference": "Patient/ada"},
    "effectiveDateTime": "2020-02-03T04:05:06Z",
    "valueQuantity": {
        "value": 185.0,
        "unit": "lbs",
        "system": "http://unitsofmeasure.org",
        "code": "[lb_av]",
    },
    "component": [
        {"code": {"text": "x"}, "valueQuantity": {"value": 1, "code": "mm[Hg]"}},
        {"code": {"text": "y"}, "valueString": "high"},
        {"code": {"text": "z"}, "valueInteger": 7},
    ],
}


def resource(content: dict[str, Any]) -> Any:
    """The Struct of a JSON object."""
    return codec.decode(json.dumps(content).encode())


ADA = resource(PATIENT)
WEIGHT = resource(OBSERVATION)


def of(expression: str, on: Any = ADA, **options: Any) -> list[Any]:
    """The values of an expression."""
    return path.compile(expression)(on, **options)
