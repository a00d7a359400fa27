"""The door on a real record: what clients ask of it most, from the request to the rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.kit.database import Database
from osler.record import Record
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.rest.wsgi import HOST, Client

BASE = f"http://{HOST}/fhir"
_LOINC = "http://loinc.org"
_FORM = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def http(database: Database) -> Client:
    """A door on a record with two patients, an encounter and five observations."""
    metrics = Metrics()
    record = Record(database, base_url=BASE)
    client = Client(
        Application(Door(record, Options(), TABLE, database.ping, metrics.page), metrics)
    )
    for body in _people():
        reply = client("PUT", f"/fhir/{body['resourceType']}/{body['id']}", body)
        assert reply.status == 201, reply.body
    return client


def _people() -> list[dict[str, Any]]:
    names = {"ana": "Núñez", "bob": "Smith"}
    patients = [
        {
            "resourceType": "Patient",
            "id": id,
            "identifier": [{"system": "http://example.org/mrn", "value": id}],
            "name": [{"family": family}],
        }
        for id, family in names.items()
    ]
    visit = {
        "resourceType": "Encounter",
        "id": "visit",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/ana"},
    }
    return [*patients, visit, *(_weight(number) for number in range(5))]


def _weight(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"w{number}",
        "status": "final",
        "code": {"coding": [{"system": _LOINC, "code": "29463-7"}]},
        "subject": {"reference": "Patient/ana"},
        "encounter": {"reference": "Encounter/visit"},
        "effectiveDateTime": f"2024-0{number + 1}-01",
        "valueQuantity": {"value": 70 + number, "unit": "kg"},
    }


def _ids(bundle: dict[str, Any]) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("Patient?name=nunez", ["ana"]),
        ("Patient?family=Smith", ["bob"]),
        ("Patient?identifier=http://example.org/mrn|bob", ["bob"]),
        ("Observation?patient=ana&_count=2", ["w4", "w3"]),
        ("Observation?patient=Patient/ana&_count=2", ["w4", "w3"]),
        (f"Observation?code={_LOINC}|29463-7&date=ge2024-04", ["w4", "w3"]),
        ("Observation?subject:Patient.name=nunez&date=lt2024-02", ["w0"]),
        ("Patient?_has:Observation:patient:code=29463-7", ["ana"]),
        ("Patient/ana/Observation?date=2024-03-01", ["w2"]),
        ("Patient/bob/Observation", []),
        ("Encounter/visit/Observation?date=2024-03-01", ["w2"]),
        ("Encounter/visit/Encounter", ["visit"]),
        ("Patient/ana/*?_type=Encounter", ["visit"]),
        ("Encounter/visit/*?_type=Encounter", ["visit"]),
        ("Patient/ana/Patient", ["ana"]),
    ],
)
def test_searches(http: Client, path: str, ids: list[str]) -> None:
    got = http("GET", f"/fhir/{path}")
    assert got.status == 200, got.body
    assert _ids(got.json) == ids


def test_system_search(http: Client) -> None:
    found = http("GET", "/fhir?_type=Patient,Encounter")
    assert set(_ids(found.json)) == {"ana", "bob", "visit"}
    posted = http("POST", "/fhir/_search", b"_type=Patient,Encounter", **_FORM)
    assert posted.json == found.json


def test_get_and_post_give_the_same(http: Client) -> None:
    got = http("GET", "/fhir/Observation?patient=ana&_total=accurate").json
    posted = http("POST", "/fhir/Observation/_search?patient=ana", b"_total=accurate", **_FORM).json
    assert got["total"] == posted["total"] == 5
    assert _ids(got) == _ids(posted)


def test_pages_by_their_links(http: Client) -> None:
    url, seen = f"{BASE}/Observation?patient=ana&_count=2&_sort=date", []
    while url:
        page = http("GET", url.removeprefix(f"http://{HOST}")).json
        seen += _ids(page)
        links = {link["relation"]: link["url"] for link in page["link"]}
        assert links["self"] == url
        assert links["first"] == f"{BASE}/Observation?patient=ana&_count=2&_sort=date"
        url = links.get("next", "")
    assert seen == ["w0", "w1", "w2", "w3", "w4"]


def test_included_and_counted(http: Client) -> None:
    bundle = http("GET", "/fhir/Observation?_id=w1&_include=Observation:patient").json
    modes = {e["resource"]["resourceType"]: e["search"]["mode"] for e in bundle["entry"]}
    assert modes == {"Observation": "match", "Patient": "include"}
    counted = http("GET", "/fhir/Observation?patient=ana&_summary=count").json
    assert counted["total"] == 5
    assert "entry" not in counted


def test_an_unknown_parameter(http: Client) -> None:
    assert http("GET", "/fhir/Patient?shoe-size=44").status == 400
    lenient = http("GET", "/fhir/Patient?shoe-size=44&name=smith", prefer="handling=lenient")
    assert lenient.status == 200
    assert "shoe-size" not in lenient.json["link"][0]["url"]
    assert lenient.json["entry"][-1]["search"]["mode"] == "outcome"


def test_conditional_writes(http: Client) -> None:
    mrn = "identifier=http://example.org/mrn|eve"
    eve = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://example.org/mrn", "value": "eve"}],
    }
    assert http("POST", "/fhir/Patient", eve, if_none_exist=mrn).status == 201
    again = http("POST", "/fhir/Patient", eve, if_none_exist=mrn)
    assert again.status == 200
    assert http("PUT", f"/fhir/Patient?{mrn}", {**eve, "active": True}).headers["etag"] == 'W/"2"'
    operations = [{"op": "replace", "path": "/active", "value": False}]
    patched = http(
        "PATCH",
        f"/fhir/Patient?{mrn}",
        json.dumps(operations),
        content_type="application/json-patch+json",
    )
    assert patched.json["active"] is False
    assert http("DELETE", f"/fhir/Patient?{mrn}").status == 204
    assert http("GET", f"/fhir/Patient/{again.json['id']}").status == 410
    assert http("POST", "/fhir/Patient", eve, if_none_exist="name=x&shoe=1").status == 400


def test_a_fhirpath_patch(http: Client) -> None:
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Observation.value.value"},
        {"name": "value", "valueDecimal": 71.5},
    ]
    body = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    patched = http("PATCH", "/fhir/Observation/w0", body)
    assert patched.status == 200, patched.body
    assert patched.json["valueQuantity"]["value"] == 71.5


def test_stale_writes(http: Client) -> None:
    bob = http("GET", "/fhir/Patient/bob").json
    assert http("PUT", "/fhir/Patient/bob", {**bob, "active": True}, if_match='W/"1"').status == 200
    stale = http("PUT", "/fhir/Patient/bob", {**bob, "active": False}, if_match='W/"1"')
    assert stale.status == 412
    assert http("PUT", "/fhir/Patient/bob", bob, if_none_match="*").status == 412


def test_a_dangling_reference(http: Client) -> None:
    lost = {**_weight(6), "subject": {"reference": "Patient/nobody"}}
    reply = http("PUT", "/fhir/Observation/w6", lost)
    assert reply.status == 422
    assert reply.issue["expression"][0].startswith("Observation.subject")


def test_an_invariant(http: Client) -> None:
    contact = {"resourceType": "Patient", "contact": [{"gender": "male"}]}
    reply = http("POST", "/fhir/Patient", contact)
    assert reply.status == 422
    assert reply.issue["expression"] == ["Patient.contact[0]"]


def test_a_transaction(http: Client) -> None:
    urn = "urn:uuid:3b0d9d3c-9d0e-4e0c-8f0e-111111111111"
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": urn,
            "resource": {"resourceType": "Patient", "name": [{"family": "Trans"}]},
            "request": {"method": "POST", "url": "Patient"},
        },
        {
            "resource": {
                **_weight(7),
                "id": None,
                "subject": {"reference": urn},
                "encounter": None,
            },
            "request": {"method": "POST", "url": "Observation"},
        },
        {"request": {"method": "GET", "url": "Patient?family=Trans"}},
        {"request": {"method": "GET", "url": "Patient/nobody"}},
    ]
    entries[1]["resource"] = {k: v for k, v in entries[1]["resource"].items() if v}
    body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = http("POST", "/fhir", body, prefer="return=representation").json
    assert answer["type"] == "transaction-response"
    statuses = [entry["response"]["status"] for entry in answer["entry"]]
    assert statuses == ["201 Created", "201 Created", "200 OK", "404 Not Found"]
    made = answer["entry"][0]["resource"]["id"]
    assert answer["entry"][1]["resource"]["subject"]["reference"] == f"Patient/{made}"
    assert answer["entry"][2]["resource"]["entry"][0]["resource"]["id"] == made
    checked = http("POST", "/fhir/$validate", answer)
    assert [i for i in checked.json["issue"] if i["severity"] == "error"] == []


def test_a_transaction_is_all_or_nothing(http: Client) -> None:
    good = {"resource": {"resourceType": "Patient", "name": [{"family": "Never"}]}}
    bad = {"resource": {**_weight(8), "subject": {"reference": "Patient/nobody"}}}
    entries = [
        {**good, "request": {"method": "POST", "url": "Patient"}},
        {**bad, "request": {"method": "PUT", "url": "Observation/w8"}},
    ]
    reply = http(
        "POST", "/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    )
    assert reply.status == 422
    assert reply.issue["expression"][0].startswith("Bundle.entry[1].resource")
    assert _ids(http("GET", "/fhir/Patient?family=Never").json) == []


def test_a_batch_goes_on(http: Client) -> None:
    entries = [
        {"request": {"method": "DELETE", "url": "Patient"}},
        {"request": {"method": "GET", "url": "Patient/ana"}},
        {"request": {"method": "GET", "url": "metadata?mode=full"}},
        {"request": {"method": "GET", "url": "Patient/ana/_history/7"}},
    ]
    answer = http("POST", "/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    statuses = [entry["response"]["status"][:3] for entry in answer.json["entry"]]
    assert statuses[0][0] == "4"
    assert statuses[1:] == ["200", "200", "404"]


@pytest.mark.parametrize("kind", ["collection", "searchset", "document"])
def test_another_bundle_cannot_be_carried_out(http: Client, kind: str) -> None:
    assert http("POST", "/fhir", {"resourceType": "Bundle", "type": kind}).status in (400, 422)
    assert http("POST", "/fhir", {"resourceType": "Patient"}).status == 400


def test_history(http: Client) -> None:
    http("PUT", "/fhir/Basic/h", {"resourceType": "Basic", "id": "h", "code": {"text": "1"}})
    http("PUT", "/fhir/Basic/h", {"resourceType": "Basic", "id": "h", "code": {"text": "2"}})
    http("DELETE", "/fhir/Basic/h")
    url, seen = "/fhir/Basic/h/_history?_count=1", []
    while url:
        page = http("GET", url).json
        seen += [entry["request"]["method"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        url = links.get("next", "").removeprefix(f"http://{HOST}")
    assert seen == ["DELETE", "PUT", "POST"]
    assert http("GET", "/fhir/Basic/_history?_since=2100").json.get("entry") is None
    assert http("GET", "/fhir/Basic/none/_history").status == 404


def test_labels_come_and_go(http: Client) -> None:
    tag = {"system": "http://example.org", "code": "vip"}
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "meta", "valueMeta": {"tag": [tag]}}],
    }
    assert http("POST", "/fhir/Patient/ana/$meta-add", body).status == 200
    assert _ids(http("GET", "/fhir/Patient?_tag=vip").json) == ["ana"]
    assert http("POST", "/fhir/Patient/ana/$meta-delete", body).status == 200
    assert _ids(http("GET", "/fhir/Patient?_tag=vip").json) == []


def test_everything_in_pages(http: Client) -> None:
    whole = http("GET", "/fhir/Patient/ana/$everything").json
    assert _ids(whole)[0] == "ana"
    assert set(_ids(whole)) == {"ana", "visit", "w0", "w1", "w2", "w3", "w4"}
    url, seen = "/fhir/Patient/ana/$everything?_count=3", []
    while url:
        page = http("GET", url).json
        seen += _ids(page)
        links = {link["relation"]: link["url"] for link in page["link"]}
        url = links.get("next", "").removeprefix(f"http://{HOST}")
    assert seen == _ids(whole)
    only = http("GET", "/fhir/Patient/ana/$everything?_type=Observation&end=2024-02").json
    assert set(_ids(only)) == {"w0", "w1"}


def test_everything_said_of_search_is_in_the_statement(http: Client) -> None:
    reply = http("GET", "/fhir/metadata")
    rest = reply.json["rest"][0]
    patient = next(r for r in rest["resource"] if r["type"] == "Patient")
    assert {"name", "identifier", "birthdate"} <= {p["name"] for p in patient["searchParam"]}
    assert "Observation:subject" in patient["searchRevInclude"]
    checked = http("POST", "/fhir/$validate", reply.body)
    assert [i for i in checked.json["issue"] if i["severity"] == "error"] == []


_NAMES = st.sampled_from(
    [
        "name",
        "birthdate",
        "identifier",
        "_id",
        "_lastUpdated",
        "_sort",
        "_count",
        "_include",
        "_revinclude",
        "_has:Observation:patient:code",
        "general-practitioner.name",
        "_filter",
        "_tag",
        "name:exact",
        "name:missing",
        "gender:not",
        "_total",
        "_cursor",
        "_elements",
        "_text",
        "_summary",
        "_content",
        "_list",
        "_security",
        "address:contains",
        "birthdate:missing",
    ]
)
_VALUES = st.text(max_size=12) | st.sampled_from(
    [
        "2024",
        "ge2024-02-30",
        "a|b",
        "|",
        "|b",
        "a,b",
        "\\",
        "true",
        "Patient:*",
        "-1",
        "999999999999",
        "name eq 'x'",
        "Patient/1",
        "_count",
        "*",
        "eq",
        "%",
        "'",
        "0",
        "10000-01-01",
        "lt0001",
    ]
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(_NAMES, _VALUES), min_size=1, max_size=4))
def test_any_search_is_answered(http: Client, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    reply = http("GET", f"/fhir/Patient?{query}")
    assert reply.status in (200, 400, 413), (query, reply)
    assert reply.json["resourceType"] in ("Bundle", "OperationOutcome")
