"""Each interaction: what reaches the record, and how its outcome is answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osler.fhir import r4
from osler.kit.errors import Issue
from osler.record import Create, Delete, Page, Patch, Update
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import HOST, Client

BASE = f"http://{HOST}/fhir"
PATIENT = {"resourceType": "Patient", "id": "p1", "active": True}
WHEN = datetime(2024, 2, 29, 12, 30, 5, 250_000, tzinfo=UTC)


@pytest.fixture
def stored(fake: FakeRecord) -> FakeRecord:
    """A record with Patient/p1 in its second version."""
    fake.put(r4.Patient(id="p1"), WHEN)
    fake.put(r4.Patient(id="p1", active=True), WHEN)
    return fake


def test_a_read_answers_the_stored_bytes(http: Client, stored: FakeRecord) -> None:
    reply = http("GET", "/fhir/Patient/p1")
    assert reply.body == stored.versions["Patient", "p1"][-1].content
    assert reply.headers["etag"] == 'W/"2"'
    assert reply.headers["last-modified"] == "Thu, 29 Feb 2024 12:30:05 GMT"


def test_a_deleted_resource_is_gone(http: Client, stored: FakeRecord) -> None:
    assert http("DELETE", "/fhir/Patient/p1").status == 204
    assert http("GET", "/fhir/Patient/p1").status == 410
    assert http("GET", "/fhir/Patient/p1/_history/3").status == 410
    assert http("GET", "/fhir/Patient/p1/_history/2").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": 'W/"2"'}, 304),
        ({"if_none_match": '"2"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": 'W/"1", W/"2"'}, 304),
        ({"if_none_match": 'W/"1"'}, 200),
        ({"if_none_match": 'W/"22"'}, 200),
        ({"if_modified_since": "Thu, 29 Feb 2024 12:30:05 GMT"}, 304),
        ({"if_modified_since": "Thu, 29 Feb 2024 12:30:04 GMT"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_none_match": 'W/"1"', "if_modified_since": "Thu, 29 Feb 2024 12:30:05 GMT"}, 200),
    ],
)
def test_conditional_read(
    http: Client, stored: FakeRecord, headers: dict[str, str], status: int
) -> None:
    reply = http("GET", "/fhir/Patient/p1", **headers)
    assert reply.status == status
    assert reply.headers["etag"] == 'W/"2"'
    if status == 304:
        assert reply.body == b""
        assert "content-type" not in reply.headers


def test_create(http: Client, fake: FakeRecord) -> None:
    reply = http("POST", "/fhir/Patient", {"resourceType": "Patient", "active": True})
    assert reply.status == 201
    assert reply.headers["location"] == f"{BASE}/Patient/new-0/_history/1"
    assert reply.headers["etag"] == 'W/"1"'
    assert reply.json["active"] is True


def test_conditional_create(http: Client, fake: FakeRecord) -> None:
    http("POST", "/fhir/Patient", PATIENT, if_none_exist="identifier=a|b")
    (op,) = fake.ops
    assert isinstance(op, Create)
    assert op.if_none_exist == "identifier=a|b"


def test_an_empty_condition_is_refused(http: Client, fake: FakeRecord) -> None:
    assert http("POST", "/fhir/Patient", PATIENT, if_none_exist="").status == 400
    assert not fake.ops


@pytest.mark.parametrize(
    ("prefer", "body"),
    [
        ("return=minimal", None),
        ("return=representation", "Patient"),
        ("return=OperationOutcome", "OperationOutcome"),
        ("respond-async; return=minimal", None),
        ("return=everything", "Patient"),
    ],
)
def test_prefer_return(http: Client, prefer: str, body: str | None) -> None:
    reply = http("POST", "/fhir/Patient", PATIENT, prefer=prefer)
    assert reply.status == 201
    assert reply.headers["location"]
    if body is None:
        assert reply.body == b""
    else:
        assert reply.json["resourceType"] == body


def test_update(http: Client, stored: FakeRecord) -> None:
    reply = http("PUT", "/fhir/Patient/p1", PATIENT, if_match='W/"2"')
    assert reply.status == 200
    assert reply.headers["etag"] == 'W/"3"'
    assert reply.headers["content-location"] == f"{BASE}/Patient/p1/_history/3"


def test_update_creates(http: Client, fake: FakeRecord) -> None:
    reply = http("PUT", "/fhir/Patient/p1", PATIENT)
    assert reply.status == 201
    assert reply.headers["location"] == f"{BASE}/Patient/p1/_history/1"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('W/"1"', 412),
        ('W/"9"', 412),
        ('"2"', 200),
        ("2", 200),
        ("*", 200),
        ('W/"abc"', 412),
        ('W/"1", W/"2"', 400),
        ('W/"99999999999999"', 412),
        ('W/"²"', 412),
    ],
)
def test_if_match(http: Client, stored: FakeRecord, header: str, status: int) -> None:
    assert http("PUT", "/fhir/Patient/p1", PATIENT, if_match=header).status == status


def test_if_none_match_of_an_update(http: Client, stored: FakeRecord) -> None:
    assert http("PUT", "/fhir/Patient/p1", PATIENT, if_none_match="*").status == 412
    assert http("PUT", "/fhir/Patient/p1", PATIENT, if_none_match='W/"1"').status == 400
    other = {**PATIENT, "id": "p2"}
    assert http("PUT", "/fhir/Patient/p2", other, if_none_match="*").status == 201


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/fhir/Patient/p1", {"resourceType": "Patient"}, "Patient.id"),
        ("/fhir/Patient/p1", {"resourceType": "Patient", "id": "p2"}, "Patient.id"),
        ("/fhir/Patient/p1", {"resourceType": "Basic", "id": "p1", "code": {"text": "x"}}, "Basic"),
    ],
)
def test_an_update_must_fit_its_path(
    http: Client, fake: FakeRecord, path: str, body: dict[str, str], where: str
) -> None:
    reply = http("PUT", path, body)
    assert reply.status == 400
    assert reply.issue["expression"] == [where]
    assert not fake.ops


def test_conditional_update(http: Client, fake: FakeRecord) -> None:
    path = "/fhir/Patient?identifier=a%7Cb&_format=json&name=x"
    assert http("PUT", path, {"resourceType": "Patient"}).status == 201
    (op,) = fake.ops
    assert isinstance(op, Update)
    assert op.where == "identifier=a%7Cb&name=x"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("query", ["", "?_format=json"])
def test_a_condition_that_selects_nothing_in_particular(
    http: Client, fake: FakeRecord, method: str, query: str
) -> None:
    body = b"[]" if method == "PATCH" else {"resourceType": "Patient"}
    kind = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
    reply = http(method, f"/fhir/Patient{query}", body, content_type=kind)
    assert reply.status == 412
    assert not fake.ops


def test_patch(http: Client, stored: FakeRecord) -> None:
    content = b'[{"op":"add","path":"/active","value":false}]'
    kind = "application/json-patch+json"
    assert http("PATCH", "/fhir/Patient/p1", content, content_type=kind).status == 200
    assert stored.ops == [Patch("Patient", content, id="p1", source="api")]
    http("PATCH", "/fhir/Patient/p1", content, content_type=kind, if_match='W/"3"')
    assert stored.ops[-1] == Patch("Patient", content, id="p1", if_match=3, source="api")


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/xml-patch+xml", ""])
def test_another_kind_of_patch(http: Client, stored: FakeRecord, kind: str) -> None:
    assert http("PATCH", "/fhir/Patient/p1", b"[]", content_type=kind).status == 415
    assert http("PATCH", "/fhir/Patient/p1", b"", content_type=kind).status in (400, 415)
    assert not stored.ops


def test_delete_says_what_is_preferred(http: Client, stored: FakeRecord) -> None:
    reply = http("DELETE", "/fhir/Patient/p1", prefer="return=OperationOutcome")
    assert reply.status == 200
    assert reply.issue["severity"] == "information"
    assert http("DELETE", "/fhir/Patient/p1").status == 204


def test_conditional_delete(http: Client, fake: FakeRecord) -> None:
    assert http("DELETE", "/fhir/Patient?identifier=x").status == 204
    assert fake.ops == [Delete("Patient", where="identifier=x", source="api")]


def test_history_bundle(http: Client, stored: FakeRecord) -> None:
    http("DELETE", "/fhir/Patient/p1")
    bundle = http("GET", "/fhir/Patient/p1/_history").json
    assert bundle["type"] == "history"
    requests = [entry["request"] for entry in bundle["entry"]]
    assert requests[0] == {"method": "DELETE", "url": "Patient/p1"}
    assert {"method": "POST", "url": "Patient"} in requests
    assert "resource" not in bundle["entry"][0]
    assert bundle["entry"][0]["response"]["etag"] == 'W/"3"'
    assert bundle["entry"][-1]["response"]["lastModified"] == "2024-02-29T12:30:05.250Z"
    assert all(entry["fullUrl"] == f"{BASE}/Patient/p1" for entry in bundle["entry"])


def test_history_parameters(http: Client, stored: FakeRecord) -> None:
    http("GET", "/fhir/_history?_since=2024-01-01T00:00:00%2B01:00&_count=7&_at=2024-02")
    assert stored.asked["since"] == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert stored.asked["count"] == 7
    assert stored.asked["at"] == (
        datetime(2024, 2, 1, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("query", ["_since=soon", "_count=-1", "_count=x", "_at=2024-13", "x=1"])
def test_wrong_history_parameters(http: Client, stored: FakeRecord, query: str) -> None:
    assert http("GET", f"/fhir/_history?{query}").status == 400


def test_history_pages(http: Client, stored: FakeRecord) -> None:
    for _ in range(3):
        stored.put(r4.Patient(id="p1"))
    links = http("GET", "/fhir/Patient/_history?_count=2").json["link"]
    assert {link["relation"]: link["url"] for link in links} == {
        "self": f"{BASE}/Patient/_history?_count=2",
        "first": f"{BASE}/Patient/_history?_count=2",
        "next": f"{BASE}/Patient/_history?_count=2&_cursor=abc",
    }


def test_search_bundle(http: Client, stored: FakeRecord) -> None:
    match = stored.versions["Patient", "p1"][-1]
    warning = Issue("not-supported", "ignored: x", severity="warning")
    stored.page = Page(matches=(match,), included=(match,), total=9, next="c", warnings=(warning,))
    reply = http("GET", "/fhir/Patient?active=true")
    bundle = reply.json
    assert (bundle["resourceType"], bundle["type"], bundle["total"]) == ("Bundle", "searchset", 9)
    modes = [entry["search"]["mode"] for entry in bundle["entry"]]
    assert modes == ["match", "include", "outcome"]
    assert bundle["entry"][0]["fullUrl"] == f"{BASE}/Patient/p1"
    assert bundle["entry"][2]["resource"]["issue"][0]["severity"] == "warning"
    assert match.content in reply.body
    links = {link["relation"]: link["url"] for link in bundle["link"]}
    assert links["self"] == f"{BASE}/Patient?active=true"
    assert links["next"] == f"{BASE}/Patient?active=true&_cursor=c"


def test_an_empty_search_has_no_entry(http: Client, fake: FakeRecord) -> None:
    bundle = http("GET", "/fhir/Patient").json
    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_a_posted_search_is_the_same_search(http: Client, stored: FakeRecord) -> None:
    got = http("GET", "/fhir/Patient?active=true&_id=p1")
    asked = stored.query
    form = {"content_type": "application/x-www-form-urlencoded"}
    posted = http("POST", "/fhir/Patient/_search?active=true", b"_id=p1", **form)
    assert posted.json == got.json
    assert stored.query == asked
    assert http("POST", "/fhir/Patient/_search").status == 200


def test_a_search_is_posted_as_a_form(http: Client) -> None:
    assert http("POST", "/fhir/Patient/_search", b"{}").status == 415
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert http("POST", "/fhir/Patient/_search", b"_id=\xff", **form).status == 400


def test_the_form_may_name_the_format(http: Client) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert http("POST", "/fhir/Patient/_search", b"_format=xml", **form).status == 406
    pretty = http("POST", "/fhir/Patient/_search", b"_pretty=true", **form)
    assert b"\n" in pretty.body
