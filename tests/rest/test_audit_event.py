"""The audit over HTTP: AuditEvents that are valid, found by every parameter, and written by nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import LOCAL, Origin, Principal
from osler.fhir.codec import decode
from osler.fhir.validate import validate
from osler.kit.database import Database
from osler.record import Access, Record
from osler.record.audit_words import ACTIONS
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.rest.wsgi import Client, Reply

ANN = Principal(
    "acc-ann",
    "Ann Able",
    frozenset({"physician"}),
    person="Practitioner/ann",
    session="s-1",
    purpose="TREAT",
    emergency=True,
    on_behalf_of="Patient/p9",
    origin=Origin("10.0.0.7", "Firefox", "req-1"),
)


@pytest.fixture(scope="module")
def http(database: Database) -> Client:
    record = Record(database)
    record.note(ANN, *(Access(name, "Observation", "o1", 3, ("p1",)) for name in ACTIONS))
    record.note(ANN, Access("search-type", "Condition", patients=("p2", "*"), query="a=b", hits=2))
    record.note(Principal("nobody"), Access("login-failed", outcome="login"))
    record.note(Principal("system:job"), Access("something-new", detail="why"))
    metrics = Metrics(lambda: {"pool_size": 3})
    door = Door(record, Options(), TABLE, database.ping, metrics.page)
    return Client(Application(door, metrics))


def found(http: Client, query: str) -> list[dict[str, Any]]:
    reply = http("GET", f"/fhir/AuditEvent?{query}")
    assert reply.status == 200, reply.body
    return [entry["resource"] for entry in reply.json.get("entry", [])]


def test_every_event_is_valid_fhir(http: Client) -> None:
    events = found(http, "_count=1000&agent:identifier=acc-ann,nobody,system:job")
    assert len(events) == len(ACTIONS) + 3
    for event in events:
        issues = validate(decode(_bytes(event)))
        assert [issue for issue in issues if issue.severity in {"error", "fatal"}] == []


def _bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def test_an_event_says_who_what_whose_and_from_where(http: Client) -> None:
    (event,) = found(http, "subtype=read&type=rest&agent=Practitioner/ann&entity=Observation/o1")
    agent = event["agent"][0]
    assert agent["who"] == {"reference": "Practitioner/ann", "identifier": {"value": "acc-ann"}}
    assert (agent["name"], agent["altId"], agent["requestor"]) == ("Ann Able", "acc-ann", True)
    assert agent["network"] == {"address": "10.0.0.7", "type": "2"}
    assert event["agent"][1]["who"]["reference"] == "Patient/p9"
    assert event["agent"][2]["who"]["display"] == "Firefox"
    purposes = [one["coding"][0]["code"] for one in event["purposeOfEvent"]]
    assert purposes == ["TREAT", "ETREAT"]
    assert [entity.get("what", {}).get("reference") for entity in event["entity"]][:2] == [
        "Patient/p1",
        "Observation/o1/_history/3",
    ]
    again = http("GET", f"/fhir/AuditEvent/{event['id']}")
    assert again.json == event


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("patient=Patient/p2&altid=acc-ann", 1),
        ("patient=p1&altid=acc-ann", len(ACTIONS)),
        ("entity=Patient/p2&altid=acc-ann", 1),
        ("agent-name=able", len(ACTIONS) + 1),
        ("agent-name=bl", 0),
        ("agent:identifier=nobody", 1),
        ("agent.identifier=|nobody", 1),
        ("altid=system:job", 1),
        ("agent-role=physician&action=D", 2),
        ("outcome=4&altid=nobody", 1),
        ("outcome=0&altid=nobody", 0),
        ("type=110114&altid=nobody", 1),
        ("subtype=110122&altid=acc-ann", 2),
        ("subtype=login&altid=acc-ann", 1),
        ("address=10.0.0.7&subtype=vread", 1),
        ("purpose=TREAT&subtype=vread", 1),
        ("entity-type=1&altid=nobody", 0),
        ("date=lt2000-01-01", 0),
        ("date=ge2000-01-01&altid=nobody", 1),
        ("date=ge2000-01-01&date=lt2000-01-02", 0),
    ],
)
def test_parameters(http: Client, query: str, count: int) -> None:
    assert len(found(http, f"_count=1000&{query}")) == count


def test_pages_and_order(http: Client) -> None:
    path = "/fhir/AuditEvent?altid=acc-ann&patient=p1&_sort=date&_count=10&_total=accurate"
    seen: list[str] = []
    while path:
        body = http("GET", path).json
        assert body["total"] == len(ACTIONS)
        seen += [entry["resource"]["id"] for entry in body["entry"]]
        links = {link["relation"]: link["url"] for link in body["link"]}
        path = links.get("next", "").partition("8000")[2]
    assert len(seen) == len(set(seen)) == len(ACTIONS)
    assert seen == sorted(seen, key=int)


def test_search_by_form_and_counts(http: Client) -> None:
    reply = http(
        "POST",
        "/fhir/AuditEvent/_search",
        "patient=p1&altid=acc-ann&_summary=count",
        content_type="application/x-www-form-urlencoded",
    )
    assert (reply.status, reply.json["total"]) == (200, len(ACTIONS))
    assert "entry" not in reply.json


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/fhir/AuditEvent"),
        ("PUT", "/fhir/AuditEvent/1"),
        ("PATCH", "/fhir/AuditEvent/1"),
        ("DELETE", "/fhir/AuditEvent/1"),
        ("DELETE", "/fhir/AuditEvent"),
    ],
)
def test_nobody_writes_the_audit(http: Client, method: str, path: str) -> None:
    reply: Reply = http(method, path, {"resourceType": "AuditEvent"})
    assert reply.status == 405
    assert "written by the server alone" in reply.issue["diagnostics"]
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


def test_nor_by_a_transaction(http: Client) -> None:
    (event,) = found(http, "subtype=vread&patient=p1")
    entry = {"resource": event, "request": {"method": "POST", "url": "AuditEvent"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    reply = http("POST", "/fhir", bundle)
    assert reply.status == 403
    assert "server alone" in reply.issue["diagnostics"]


@pytest.mark.parametrize("path", ["/fhir/AuditEvent/x", "/fhir/AuditEvent/999999999"])
def test_what_is_not_there(http: Client, path: str) -> None:
    assert http("GET", path).status == 404


def test_unknown_parameters_are_refused(http: Client) -> None:
    reply = http("GET", "/fhir/AuditEvent?shoe=4")
    assert reply.status == 400
    assert "agent-name" in reply.issue["diagnostics"]
    assert http("GET", "/fhir/AuditEvent?shoe=4", prefer="handling=lenient").status == 200


def test_the_capability_statement_says_so(http: Client) -> None:
    rest = http("GET", "/fhir/metadata").json["rest"][0]
    (one,) = [each for each in rest["resource"] if each["type"] == "AuditEvent"]
    assert [each["code"] for each in one["interaction"]] == ["read", "search-type"]
    assert {"date", "patient", "agent"} <= {each["name"] for each in one["searchParam"]}


def test_what_was_read_is_in_it(http: Client) -> None:
    http("GET", "/fhir/Patient/not-there")
    (event,) = found(http, f"subtype=read&altid={LOCAL.id}&_count=1&_sort=-date")
    assert event["outcomeDesc"] == "not-found"
