"""Bodies: their type, size, compression and time."""

from __future__ import annotations

import gzip
import json

import pytest

from osler.rest import body
from osler.rest.options import Options
from tests.rest.conftest import Opened
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client

PATIENT = {"resourceType": "Patient", "active": True}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/fhir+json", 201),
        ("application/fhir+json; charset=UTF-8", 201),
        ("application/fhir+json;fhirVersion=4.0", 201),
        ("application/json", 201),
        ("text/json", 201),
        ("application/json+fhir", 201),
        ("application/fhir+json; charset=latin1", 415),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+xml", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_the_type_of_a_body(http: Client, content_type: str, status: int) -> None:
    reply = http("POST", "/fhir/Patient", PATIENT, content_type=content_type)
    assert reply.status == status
    if status == 415:
        assert reply.issue["code"] == "not-supported"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b'{"resourceType":"Gremlin"}',
        b'{"resourceType":"Patient","birthDate":"soon"}',
        b'{"resourceType":"Patient","resourceType":"Patient"}',
        b'{"resourceType":"Patient","active":NaN}',
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"}}',
        b'\xef\xbb\xbf{"resourceType":"Patient"}',
        b"[" * 100_000,
        b'{"resourceType":"Patient","id":"\\ud800"}',
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_that_is_no_such_resource(http: Client, method: str, content: bytes) -> None:
    path = "/fhir/Patient" if method == "POST" else "/fhir/Patient/p1"
    reply = http(method, path, content, content_type="application/fhir+json")
    assert reply.status == 400
    assert reply.issue["diagnostics"]


def test_a_zipped_body(http: Client) -> None:
    content = gzip.compress(json.dumps(PATIENT).encode())
    assert http("POST", "/fhir/Patient", content, content_encoding="gzip").status == 201


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(b"{}" * 500, mtime=0)[:-12]])
def test_a_broken_zipped_body(http: Client, content: bytes) -> None:
    assert http("POST", "/fhir/Patient", content, content_encoding="gzip").status == 400


def test_a_zipped_body_of_two_members(http: Client, fake: FakeRecord) -> None:
    content = json.dumps(PATIENT).encode()
    for tail in (gzip.compress(content), b"\0" * 8, gzip.compress(b"x") + content * 20_000):
        body = gzip.compress(content) + tail
        reply = http("POST", "/fhir/Patient", body, content_encoding="gzip")
        assert reply.status == 400
        assert "one gzip member" in reply.issue["diagnostics"]
    assert not fake.ops


def test_a_member_that_ends_with_a_chunk(http: Client) -> None:
    """What follows is noticed also where it comes apart from the end."""
    content = json.dumps(PATIENT).encode()
    empty = gzip.compress(b"", mtime=0)
    member = gzip.compress(content + b" " * 100, compresslevel=0, mtime=0)
    padding = body._CHUNK - len(member)
    whole = gzip.compress(content + b" " * (100 + padding - 25), compresslevel=0, mtime=0)
    while len(whole) < body._CHUNK:
        padding += body._CHUNK - len(whole)
        whole = gzip.compress(content + b" " * (75 + padding), compresslevel=0, mtime=0)
    assert len(whole) == body._CHUNK
    assert http("POST", "/fhir/Patient", whole, content_encoding="gzip").status == 201
    assert http("POST", "/fhir/Patient", whole + empty, content_encoding="gzip").status == 400


def test_a_body_that_is_cut_short(http: Client, fake: FakeRecord) -> None:
    reply = http("POST", "/fhir/Patient", PATIENT, content_length="1000")
    assert reply.status == 400
    assert "too early" in reply.issue["diagnostics"]
    assert not fake.ops


def test_another_encoding(http: Client) -> None:
    assert http("POST", "/fhir/Patient", PATIENT, content_encoding="br").status == 415


def test_a_body_that_is_too_large(opened: Opened) -> None:
    http = opened(Options(max_body=100))
    reply = http("POST", "/fhir/Patient", b" " * 101)
    assert reply.status == 413
    assert reply.issue["code"] == "too-long"


def test_a_body_that_does_not_say_how_large_it_is(opened: Opened) -> None:
    http = opened(Options(max_body=100))
    assert http("POST", "/fhir/Patient", b" " * 101, content_length="").status == 413


def test_a_bomb_is_stopped_before_it_unfolds(opened: Opened) -> None:
    http = opened(Options(max_body=1_000_000))
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < 1_000_000
    assert http("POST", "/fhir/Patient", bomb, content_encoding="gzip").status == 413


def test_a_query_that_is_too_long(opened: Opened, fake: FakeRecord) -> None:
    http = opened(Options(max_query=100))
    assert http("GET", "/fhir/Patient?name=" + "x" * 100).status == 413
    assert fake.query is None


@pytest.mark.parametrize("query", ["name=%ff", "name=%00", "&".join(["a=1"] * 3000)])
def test_a_query_that_is_no_text(http: Client, query: str) -> None:
    assert http("GET", f"/fhir/Patient?{query}").status == 400
