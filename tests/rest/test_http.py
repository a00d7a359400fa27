"""What every answer has in common: headers, formats, compression, errors, log."""

from __future__ import annotations

import gzip
import json

import psycopg
import pytest

from osler.fhir import r4
from osler.kit import errors
from osler.rest.access_log import AccessLog
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from tests.rest.conftest import Opened
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client

PATIENT = "/fhir/Patient/p1"


@pytest.fixture(autouse=True)
def patient(fake: FakeRecord) -> None:
    fake.put(r4.Patient(id="p1", name=[r4.HumanName(family="Núñez")]))


@pytest.mark.parametrize("path", [PATIENT, "/fhir/Patient/nobody", "/health/live", "/nothing"])
def test_security_headers_are_on_every_answer(http: Client, path: str) -> None:
    headers = http("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_a_harmless_request_id_is_repeated(http: Client, fake: FakeRecord) -> None:
    assert http("GET", PATIENT, x_request_id="abc-1.2_3").headers["x-request-id"] == "abc-1.2_3"
    assert fake.principal is not None
    assert fake.principal.origin.request == "abc-1.2_3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\r\nb", "<script>", "é"])
def test_another_request_id_is_replaced(http: Client, given: str) -> None:
    made = http("GET", PATIENT, x_request_id=given).headers["x-request-id"]
    assert made != given
    assert len(made) == 20


def test_the_principal_says_where_the_request_came_from(http: Client, fake: FakeRecord) -> None:
    http("GET", PATIENT, user_agent="curl/8" + "x" * 500)
    assert fake.principal is not None
    assert fake.principal.id == "local"
    assert fake.principal.origin.address == "127.0.0.1"
    assert fake.principal.origin.client.startswith("curl/8")
    assert len(fake.principal.origin.client) == 200


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/fhir+json"),
        ("", "application/fhir+json"),
        ("application/fhir+json", "application/fhir+json"),
        ("application/fhir+json; fhirVersion=4.0", "application/fhir+json"),
        ("application/json", "application/json"),
        ("text/json", "text/json"),
        ("application/xml, application/json;q=0.5", "application/json"),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/fhir+json",
        ),
        ("application/fhir+json;q=0.2, application/json;q=0.7", "application/json"),
    ],
)
def test_the_accepted_format(http: Client, accept: str, media: str) -> None:
    reply = http("GET", PATIENT, accept=accept)
    assert reply.status == 200
    assert reply.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/html",
        "application/fhir+json; fhirVersion=3.0",
        "application/json;q=0",
    ],
)
def test_a_format_we_do_not_write(http: Client, accept: str) -> None:
    reply = http("GET", PATIENT, accept=accept)
    assert reply.status == 406
    assert reply.issue["code"] == "not-supported"
    assert "XML" in reply.issue["diagnostics"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ("json", 200),
        ("application/json", 200),
        ("application/fhir%2Bjson", 200),
        ("application/fhir+json", 200),
        ("xml", 406),
        ("text/turtle", 406),
    ],
)
def test_format_parameter_overrides_accept(http: Client, wish: str, status: int) -> None:
    reply = http("GET", f"{PATIENT}?_format={wish}", accept="application/fhir+xml")
    assert reply.status == status


def test_pretty(http: Client) -> None:
    assert b"\n" not in http("GET", PATIENT).body
    pretty = http("GET", f"{PATIENT}?_pretty=true")
    assert b'\n  "id": "p1"' in pretty.body
    assert http("GET", f"{PATIENT}?_pretty=false").body == http("GET", PATIENT).body
    assert http("GET", f"{PATIENT}?_pretty=maybe").status == 400


def test_pretty_keeps_the_digits_of_a_decimal(http: Client, fake: FakeRecord) -> None:
    weight = {"resourceType": "Observation", "status": "final", "code": {"text": "w"}}
    body = json.dumps(weight)[:-1] + ', "valueQuantity": {"value": 1.50}}'
    made = http("POST", "/fhir/Observation?_pretty=true", body)
    assert made.status == 201
    assert b'"value": 1.50' in made.body


