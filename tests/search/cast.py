"""The cast: two families of resources, written so that every kind of parameter tells some of them apart."""

from __future__ import annotations

from typing import Any

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
MRN = "http://hospital.example/mrn"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"


def concept(
    system: str | None, code: str, display: str | None = None, text: str | None = None
) -> dict[str, Any]:
    coding = {"system": system, "code": code, "display": display}
    made: dict[str, Any] = {"coding": [{k: v for k, v in coding.items() if v}]}
    return {**made, "text": text} if text else made


def quantity(
    value: float, code: str, system: str = UCUM, unit: str | None = None
) -> dict[str, Any]:
    return {"value": value, "unit": unit or code, "system": system, "code": code}


def observation(id: str, patient: str | None, loinc: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": concept(LOINC, loinc),
        **more,
    }
    return {**made, "subject": {"reference": f"Patient/{patient}"}} if patient else made


PATIENTS: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "jose",
        "meta": {
            "lastUpdated": "2024-01-10T10:00:00.123Z",
            "profile": ["http://example.org/fhir/StructureDefinition/pat|1.0"],
            "tag": [{"system": "http://example.org/tags", "code": "vip"}],
            "security": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
            ],
            "source": "http://lab.example/feed#17",
        },
        "active": True,
        "name": [{"family": "Núñez", "given": ["José", "María"], "prefix": ["Dr."]}],
        "gender": "male",
        "birthDate": "1970-03-25",
        "address": [
            {"line": ["12 Main St"], "city": "Ålesund", "state": "MA", "postalCode": "02139"}
        ],
        "telecom": [
            {"system": "phone", "value": "(555) 123-4567"},
            {"system": "email", "value": "Jose@Example.org"},
        ],
        "identifier": [
            {
                "system": MRN,
                "value": "A,1",
                "type": concept(V2_0203, "MR", text="Medical record number"),
            },
            {"value": "loose"},
        ],
        "managingOrganization": {"reference": "Organization/ward"},
        "generalPractitioner": [{"reference": "Practitioner/house"}],
        "deceasedBoolean": False,
    },
    {
        "resourceType": "Patient",
        "id": "maria",
        "meta": {"lastUpdated": "2024-02-20T10:00:00Z"},
        "active": False,
        "name": [{"text": "MARIA  JOSEFA de la Cruz"}, {"family": "Smith", "use": "maiden"}],
        "gender": "female",
        "birthDate": "1985",
        "deceasedDateTime": "2024-01-01",
        "identifier": [{"system": "http://other.example/id", "value": "A,1"}],
        "managingOrganization": {"reference": "Organization/hospital"},
    },
    {
        "resourceType": "Patient",
        "id": "bare",
        "meta": {"lastUpdated": "2024-03-30T10:00:00Z"},
        "managingOrganization": {"identifier": {"system": "http://npi", "value": "77"}},
    },
]

PLACES: list[dict[str, Any]] = [
    {"resourceType": "Organization", "id": "hospital", "name": "Saint Ångström Hospital"},
    {
        "resourceType": "Organization",
        "id": "clinic",
        "name": "Clinic",
        "partOf": {"reference": "Organization/hospital"},
    },
    {
        "resourceType": "Organization",
        "id": "ward",
        "name": "Ward",
        "partOf": {"reference": "Organization/clinic"},
    },
    {
        "resourceType": "Practitioner",
        "id": "house",
        "name": [{"family": "House", "given": ["Gregory"]}],
        "qualification": [
            {"code": concept(None, "MD"), "issuer": {"reference": "Organization/hospital"}}
        ],
    },
    {
        "resourceType": "Location",
        "id": "boston",
        "name": "Boston",
        "position": {"latitude": 42.36, "longitude": -71.06},
        "managingOrganization": {"reference": "Organization/hospital"},
    },
    {
        "resourceType": "Location",
        "id": "worcester",
        "name": "Worcester",
        "position": {"latitude": 42.26, "longitude": -71.80},
    },
]

