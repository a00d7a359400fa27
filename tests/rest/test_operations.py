"""The operations, and what is for those who run the server."""

from __future__ import annotations

from typing import Any

import pytest

from osler.fhir import r4
from osler.rest import bundles
from osler.rest.instants import period
from osler.rest.routes import ROUTES
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import HOST, Client

BASE = f"http://{HOST}/fhir"


@pytest.fixture(autouse=True)
def patient(fake: FakeRecord) -> None:
    tag = r4.Coding(system="http://example.org", code="old")
    fake.put(r4.Patient(id="p1", meta=r4.Meta(tag=[tag], profile=["http://example.org/p"])))


def _meta(*codes: str) -> dict[str, object]:
    tags = [{"system": "http://example.org", "code": code} for code in codes]
    part = {"name": "meta", "valueMeta": {"tag": tags, "profile": ["http://example.org/p"]}}
    return {"resourceType": "Parameters", "parameter": [part]}


def _tags(answer: Any) -> list[str]:
    (part,) = answer["parameter"]
    return [tag["code"] for tag in part["valueMeta"].get("tag", ())]


def test_meta(http: Client) -> None:
    assert _tags(http("GET", "/fhir/Patient/p1/$meta").json) == ["old"]
    assert _tags(http("GET", "/fhir/Patient/p1/_history/1/$meta").json) == ["old"]


def test_meta_add_and_delete(http: Client) -> None:
    added = http("POST", "/fhir/Patient/p1/$meta-add", _meta("new", "old"))
    assert _tags(added.json) == ["old", "new"]
    assert added.headers["etag"] == 'W/"2"'
    deleted = http("POST", "/fhir/Patient/p1/$meta-delete", _meta("old", "never"))
    assert _tags(deleted.json) == ["new"]
    assert "profile" not in deleted.json["parameter"][0]["valueMeta"]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Parameters"},
        {"resourceType": "Patient"},
        {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]},
    ],
)
def test_meta_add_without_meta(http: Client, body: dict[str, object]) -> None:
    assert http("POST", "/fhir/Patient/p1/$meta-add", body).status == 400


def test_validate_a_sound_resource(http: Client) -> None:
    reply = http("POST", "/fhir/Patient/$validate", {"resourceType": "Patient", "active": True})
    assert reply.status == 200
    assert reply.issue["severity"] in ("information", "warning")


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Patient", "birthDate": "soon"},
        {"resourceType": "Patient", "contact": [{"gender": "male"}], "gender": "x"},
    ],
)
def test_validate_an_unsound_resource(http: Client, body: dict[str, object]) -> None:
    reply = http("POST", "/fhir/Patient/$validate", body)
    assert reply.status == 200
    assert reply.issue["severity"] == "error"
    assert reply.issue["expression"]


def test_validate_takes_parameters(http: Client) -> None:
    inside = {"name": "resource", "resource": {"resourceType": "Patient", "active": True}}
    mode = {"name": "mode", "valueCode": "create"}
    body = {"resourceType": "Parameters", "parameter": [inside, mode]}
    assert http("POST", "/fhir/Patient/p1/$validate", body).status == 200
    assert http("POST", "/fhir/$validate", body).status == 200
    wrong = http("POST", "/fhir/Observation/$validate", body)
    assert "Observation" in wrong.issue["diagnostics"]


def test_validate_against_an_unknown_profile_is_refused(http: Client) -> None:
    body = {"resourceType": "Patient"}
    assert http("POST", "/fhir/Patient/$validate?profile=http://x", body).status == 400
    assert http("POST", "/fhir/Patient/$validate?mode=guess", body).status == 400


def test_everything(http: Client, fake: FakeRecord) -> None:
    fake.put(r4.Observation(id="o1", status="final", code=r4.CodeableConcept(text="c")))
    bundle = http("GET", "/fhir/Patient/p1/$everything").json
    assert bundle["type"] == "searchset"
    assert bundle["total"] == 2
    assert [entry["fullUrl"] for entry in bundle["entry"]] == [
        f"{BASE}/Patient/p1",
        f"{BASE}/Observation/o1",
    ]
    assert [link["relation"] for link in bundle["link"]] == ["self", "first"]


