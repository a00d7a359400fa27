"""A practice for the bench of pages: many patients, some with an ordinary history, one with a very long one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from bench import patients
from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Checks, Record

UNCHECKED = Checks(validate=False, references=False, why_off="benchmark")
BATCH = 2000
STAFF = 20
ORDINARY = 120
"""The patients b0 … with a history of some years; the others have one visit each."""
LONG, EMPTY = "long", "empty"
ENCOUNTERS, OBSERVATIONS = 1000, 20_000
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_KIND = "http://terminology.hl7.org/CodeSystem/condition-category"
_TODAY = datetime(2026, 11, 1, 9, tzinfo=UTC)
_SIGNS = (
    ("8867-4", "Heart rate", "/min", 72),
    ("9279-1", "Respiratory rate", "/min", 15),
    ("8310-5", "Body temperature", "Cel", 36.8),
    ("29463-7", "Body weight", "kg", 78.4),
    ("59408-5", "Oxygen saturation", "%", 98),
)
_LABS = (
    ("4548-4", "Hemoglobin A1c", "%", 5.6),
    ("2339-0", "Glucose", "mg/dL", 95.0),
    ("2160-0", "Creatinine", "mg/dL", 0.9),
    ("2823-3", "Potassium", "mmol/L", 4.1),
    ("718-7", "Hemoglobin", "g/dL", 13.4),
)
_PROBLEMS = (
    ("I10", "Essential (primary) hypertension"),
    ("E11.9", "Type 2 diabetes mellitus without complications"),
    ("J45.909", "Unspecified asthma, uncomplicated"),
    ("M54.50", "Low back pain, unspecified"),
    ("K21.9", "Gastro-esophageal reflux disease without esophagitis"),
    ("E78.5", "Hyperlipidemia, unspecified"),
)
_DRUGS = (
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("861007", "metformin hydrochloride 500 MG Oral Tablet"),
    ("617312", "atorvastatin 20 MG Oral Tablet"),
    ("402014", "omeprazole 20 MG Delayed Release Oral Capsule"),
)
Json = dict[str, Any]


def fill(record: Record, count: int) -> int:
    """Load `count` patients with what is about them; how many resources there are then."""
    source, loaded = _everything(count), 0
    while batch := list(islice(source, BATCH)):
        made = [decode(msgspec.json.encode(one)) for one in batch]
        record.load(LOCAL, made, checks=UNCHECKED, source="bench")
        loaded += len(batch)
    with record.database.connection() as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("RESET statement_timeout")
    return loaded


def _everything(count: int) -> Iterator[Json]:
    yield from _practice()
    for number, content in enumerate(patients.people(count)):
        one: Json = msgspec.json.decode(content)
        id = one["id"]
        yield one | {"managingOrganization": {"reference": "Organization/o0"}}
        yield from _ordinary(id) if number < ORDINARY else history(id, 1, 2, 0)
    yield person(EMPTY, "Empty")
    yield person(LONG, "Longfellow")
    yield from history(LONG, ENCOUNTERS, OBSERVATIONS, 40)


def _practice() -> Iterator[Json]:
    yield {"resourceType": "Organization", "id": "o0", "name": "Long Street Clinic"}
    for n in range(STAFF):
        name = {"family": f"Clinician{n}", "given": ["Ada"]}
        yield {"resourceType": "Practitioner", "id": f"p{n}", "name": [name]}
        yield {
            "resourceType": "PractitionerRole",
            "id": f"r{n}",
            "active": True,
            "practitioner": {"reference": f"Practitioner/p{n}"},
            "organization": {"reference": "Organization/o0"},
        }


def person(id: str, family: str) -> Json:
    """A patient with what a registration desk asks for, and a name that nobody else has."""
    return {
        "resourceType": "Patient",
        "id": id,
        "active": True,
        "identifier": [{"use": "usual", "system": "urn:osler:mrn", "value": f"X-{id}"}],
        "name": [{"use": "official", "family": family, "given": ["Henrietta"]}],
        "gender": "female",
        "birthDate": "1951-04-17",
        "managingOrganization": {"reference": "Organization/o0"},
    }


def _ordinary(id: str) -> Iterator[Json]:
    yield from history(id, 24, 200, 6)
    subject = {"reference": f"Patient/{id}"}
    for n, (code, text) in enumerate(_DRUGS):
        yield {
            "resourceType": "MedicationRequest",
            "id": f"{id}-m{n}",
            "status": "active",
            "intent": "order",
            "subject": subject,
            "authoredOn": _day(40 * n),
            "medicationCodeableConcept": {"coding": [_rxnorm(code, text)], "text": text},
            "dosageInstruction": [{"text": "1 tablet by mouth once a day"}],
        }
    yield {
        "resourceType": "AllergyIntolerance",
        "id": f"{id}-a",
        "patient": subject,
        "clinicalStatus": {
            "coding": [_coding(_CLINICAL.replace("condition", "allergyintolerance"))]
        },
        "code": {"text": "Penicillin"},
        "criticality": "high",
    }


def history(id: str, encounters: int, observations: int, problems: int) -> Iterator[Json]:
    """What is about one patient, evenly over ten years; every 40 results make a report."""
    subject = {"reference": f"Patient/{id}"}
    for n in range(encounters):
        at = _day(3650 * n // max(encounters, 1))
        yield {
            "resourceType": "Encounter",
            "id": f"{id}-e{n}",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": subject,
            "serviceProvider": {"reference": "Organization/o0"},
            "period": {"start": at, "end": at},
        }
    for n in range(observations):
        yield _observation(id, n, observations, max(encounters, 1))
    for n in range(observations // 40):
        yield _report(id, n, observations)
    for n in range(problems):
        code, text = _PROBLEMS[n % len(_PROBLEMS)]
        yield {
            "resourceType": "Condition",
            "id": f"{id}-c{n}",
            "clinicalStatus": {"coding": [_coding(_CLINICAL)]},
            "category": [{"coding": [{"system": _KIND, "code": "problem-list-item"}]}],
            "code": {
                "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}],
                "text": text,
            },
            "subject": subject,
            "recordedDate": _day(90 * n),
        }


def _observation(id: str, number: int, of: int, encounters: int) -> Json:
    is_lab = number % 2 == 1
    code, text, unit, value = (_LABS if is_lab else _SIGNS)[number // 2 % 5]
    category = "laboratory" if is_lab else "vital-signs"
    at = _day(3650 * number // of)
    return {
        "resourceType": "Observation",
        "id": f"{id}-o{number}",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": category}]}],
        "code": {"coding": [{"system": _LOINC, "code": code, "display": text}], "text": text},
        "subject": {"reference": f"Patient/{id}"},
        "encounter": {"reference": f"Encounter/{id}-e{number * encounters // of}"},
        "effectiveDateTime": at,
        "issued": at,
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    }


def _report(id: str, number: int, of: int) -> Json:
    first = number * 40
    system = "http://terminology.hl7.org/CodeSystem/v2-0074"
    return {
        "resourceType": "DiagnosticReport",
        "id": f"{id}-d{number}",
        "status": "final",
        "category": [{"coding": [{"system": system, "code": "LAB"}]}],
        "code": {"text": "Basic panel"},
        "subject": {"reference": f"Patient/{id}"},
        "effectiveDateTime": _day(3650 * first // of),
        "issued": _day(3650 * first // of),
        "result": [{"reference": f"Observation/{id}-o{first + n}"} for n in (1, 3, 5, 7, 9)],
    }


def _coding(system: str) -> Json:
    return {"system": system, "code": "active"}


def _rxnorm(code: str, text: str) -> Json:
    return {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": text}


def _day(ago: int) -> str:
    return (_TODAY - timedelta(days=ago)).isoformat()