OBSERVATIONS: list[dict[str, Any]] = [
    observation(
        "height-old",
        "jose",
        "8302-2",
        category=[concept(CATEGORY, "vital-signs", "Vital Signs")],
        effectiveDateTime="2019-05",
        valueQuantity=quantity(171.0, "cm"),
        performer=[{"reference": "Practitioner/house"}],
    ),
    observation(
        "height-new",
        "jose",
        "8302-2",
        category=[concept(CATEGORY, "vital-signs", "Vital Signs")],
        effectiveDateTime="2024-05-06T10:00:00-04:00",
        valueQuantity=quantity(1.72, "m"),
        encounter={"reference": "Encounter/visit"},
    ),
    observation(
        "pressure",
        "maria",
        "85354-9",
        code=concept(LOINC, "85354-9", "Blood pressure panel", text="BP"),
        category=[concept(CATEGORY, "vital-signs", "Vital Signs")],
        effectiveDateTime="2024-05-06",
        component=[
            {
                "code": concept(LOINC, "8480-6"),
                "valueQuantity": quantity(150, "mm[Hg]", unit="mmHg"),
            },
            {
                "code": concept(LOINC, "8462-4"),
                "valueQuantity": quantity(90, "mm[Hg]", unit="mmHg"),
            },
        ],
    ),
    observation(
        "smoker",
        "maria",
        "72166-2",
        status="amended",
        effectivePeriod={"start": "2020-01-01", "end": "2022-12-31"},
        valueCodeableConcept=concept("http://snomed.info/sct", "266919005", "Never smoked tobacco"),
    ),
    observation(
        "note",
        "jose",
        "note",
        effectivePeriod={"start": "2023-01-01"},
        valueString="Çok yaşa 100%",
        performer=[{"reference": "Patient/maria"}],
    ),
    observation("of-group", None, "grp", subject={"reference": "Group/jose"}, status="preliminary"),
    observation(
        "undated", "bare", "8302-2", valueQuantity=quantity(3, "tablet", "http://x.example", "tabs")
    ),
]

OTHERS: list[dict[str, Any]] = [
    {
        "resourceType": "Encounter",
        "id": "visit",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/jose"},
        "period": {"start": "2024-05-06T09:00:00Z", "end": "2024-05-06T15:00:00Z"},
        "length": {"value": 90, "unit": "min", "system": UCUM, "code": "min"},
        "serviceProvider": {"reference": "Organization/ward"},
        "text": {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml">Routine checkup</div>',
        },
    },
    {
        "resourceType": "Condition",
        "id": "diabetes",
        "subject": {"reference": "Patient/jose"},
        "code": concept(
            "http://snomed.info/sct", "44054006", "Diabetes mellitus type 2", text="Type 2 diabetes"
        ),
        "onsetDateTime": "2010",
        "clinicalStatus": concept(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
    },
    {
        "resourceType": "RiskAssessment",
        "id": "low-risk",
        "status": "final",
        "subject": {"reference": "Patient/jose"},
        "prediction": [{"probabilityDecimal": 0.10}],
    },
    {
        "resourceType": "RiskAssessment",
        "id": "high-risk",
        "status": "final",
        "subject": {"reference": "Patient/maria"},
        "prediction": [
            {"probabilityDecimal": 0.8},
            {"probabilityRange": {"low": {"value": 0.4}, "high": {"value": 0.6}}},
        ],
    },
    {
        "resourceType": "DocumentReference",
        "id": "letter",
        "status": "current",
        "content": [{"attachment": {"url": "http://files.example/a/b/c.pdf"}}],
        "subject": {"reference": "Patient/jose"},
        "relatesTo": [
            {"code": "replaces", "target": {"reference": "DocumentReference/old-letter"}}
        ],
    },
    {
        "resourceType": "ValueSet",
        "id": "heights",
        "url": "http://example.org/vs/heights",
        "version": "2",
        "status": "active",
    },
    {
        "resourceType": "QuestionnaireResponse",
        "id": "answers",
        "status": "completed",
        "questionnaire": "http://example.org/q/intake|3",
        "subject": {"reference": "http://osler.test/fhir/Patient/jose"},
        "author": {"reference": "http://elsewhere.example/fhir/Practitioner/house"},
    },
    {
        "resourceType": "List",
        "id": "favourites",
        "status": "current",
        "mode": "working",
        "entry": [
            {"item": {"reference": "Patient/maria"}},
            {"item": {"reference": "Observation/note"}},
        ],
    },
    {
        "resourceType": "Appointment",
        "id": "meeting",
        "status": "booked",
        "start": "2024-07-01T08:00:00Z",
        "participant": [
            {"actor": {"reference": "Patient/jose"}, "status": "accepted"},
            {"actor": {"reference": "Patient/maria"}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/house"}, "status": "accepted"},
        ],
    },
    {
        "resourceType": "Provenance",
        "id": "who-wrote",
        "target": [{"reference": "Observation/note"}],
        "recorded": "2024-05-01T00:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/house"}}],
    },
]

RESOURCES = [*PLACES, *PATIENTS, *OBSERVATIONS, *OTHERS]