def test_everything_pages(http: Client, fake: FakeRecord) -> None:
    fake.next = (1, 77)
    path = "/fhir/Patient/p1/$everything?_count=1&_type=Patient,Observation&start=2024&end=2024-06"
    bundle = http("GET", path).json
    want = fake.asked["want"]
    assert want.types == ("Patient", "Observation")
    assert (want.start, want.end) == (period("2024", "x")[0], period("2024-07", "x")[0])
    assert fake.asked["limit"] == 1
    (next,) = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
    http("GET", next.removeprefix(f"http://{HOST}"))
    assert fake.asked["after"] == (1, 77)
    assert fake.asked["want"] == want


@pytest.mark.parametrize(
    "query", ["_count=0", "_count=x", "_type=Gremlin", "_since=x", "_cursor=!", "name=x", "start=1"]
)
def test_everything_refuses_what_it_does_not_know(http: Client, query: str) -> None:
    assert http("GET", f"/fhir/Patient/p1/$everything?{query}").status == 400


def test_everything_of_nobody_is_refused_before_the_first_byte(http: Client) -> None:
    assert http("GET", "/fhir/Patient/nobody/$everything").status == 404


def test_everything_can_be_zipped(http: Client) -> None:
    reply = http("GET", "/fhir/Patient/p1/$everything", accept_encoding="gzip")
    assert reply.headers["content-encoding"] == "gzip"


def test_an_empty_stream_is_a_bundle() -> None:
    assert b"".join(bundles.streamed("b", [], 0, [])) == (
        b'{"resourceType":"Bundle","type":"searchset","total":0}'
    )


def test_capabilities(http: Client) -> None:
    statement = http("GET", "/fhir/metadata").json
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"
    assert "application/fhir+json" in statement["format"]
    (rest,) = statement["rest"]
    by_type = {resource["type"]: resource for resource in rest["resource"]}
    assert set(by_type) == set(r4.RESOURCES)
    codes = {interaction["code"] for interaction in by_type["Patient"]["interaction"]}
    assert {"read", "vread", "update", "patch", "delete", "create", "search-type"} <= codes
    assert {"code": "batch"} in rest["interaction"]
    operations = {operation["name"] for operation in by_type["Patient"]["operation"]}
    assert operations == {"validate", "meta", "meta-add", "meta-delete", "everything"}
    assert "everything" not in {o["name"] for o in by_type["Observation"]["operation"]}


def test_capabilities_are_a_valid_resource(http: Client) -> None:
    checked = http("POST", "/fhir/$validate", http("GET", "/fhir/metadata").body)
    errors = [i for i in checked.json["issue"] if i["severity"] == "error"]
    assert errors == []


def test_capabilities_mode(http: Client) -> None:
    assert http("GET", "/fhir/metadata?mode=full").status == 200
    assert http("GET", "/fhir/metadata?mode=some").status == 400


def test_every_operation_has_a_definition(http: Client) -> None:
    statement = http("GET", "/fhir/metadata").json["rest"][0]
    described = {o["name"] for r in statement["resource"] for o in r.get("operation", [])}
    assert {f"${name}" for name in described} == {
        route.interaction for route in ROUTES if route.interaction.startswith("$")
    }


def test_metrics_count_by_interaction(http: Client) -> None:
    http("GET", "/fhir/Patient/p1")
    http("GET", "/fhir/Patient/nobody")
    page = http("GET", "/metrics").body.decode()
    assert 'osler_http_requests_total{interaction="read",status="200"} 1.0' in page
    assert 'osler_http_requests_total{interaction="read",status="404"} 1.0' in page
    assert 'osler_http_request_seconds_count{interaction="read"} 2.0' in page
    assert "osler_database_pool_size 3.0" in page
    assert "p1" not in page
