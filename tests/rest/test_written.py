"""What a write is answered with on a real record: warnings, and no more of them than help."""

from __future__ import annotations

from typing import Any

import pytest

from osler.kit.database import Database
from osler.record import Record
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.rest.wsgi import HOST, Client

PATIENT = {"resourceType": "Patient", "id": "p1", "active": True}
# A problem ought to have a clinicalStatus (con-3).
PROBLEM: dict[str, Any] = {
    "resourceType": "Condition",
    "subject": {"reference": "Patient/p1"},
    "category": [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/condition-category",
                    "code": "problem-list-item",
                }
            ]
        }
    ],
}


@pytest.fixture(scope="module")
def http(database: Database) -> Client:
    metrics = Metrics()
    record = Record(database, base_url=f"http://{HOST}/fhir")
    door = Door(record, Options(), TABLE, database.ping, metrics.page)
    client = Client(Application(door, metrics))
    assert client("PUT", "/fhir/Patient/p1", PATIENT).status == 201
    return client


def _said(reply: dict[str, Any]) -> list[tuple[str, str]]:
    return [(issue["severity"], issue["diagnostics"]) for issue in reply["issue"]]


def test_a_write_warns_but_not_of_a_missing_narrative(http: Client) -> None:
    told = {"prefer": "return=OperationOutcome"}
    ((severity, _),) = _said(
        http("POST", "/fhir/Patient", {"resourceType": "Patient"}, **told).json
    )
    assert severity == "information"
    ((severity, text),) = _said(http("POST", "/fhir/Condition", PROBLEM, **told).json)
    assert severity == "warning"
    assert "con-3" in text


def test_nor_does_a_transaction(http: Client) -> None:
    entries = [
        {"resource": body, "request": {"method": "POST", "url": body["resourceType"]}}
        for body in ({"resourceType": "Patient"}, PROBLEM)
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    patient, problem = http("POST", "/fhir", bundle).json["entry"]
    assert "outcome" not in patient["response"]
    ((_, text),) = _said(problem["response"]["outcome"])
    assert "con-3" in text


def test_validate_says_all(http: Client) -> None:
    for reply in (
        http("POST", "/fhir/Patient/$validate", PATIENT),
        http("GET", "/fhir/Patient/p1/$validate"),
    ):
        ((severity, text),) = _said(reply.json)
        assert severity == "warning"
        assert "dom-6" in text