def test_large_answers_are_zipped_for_who_reads_zip(opened: Opened) -> None:
    http = opened(Options(compress_over=10))
    plain = http("GET", PATIENT)
    zipped = http("GET", PATIENT, accept_encoding="br, gzip")
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["vary"]
    assert gzip.decompress(zipped.body) == plain.body
    assert "content-encoding" not in http("GET", PATIENT, accept_encoding="gzip;q=0").headers


def test_small_answers_are_not_zipped(http: Client) -> None:
    assert "content-encoding" not in http("GET", PATIENT, accept_encoding="gzip").headers


@pytest.mark.parametrize("path", [PATIENT, "/fhir/Patient", "/fhir/metadata", "/health/live"])
def test_head_is_get_without_the_body(http: Client, path: str) -> None:
    get, head = http("GET", path), http("HEAD", path)
    assert head.status == get.status
    assert head.body == b""
    assert head.headers["content-length"] == str(len(get.body))
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Invalid("no"), 400, "invalid"),
        (errors.NotSupported("no"), 400, "not-supported"),
        (errors.NotAllowed("no"), 403, "forbidden"),
        (errors.NotFound("no"), 404, "not-found"),
        (errors.Conflict("no"), 409, "conflict"),
        (errors.Gone("no"), 410, "deleted"),
        (errors.PreconditionFailed("no"), 412, "conflict"),
        (errors.MultipleMatches("no"), 412, "multiple-matches"),
        (errors.TooLarge("no"), 413, "too-long"),
        (errors.Unprocessable("no"), 422, "processing"),
        (errors.TooCostly("no"), 422, "too-costly"),
        (errors.Unavailable("no"), 503, "transient"),
    ],
)
def test_every_error_has_its_status(
    http: Client, fake: FakeRecord, error: errors.OslerError, status: int, code: str
) -> None:
    fake.fails_with = error
    reply = http("GET", PATIENT)
    assert reply.status == status
    assert reply.issue["code"] == code


def test_an_error_says_where(http: Client, fake: FakeRecord) -> None:
    fake.fails_with = errors.Invalid("no", expression="Patient.name[0]")
    assert http("GET", PATIENT).issue["expression"] == ["Patient.name[0]"]


def test_a_busy_server_says_when_to_come_back(http: Client, fake: FakeRecord) -> None:
    fake.fails_with = errors.Unavailable("busy")
    assert http("GET", PATIENT).headers["retry-after"].isdigit()


def test_an_unforeseen_failure_tells_nothing_of_the_record(
    http: Client, fake: FakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fails_with = psycopg.DataError("value Núñez is wrong")
    reply = http("GET", f"{PATIENT}?_elements=name", x_request_id="r1")
    assert reply.status == 500
    assert "r1" in reply.issue["diagnostics"]
    assert "Núñez" not in reply.body.decode() + caplog.text
    assert "DataError" in caplog.text
    assert "r1" in caplog.text


def test_the_access_log_names_the_route_and_not_the_patient(http: Client) -> None:
    written: list[str] = []
    application = http.application
    assert isinstance(application, Application)
    log = AccessLog(written.append)
    client = Client(Application(application.door, Metrics(), log))
    client("GET", f"{PATIENT}?_elements=name", x_request_id="r2")
    client("P1", PATIENT, x_request_id="r3")
    log.close()
    first, second = "".join(written).splitlines()
    stamp, method, template, status, _, request = first.split(" ")
    assert (method, template, status, request) == ("GET", "/fhir/{type}/{id}", "200", "r2")
    assert stamp.endswith("Z")
    assert second.split(" ")[1:4] == ["other", "-", "405"]


def test_an_error_can_quote_what_is_not_unicode(http: Client, fake: FakeRecord) -> None:
    fake.fails_with = errors.Invalid("found \ud800")
    assert http("GET", PATIENT).status == 400
