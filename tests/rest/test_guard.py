"""Other sites in the user's browser are kept out."""

from __future__ import annotations

import pytest

from osler.fhir import r4
from osler.rest.options import Options
from tests.rest.conftest import Opened
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import HOST, Client

PATIENT = "/fhir/Patient/p1"
BODY = {"resourceType": "Patient"}


@pytest.fixture(autouse=True)
def patient(fake: FakeRecord) -> None:
    fake.put(r4.Patient(id="p1"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "[::1]"]
)
def test_loopback_names_are_answered(http: Client, host: str) -> None:
    assert http("GET", PATIENT, host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "",
        "localhost:80:80",
        "::1",
        "10.0.0.1",
    ],
)
def test_other_names_are_refused(http: Client, host: str) -> None:
    reply = http("GET", PATIENT, host=host)
    assert reply.status == 421
    assert reply.issue["code"] == "security"


def test_the_configured_name_is_answered(opened: Opened) -> None:
    http = opened(Options(base_url="https://ehr.example:8443/fhir"))
    assert http("GET", PATIENT, host="ehr.example:8443").status == 200
    assert http("GET", PATIENT, host="ehr.example").status == 421


def test_links_use_the_configured_name(opened: Opened) -> None:
    http = opened(Options(base_url="https://ehr.example/fhir"))
    made = http("POST", "/fhir/Patient", BODY)
    assert made.headers["location"].startswith("https://ehr.example/fhir/Patient/")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9", "x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_foreign_page_cannot_write(
    http: Client, fake: FakeRecord, method: str, origin: str
) -> None:
    reply = http(method, PATIENT, BODY, origin=origin)
    assert reply.status == 403
    assert reply.issue["code"] == "security"
    assert not fake.ops


def test_a_foreign_page_without_origin_cannot_write(http: Client) -> None:
    assert http("DELETE", PATIENT, sec_fetch_site="cross-site").status == 403


def test_our_own_page_can_write(http: Client) -> None:
    assert http("DELETE", PATIENT, origin=f"http://{HOST}").status == 204
    assert http("DELETE", PATIENT, sec_fetch_site="same-origin").status == 204


def test_a_foreign_page_cannot_read_the_answer(http: Client) -> None:
    headers = http("GET", PATIENT, origin="https://evil.example").headers
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_configured_origin_reads_and_writes(opened: Opened) -> None:
    http = opened(Options(origins=frozenset({"https://app.example"})))
    read = http("GET", PATIENT, origin="https://app.example")
    assert read.headers["access-control-allow-origin"] == "https://app.example"
    assert "ETag" in read.headers["access-control-expose-headers"]
    assert "Origin" in read.headers["vary"]
    assert http("DELETE", PATIENT, origin="https://app.example").status == 204
    assert http("DELETE", PATIENT, origin="https://evil.example").status == 403


def test_preflight(opened: Opened) -> None:
    http = opened(Options(origins=frozenset({"https://app.example"})))
    asked = {"origin": "https://app.example", "access_control_request_method": "PUT"}
    reply = http("OPTIONS", PATIENT, **asked)
    assert reply.status == 204
    assert "PUT" in reply.headers["access-control-allow-methods"]
    assert "If-Match" in reply.headers["access-control-allow-headers"]
    refused = http("OPTIONS", PATIENT, **{**asked, "origin": "https://evil.example"})
    assert "access-control-allow-methods" not in refused.headers


def test_metrics_are_for_the_machine_itself(http: Client) -> None:
    assert http("GET", "/metrics").status == 200
    assert http("GET", "/metrics", remote_addr="10.0.0.7").status == 404
