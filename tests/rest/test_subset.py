"""Parts of resources: `_summary` and `_elements`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.fhir import r4
from osler.rest.subset import Subset, cut
from osler.rest.summary import summary_plan
from tests.fhir.package import needs_definitions
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client

SUMMARY = Subset("true")


@pytest.fixture(autouse=True)
def _definitions() -> None:
    needs_definitions()


@pytest.mark.parametrize(
    ("query", "kept", "lost"),
    [
        ("_elements=active", {"active"}, {"gender", "text", "name"}),
        ("_elements=active,Patient.gender", {"active", "gender"}, {"text", "name"}),
        ("_elements=birthDate", {"birthDate", "_birthDate"}, {"active"}),
        ("_elements=deceased", {"deceasedBoolean"}, {"active"}),
        ("_summary=text", {"text"}, {"active", "name"}),
        ("_summary=data", {"active", "name", "contact"}, {"text"}),
        ("_summary=true", {"active", "name"}, {"text", "contact", "maritalStatus"}),
    ],
)
@pytest.mark.parametrize("path", ["/fhir/Patient/p1", "/fhir/Patient"])
def test_parts_of_resources(
    http: Client, fake: FakeRecord, path: str, query: str, kept: set[str], lost: set[str]
) -> None:
    fake.put(
        r4.Patient(
            id="p1",
            active=True,
            gender="female",
            birthDate="2000-01-01",
            birthDate_ext=r4.Element(id="b"),
            deceasedBoolean=False,
            name=[r4.HumanName(family="A")],
            text=r4.Narrative(
                status="empty", div='<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
            ),
            contact=[r4.PatientContact(gender="male")],
            maritalStatus=r4.CodeableConcept(text="m"),
            implicitRules="http://example.org/rules",
        )
    )
    answer = http("GET", f"{path}?{query}").json
    resource = answer["entry"][0]["resource"] if path.endswith("Patient") else answer
    assert {"resourceType", "id", "meta", "implicitRules"} | kept <= set(resource)
    assert not lost & set(resource)
    assert resource["meta"]["versionId"] == "1"
    assert [tag["code"] for tag in resource["meta"]["tag"]] == ["SUBSETTED"]


def test_mandatory_elements_are_kept(http: Client, fake: FakeRecord) -> None:
    fake.put(r4.Observation(id="o1", status="final", code=r4.CodeableConcept(text="c")))
    resource = http("GET", "/fhir/Observation/o1?_elements=subject").json
    assert resource["status"] == "final"
    assert resource["code"] == {"text": "c"}


def test_wrong_summary(http: Client, fake: FakeRecord) -> None:
    fake.put(r4.Patient(id="p1"))
    assert http("GET", "/fhir/Patient/p1?_summary=some").status == 400
    assert "tag" not in http("GET", "/fhir/Patient/p1?_summary=false").json["meta"]


def _summary(**resource: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(cut(json.dumps(resource).encode(), SUMMARY))
    return whole


def test_a_summary_leaves_documents_out_of_attachments() -> None:
    attachment = {"contentType": "application/pdf", "data": "JVBERi0=", "id": "a"}
    coding = {"system": "http://example.org", "code": "x"}
    summary = _summary(
        resourceType="DocumentReference",
        status="current",
        content=[
            {"attachment": attachment, "format": coding},
            {"attachment": {"data": "JVBERi0="}, "format": coding},
        ],
        context={"encounter": [{"reference": "Encounter/1"}]},
    )
    assert summary["content"] == [
        {"attachment": {"contentType": "application/pdf", "id": "a"}, "format": coding},
        {"format": coding},
    ]
    assert "context" not in summary, "an empty object is no FHIR"


def test_a_summary_goes_into_parts() -> None:
    who = {"reference": "Practitioner/1", "display": "A"}
    summary = _summary(
        resourceType="Encounter",
        status="finished",
        **{"class": {"code": "AMB"}},
        participant=[{"individual": who, "period": {"start": "2020"}}],
        location=[{"location": {"reference": "Location/1"}}],
    )
    assert summary["participant"] == [{"individual": who}]
    assert summary["class"] == {"code": "AMB"}
    assert "location" not in summary


def test_what_changes_the_meaning_is_never_left_out() -> None:
    modifier = [{"url": "http://example.org/not", "valueBoolean": True}]
    reason = {"url": "http://example.org/why", "valueCode": "masked"}
    patient = {
        "resourceType": "Patient",
        "modifierExtension": modifier,
        "extension": [reason],
        "name": [{"family": "A", "extension": [reason]}],
        "birthDate": "2000",
        "_birthDate": {"extension": [reason]},
    }
    summary = _summary(**patient)
    assert summary["modifierExtension"] == modifier
    assert summary["name"] == patient["name"]
    assert summary["_birthDate"] == patient["_birthDate"]
    assert "extension" not in summary
    one = json.loads(cut(json.dumps(patient).encode(), Subset(elements=frozenset({"birthDate"}))))
    assert one["modifierExtension"] == modifier


def test_text_and_data_cut_the_other_halves() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "c"},
        "text": {"status": "empty", "div": "<div/>"},
        "valueInteger": 3,
    }
    content = json.dumps(observation).encode()
    assert set(json.loads(cut(content, Subset("text")))) == {
        "resourceType", "meta", "status", "code", "text",
    }  # fmt: skip
    assert set(json.loads(cut(content, Subset("data")))) == {
        "resourceType", "meta", "status", "code", "valueInteger",
    }  # fmt: skip


def test_every_type_has_a_summary() -> None:
    for name, kind in r4.RESOURCES.items():
        plan = summary_plan(kind)
        assert {"id", "meta", "implicitRules"} <= set(plan), name
        assert "text" not in plan, name
        assert "contained" not in plan, name


def test_a_missing_narrative_is_made_when_text_is_asked_for() -> None:
    content = b'{"resourceType":"Patient","id":"a","name":[{"family":"<Okafor>"}]}'
    answered = json.loads(cut(content, Subset("text")))
    assert answered["text"]["status"] == "generated"
    assert "&lt;Okafor&gt;" in answered["text"]["div"]
    assert "name" not in answered
    own = b'{"resourceType":"Patient","text":{"status":"additional","div":"<div>own</div>"}}'
    kept = json.loads(cut(own, Subset("text")))
    assert kept["text"] == {"status": "additional", "div": "<div>own</div>"}
    binary = b'{"resourceType":"Binary","contentType":"text/plain"}'
    assert "text" not in json.loads(cut(binary, Subset("text")))
