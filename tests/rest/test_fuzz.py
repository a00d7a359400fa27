"""Whatever comes in, a clear answer goes out and never a 500."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.fhir import r4
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import ROUTES, TABLE
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client, Reply

_METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]
)
_WORDS = st.sampled_from(
    [
        "fhir",
        "Patient",
        "Observation",
        "Bundle",
        "p1",
        "_history",
        "_search",
        "$everything",
        "$validate",
        "$meta",
        "metadata",
        "1",
        "*",
        ".",
        "..",
        "%",
    ]
)
_TEXT = st.text(max_size=20)
_LATIN = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=40)
_PATHS = st.one_of(
    st.lists(_WORDS | _LATIN, max_size=6).map(lambda parts: "/" + "/".join(parts)),
    st.sampled_from([route.template for route in ROUTES]),
    _LATIN,
)
_NAMES = st.sampled_from(
    [
        "_id",
        "_since",
        "_at",
        "_count",
        "_cursor",
        "_format",
        "_pretty",
        "_summary",
        "_elements",
        "_type",
        "start",
        "end",
        "mode",
        "name",
        "birthdate",
    ]
)
_QUERIES = st.lists(st.tuples(_NAMES | _TEXT, _TEXT), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "accept",
            "accept_encoding",
            "content_type",
            "content_encoding",
            "content_length",
            "if_match",
            "if_none_match",
            "if_modified_since",
            "if_none_exist",
            "prefer",
            "origin",
            "host",
            "x_request_id",
            "user_agent",
            "range",
        ]
    ),
    _LATIN
    | st.sampled_from(["*", "gzip", "application/fhir+json", 'W/"1"', "return=minimal", "-1"]),
    max_size=5,
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT | _NAMES, inner, max_size=3),
    max_leaves=10,
)
_RESOURCES = st.dictionaries(
    st.sampled_from(sorted(r4.Patient.__fhir_elements__)), _JSON, max_size=4
).map(lambda fields: json.dumps({"resourceType": "Patient", **fields}).encode())
_BODIES = st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()) | _RESOURCES
_QUIET = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def http() -> Client:
    fake = FakeRecord()
    fake.put(r4.Patient(id="p1"))
    metrics = Metrics()
    door = Door(fake.as_record(), Options(max_body=10_000), TABLE, lambda: None, metrics.page)
    return Client(Application(door, metrics))


def _is_clear(reply: Reply, method: str) -> None:
    assert reply.status < 500, reply
    if reply.status >= 400 and method != "HEAD":
        assert reply.issue["diagnostics"]
    assert reply.headers["x-request-id"].isprintable()


@_QUIET
@given(method=_METHODS, path=_PATHS, query=_QUERIES)
def test_any_path_and_query(http: Client, method: str, path: str, query: str) -> None:
    path = path.replace("?", "")
    _is_clear(http(method, f"{path}?{query}"), method)


@_QUIET
@given(
    method=_METHODS,
    path=st.sampled_from([r.template for r in ROUTES]),
    headers=_HEADERS,
    body=_BODIES,
)
def test_any_headers_and_body(
    http: Client, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    for name, value in {"type": "Patient", "id": "p1", "version": "1", "member": "Patient"}.items():
        path = path.replace(f"{{{name}}}", value)
    _is_clear(http(method, path, body, **headers), method)


@_QUIET
@given(resource=_RESOURCES)
def test_any_patient(http: Client, resource: bytes) -> None:
    _is_clear(http("POST", "/fhir/Patient", resource), "POST")
    _is_clear(http("POST", "/fhir/Patient/$validate", resource), "POST")
    _is_clear(http("POST", "/fhir", resource), "POST")
