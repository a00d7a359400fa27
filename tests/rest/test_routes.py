"""Which method on which path does what, and what the wrong ones are told."""

from __future__ import annotations

import pytest

from osler.fhir import r4
from osler.rest.routes import ROUTES
from osler.rest.table import is_id, is_type
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/fhir/metadata", 200),
        ("GET", "/fhir/Patient", 200),
        ("GET", "/fhir/Patient/", 200),
        ("GET", "/fhir", 200),
        ("GET", "/fhir/", 200),
        ("GET", "/fhir/Patient/p1", 200),
        ("HEAD", "/fhir/Patient/p1", 200),
        ("OPTIONS", "/fhir/Patient/p1", 204),
        ("GET", "/fhir/Patient/p1/_history", 200),
        ("GET", "/fhir/Patient/_history", 200),
        ("GET", "/fhir/_history", 200),
        ("GET", "/fhir/Patient/p1/_history/1", 200),
        ("GET", "/fhir/Patient/p1/_history/2", 404),
        ("GET", "/fhir/Patient/p1/_history/x", 404),
        ("GET", "/fhir/Patient/p1/_history/-1", 404),
        ("GET", "/fhir/Patient/p1/Observation", 200),
        ("GET", "/fhir/Patient/p1/*", 200),
        ("GET", "/fhir/Patient/p1/$meta", 200),
        ("GET", "/fhir/Patient/p1/$validate", 200),
        ("GET", "/fhir/Patient/p1/$everything", 200),
        ("GET", "/fhir/Observation/o1/$everything", 404),
        ("GET", "/fhir/Patient/p1/Medication", 404),
        ("GET", "/fhir/Observation/o1/Patient", 404),
        ("GET", "/fhir/Patient/nobody", 404),
        ("GET", "/fhir/Patient/not_an_id", 404),
        ("GET", "/fhir/Patient/" + "x" * 65, 404),
        ("GET", "/fhir/Gremlin", 404),
        ("GET", "/fhir/patient/p1", 404),
        ("GET", "/fhir/Gremlin/1", 404),
        ("GET", "/fhir/Patient/p1/$conjure", 404),
        ("GET", "/fhir/Patient/p1/_history/1/2", 404),
        ("GET", "/", 404),
        ("GET", "", 404),
        ("GET", "/fhir/Patient//_history", 404),
        ("GET", "/elsewhere", 404),
        ("POST", "/fhir/Patient/p1", 405),
        ("DELETE", "/fhir/metadata", 405),
        ("PUT", "/fhir", 405),
        ("GET", "/fhir/Patient/p1/$meta-add", 405),
        ("BREW", "/fhir/Patient/p1", 405),
        ("GET", "/fhir/Patient/_search", 405),
    ],
)
def test_status_of_a_request_without_a_body(
    http: Client, fake: FakeRecord, method: str, path: str, status: int
) -> None:
    fake.put(r4.Patient(id="p1"))

    reply = http(method, path)

    assert reply.status == status
    if status >= 400:
        assert reply.issue["severity"] == "error"
        assert reply.issue["diagnostics"]


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/fhir/Patient/p1", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
        ("/fhir/Patient", {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}),
        ("/fhir/metadata", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/Patient/_search", {"POST", "OPTIONS"}),
        ("/fhir/Patient/p1/$meta-add", {"POST", "OPTIONS"}),
    ],
)
def test_allow_names_every_method_of_the_path(http: Client, path: str, allow: set[str]) -> None:
    for reply in (http("OPTIONS", path), http("BREW", path)):
        assert set(reply.headers["allow"].split(", ")) == allow


def test_a_route_is_named_once() -> None:
    places = [(route.method, route.template) for route in ROUTES]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("text", ["a", "A-1.b", "x" * 64])
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "a_b", "x" * 65, "a/b", "é", "a\n", "a\0"])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_types() -> None:
    assert is_type("Patient")
    assert not is_type("Resource")
    assert not is_type("HumanName")
