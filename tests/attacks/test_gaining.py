"""Nobody writes their own way to another's record: what relates somebody to a patient is not theirs to make."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.conftest import Api, AsIf
from tests.matrix.cast import OTHER, OWN

PATIENT = f"Patient/{OTHER}"


def ref(text: str) -> dict[str, str]:
    return {"reference": text}


WAYS: dict[str, dict[str, Any]] = {
    "encounter": {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": ref(PATIENT),
        "serviceProvider": ref("Organization/here"),
        "participant": [{"individual": ref("Practitioner/me")}],
    },
    "care team": {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": ref(PATIENT),
        "participant": [{"member": ref("Practitioner/me")}, {"member": ref("Organization/here")}],
    },
    "appointment": {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [
            {"actor": ref(PATIENT), "status": "accepted"},
            {"actor": ref("Practitioner/me"), "status": "accepted"},
        ],
    },
    "appointment beside one's own patient": {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [
            {"actor": ref(f"Patient/{OWN}"), "status": "accepted"},
            {"actor": ref(PATIENT), "status": "accepted"},
            {"actor": ref("Practitioner/me"), "status": "accepted"},
        ],
    },
    "episode of care": {
        "resourceType": "EpisodeOfCare",
        "status": "active",
        "patient": ref(PATIENT),
        "managingOrganization": ref("Organization/here"),
        "careManager": ref("Practitioner/me"),
    },
    "consent": {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "policyRule": {"text": "permit"},
        "patient": ref(PATIENT),
        "provision": {
            "type": "permit",
            "actor": [{"role": {"text": "reader"}, "reference": ref("Practitioner/me")}],
        },
    },
    "related person": {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": ref(PATIENT),
        "identifier": [{"value": "me"}],
    },
    "the patient again": {
        "resourceType": "Patient",
        "id": OTHER,
        "managingOrganization": ref("Organization/here"),
        "generalPractitioner": [ref("Practitioner/me")],
    },
    "a link": {
        "resourceType": "Patient",
        "managingOrganization": ref("Organization/here"),
        "link": [{"type": "seealso", "other": ref(PATIENT)}],
    },
    "a job there": {
        "resourceType": "PractitionerRole",
        "active": True,
        "practitioner": ref("Practitioner/me"),
        "organization": ref("Organization/there"),
    },
}
ROLES = [
    "physician", "physician-own-patients", "nurse", "medical-assistant", "front-desk", "lab",
    "pharmacist", "biller", "patient", "proxy", "system-admin",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_attempts_are_resources_in_order(api: Api, way: str) -> None:
    """Else they would be refused for what they are, not for whom they are about."""
    found = api("local", "POST", f"/fhir/{WAYS[way]['resourceType']}/$validate", WAYS[way])
    issues = found.json["issue"]
    assert not [one for one in issues if one["severity"] in {"error", "fatal"}], issues


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("caller", ROLES)
def test_no_relation_of_ones_own_making_opens_a_record(api: Api, caller: str, way: str) -> None:
    resource = WAYS[way]
    type = resource["resourceType"]
    if "id" in resource:
        api(caller, "PUT", f"/fhir/{type}/{resource['id']}", resource)
    else:
        api(caller, "POST", f"/fhir/{type}", resource)
        api(caller, "PUT", f"/fhir/{type}/made-up-id", {**resource, "id": "made-up-id"})
    batch = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": resource, "request": {"method": "POST", "url": type}},
            {"request": {"method": "GET", "url": f"Observation/{OTHER}-sodium"}},
        ],
    }
    told = api(caller, "POST", "/fhir", batch)
    assert b"valueQuantity" not in told.body
    for path in (f"Patient/{OTHER}", f"Observation/{OTHER}-sodium", f"Binary/{OTHER}-file"):
        assert api(caller, "GET", f"/fhir/{path}").status == 404, way


def test_an_administrator_cannot_hire_themselves_into_clinical_data(api: Api) -> None:
    """Who writes PractitionerRoles sees more organizations by them, but no more than their role of each."""
    made = api("practice-admin", "POST", "/fhir/PractitionerRole", WAYS["a job there"])
    assert made.status == 201
    try:
        assert api("practice-admin", "GET", f"/fhir/Observation/{OTHER}-sodium").status == 404
        assert api("practice-admin", "GET", f"/fhir/Binary/{OTHER}-file").status == 404
    finally:
        api("local", "DELETE", f"/fhir/PractitionerRole/{made.json['id']}")


def visit_of(patient: str) -> dict[str, Any]:
    who = {"actor": ref(f"Patient/{patient}"), "status": "accepted"}
    return {**WAYS["appointment"], "participant": [who]}


@pytest.mark.parametrize("caller", ["physician", "nurse", "front-desk", "patient", "proxy"])
def test_a_patient_whom_one_may_not_see_cannot_be_told_from_none(api: Api, caller: str) -> None:
    """Writing about a guessed patient answers as for one whom nobody has."""
    there = api(caller, "POST", "/fhir/Appointment", visit_of(OTHER))
    none = api(caller, "POST", "/fhir/Appointment", visit_of("zz-none"))
    assert there.status == none.status and there.status >= 400
    assert there.body.replace(OTHER.encode(), b"") == none.body.replace(b"zz-none", b"")


@pytest.mark.parametrize("caller", ["physician", "nurse", "front-desk", "patient"])
def test_conditional_references_and_creates_find_no_hidden_patient(api: Api, caller: str) -> None:
    for family in (f"Family-{OTHER}", "Family-of-nobody"):
        visit = {
            **WAYS["appointment"],
            "participant": [{"actor": ref(f"Patient?family={family}"), "status": "accepted"}],
        }
        entry = {"resource": visit, "request": {"method": "POST", "url": "Appointment"}}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        answer = api(caller, "POST", "/fhir", bundle)
        assert answer.status == 422, family
        assert OTHER not in answer.body.decode().replace(f"Family-{OTHER}", "")


def test_ones_own_resource_cannot_be_moved_to_another_nor_anothers_to_oneself(api: Api) -> None:
    mine = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": ref(f"Patient/{OWN}"),
        "author": ref(f"Patient/{OWN}"),
    }
    made = api("patient", "POST", "/fhir/QuestionnaireResponse", mine)
    assert made.status == 201
    id = made.json["id"]
    moved = {**mine, "id": id, "subject": ref(PATIENT)}
    assert api("patient", "PUT", f"/fhir/QuestionnaireResponse/{id}", moved).status in {403, 422}
    theirs = {
        "resourceType": "Observation",
        "id": f"{OTHER}-sodium",
        "status": "final",
        "code": {"text": "x"},
        "subject": ref(f"Patient/{OWN}"),
        "performer": [ref(f"Patient/{OWN}")],
    }
    for caller in ("patient", "proxy", "nurse", "physician"):
        assert api(caller, "PUT", f"/fhir/Observation/{OTHER}-sodium", theirs).status in {403, 404}
    kept = api("local", "GET", f"/fhir/Observation/{OTHER}-sodium").json
    assert kept["subject"] == ref(PATIENT) and kept["meta"]["versionId"] == "1"


def test_a_patient_keeps_the_labels_that_protect_them(api: Api, as_if: AsIf) -> None:
    """meta.security of the own Patient is neither replaced, patched, nor taken off by an operation."""
    vip = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "CEL"}
    add = {
        "resourceType": "Parameters",
        "parameter": [{"name": "meta", "valueMeta": {"security": [vip]}}],
    }
    me = f"/fhir/Patient/{OWN}"
    assert api("local", "POST", f"{me}/$meta-add", add).status == 200
    patch = {"content_type": "application/json-patch+json"}
    shown = api("patient", "GET", me).json
    api("patient", "PUT", me, {k: v for k, v in shown.items() if k not in {"meta", "text"}})
    api("patient", "PATCH", me, [{"op": "remove", "path": "/meta/security"}], **patch)
    api("patient", "PATCH", me, [{"op": "replace", "path": "/meta/security", "value": []}], **patch)
    api("patient", "POST", f"{me}/$meta-delete", add)
    assert api("local", "GET", me).json["meta"]["security"] == [vip]
    api("local", "POST", f"{me}/$meta-delete", add)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("identifier", [{"value": "x"}]),
        ("name", [{"family": "Other"}]),
        ("birthDate", "2015-01-01"),
        ("gender", "other"),
        ("managingOrganization", ref("Organization/there")),
        ("generalPractitioner", [ref("Practitioner/you")]),
        ("link", [{"type": "seealso", "other": ref(f"Patient/{OWN}")}]),
        ("active", False),
        ("deceasedBoolean", True),
    ],
)
def test_a_patient_sets_nothing_of_who_they_are(api: Api, element: str, value: Any) -> None:
    me = f"/fhir/Patient/{OWN}"
    shown = api("patient", "GET", me).json
    assert api("patient", "PUT", me, {**shown, element: value}).status == 403
    patch = [{"op": "add", "path": f"/{element}", "value": value}]
    answer = api("patient", "PATCH", me, patch, content_type="application/json-patch+json")
    assert answer.status == 403
    assert api("local", "GET", me).json.get(element) == shown.get(element)
