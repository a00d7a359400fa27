"""A practice with two clinicians, a nurse and a patient with vitals, problems, allergies, medications, results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.notes.signing import Desk
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.database import Database
from osler.record import Record, Update

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
LOINC = "http://loinc.org"
HL7 = "http://terminology.hl7.org/CodeSystem"


def resource(type: str, id: str, **more: object) -> Update:
    return Update(decode(json.dumps({"resourceType": type, "id": id, **more}).encode()))


def about(patient: str = "ana") -> dict[str, str]:
    return {"reference": f"Patient/{patient}"}


def vital(id: str, code: str, text: str, value: float, unit: str, patient: str = "ana") -> Update:
    return resource(
        "Observation",
        id,
        status="final",
        subject=about(patient),
        effectiveDateTime="2026-03-02T10:20:00Z",
        category=[{"coding": [{"system": f"{HL7}/observation-category", "code": "vital-signs"}]}],
        code={"coding": [{"system": LOINC, "code": code}], "text": text},
        valueQuantity={
            "value": value,
            "unit": unit,
            "code": unit,
            "system": "http://unitsofmeasure.org",
        },
    )


def pressure(high: int, low: int) -> Update:
    def part(code: str, value: int) -> dict[str, object]:
        return {
            "code": {"coding": [{"system": LOINC, "code": code}]},
            "valueQuantity": {
                "value": value,
                "unit": "mmHg",
                "code": "mm[Hg]",
                "system": "http://unitsofmeasure.org",
            },
        }

    return resource(
        "Observation",
        "bp",
        status="final",
        subject=about(),
        effectiveDateTime="2026-03-02T10:20:00Z",
        category=[{"coding": [{"system": f"{HL7}/observation-category", "code": "vital-signs"}]}],
        code={"coding": [{"system": LOINC, "code": "85354-9"}], "text": "Blood pressure"},
        component=[part("8480-6", high), part("8462-4", low)],
    )


def _problem() -> Update:
    return resource(
        "Condition",
        "dm",
        subject=about(),
        category=[
            {"coding": [{"system": f"{HL7}/condition-category", "code": "problem-list-item"}]}
        ],
        clinicalStatus={"coding": [{"system": f"{HL7}/condition-clinical", "code": "active"}]},
        code={
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}],
            "text": "Type 2 diabetes",
        },
    )


def chart() -> list[Update]:
    return [
        resource(
            "Practitioner", "p1", name=[{"family": "Osei", "given": ["Ada"], "suffix": ["MD"]}]
        ),
        resource("Practitioner", "p2", name=[{"text": "Ben Ito"}]),
        resource("Practitioner", "n1", name=[{"text": "Nia Cole"}]),
        resource(
            "Patient",
            "ana",
            birthDate="1961-05-02",
            gender="female",
            name=[{"family": "Garcia", "given": ["Ana"]}],
            identifier=[{"use": "usual", "system": "urn:mrn", "value": "MRN-7"}],
        ),
        resource("Patient", "bo", name=[{"family": "Bo"}]),
        resource(
            "Encounter",
            "v1",
            status="in-progress",
            subject=about(),
            **{"class": {"code": "AMB", "system": f"{HL7}/v3-ActCode"}},
        ),
        pressure(138, 84),
        vital("wt", "29463-7", "Weight", 84.2, "kg"),
        vital("other", "29463-7", "Weight", 50, "kg", "bo"),
        _problem(),
        resource(
            "AllergyIntolerance",
            "pen",
            patient=about(),
            clinicalStatus={
                "coding": [{"system": f"{HL7}/allergyintolerance-clinical", "code": "active"}]
            },
            code={"text": "Penicillin"},
        ),
        resource(
            "MedicationRequest",
            "met",
            status="active",
            intent="order",
            subject=about(),
            medicationCodeableConcept={"text": "metFORMIN 500 mg"},
            dosageInstruction=[{"text": "twice daily"}],
        ),
    ]


@pytest.fixture(autouse=True)
def at_half_past_three() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def record(fresh_database: Database) -> Record:
    found = Record(fresh_database)
    found.commit(LOCAL, chart())
    return found


@pytest.fixture
def ada() -> Principal:
    return Principal(
        id="a1", name="Ada Osei", roles=frozenset({"local", "physician"}), person="Practitioner/p1"
    )


@pytest.fixture
def ben() -> Principal:
    return Principal(
        id="a2", name="Ben Ito", roles=frozenset({"local", "physician"}), person="Practitioner/p2"
    )


@pytest.fixture
def nia() -> Principal:
    return Principal(id="a3", name="Nia Cole", roles=frozenset({"nurse"}), person="Practitioner/n1")


@pytest.fixture
def desk(record: Record, ada: Principal) -> Desk:
    return Desk(record, ada, "ana")
