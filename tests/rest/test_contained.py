"""`_contained` and `_containedType` over HTTP: addresses, paging links, subsets, compartments."""

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

BASE = f"http://{HOST}/fhir"


@pytest.fixture(scope="module")
def http(database: Database) -> Client:
    """A door on a record with two orders, each of a medication that is known only there."""
    metrics = Metrics()
    record = Record(database, base_url=BASE)
    client = Client(
        Application(Door(record, Options(), TABLE, database.ping, metrics.page), metrics)
    )
    for body in [{"resourceType": "Patient", "id": "ana"}, _order("a", "1"), _order("b", "2")]:
        reply = client("PUT", f"/fhir/{body['resourceType']}/{body['id']}", body)
        assert reply.status == 201, reply.body
    return client


def _order(id: str, written: str) -> dict[str, Any]:
    medication = {
        "resourceType": "Medication",
        "id": "m",
        "code": {"coding": [{"system": "http://rx.example", "code": "iron"}]},
        "status": "active",
    }
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "contained": [medication],
        "status": "active",
        "intent": "order",
        "medicationReference": {"reference": "#m"},
        "subject": {"reference": "Patient/ana"},
        "authoredOn": f"2024-01-0{written}",
    }


def _urls(bundle: dict[str, Any]) -> list[str]:
    return [entry["fullUrl"] for entry in bundle.get("entry", ())]


def test_the_containers(http: Client) -> None:
    assert http("GET", "/fhir/Medication?code=iron").json["total"] == 0
    got = http("GET", "/fhir/Medication?code=iron&_contained=true").json
    assert sorted(_urls(got)) == [f"{BASE}/MedicationRequest/a", f"{BASE}/MedicationRequest/b"]
    assert {entry["search"]["mode"] for entry in got["entry"]} == {"match"}
    assert {entry["resource"]["resourceType"] for entry in got["entry"]} == {"MedicationRequest"}


def test_the_contained_resources(http: Client) -> None:
    got = http("GET", "/fhir/Medication?_contained=both&_containedType=contained&code=iron").json
    urls = [f"{BASE}/MedicationRequest/{id}#m" for id in "ab"]
    assert sorted(_urls(got)) == urls
    assert got["entry"][0]["resource"] == _order("a", "1")["contained"][0]
    assert got["total"] == 2
    checked = http("POST", "/fhir/$validate", got)
    assert [i for i in checked.json["issue"] if i["severity"] == "error"] == []


def test_their_pages(http: Client) -> None:
    path = "/fhir/Medication?_contained=true&_containedType=contained&_count=1&_total=accurate"
    seen = []
    while path:
        got = http("GET", path).json
        assert got["total"] == 2
        seen += _urls(got)
        link = {one["relation"]: one["url"] for one in got["link"]}
        assert "_containedType=contained" in link["self"]
        path = link.get("next", "").removeprefix(BASE.removesuffix("/fhir"))
    assert sorted(seen) == [f"{BASE}/MedicationRequest/{id}#m" for id in "ab"]


def test_a_part_of_them(http: Client) -> None:
    path = "/fhir/Medication?_contained=true&_containedType=contained&_elements=status"
    resource = http("GET", path).json["entry"][0]["resource"]
    assert set(resource) == {"resourceType", "id", "meta", "status"}


def test_a_chain_into_them(http: Client) -> None:
    got = http("GET", "/fhir/MedicationRequest?medication.code=iron&_sort=authoredon").json
    assert _urls(got) == [f"{BASE}/MedicationRequest/a", f"{BASE}/MedicationRequest/b"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_contained=maybe", 400),
        ("_containedType=both", 400),
        ("_contained=true&_containedType=contained&_include=Medication:manufacturer", 400),
        ("_contained=true&_include=MedicationRequest:patient", 200),
    ],
)
def test_what_cannot_be_asked(http: Client, query: str, status: int) -> None:
    assert http("GET", f"/fhir/Medication?{query}").status == status
