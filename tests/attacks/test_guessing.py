"""A patient (or a proxy, or staff of elsewhere) who guesses ids: on every way in, there is nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.attacks.conftest import Api
from tests.matrix.cast import OTHER, OWN

GUESSERS = ["patient", "proxy", "nurse", "physician-own-patients"]
PATCH = {"content_type": "application/json-patch+json"}
FORM = {"content_type": "application/x-www-form-urlencoded"}
SECRETS = (f"Family-{OTHER}", f"Patient/{OTHER}", f"{OTHER}-sodium", f"{OTHER}-file")


def tells(body: bytes, *asked: str) -> bool:
    """Whether an answer has anything of the other patient but what was asked for."""
    text = body.decode()
    for one in asked:
        text = text.replace(one, "")
    return any(secret in text for secret in SECRETS) or "valueQuantity" in text


INSTANCE = [
    "Patient/{o}", "Patient/{o}/_history", "Patient/{o}/_history/1", "Patient/{o}/$everything",
    "Patient/{o}/$meta", "Patient/{o}/_history/1/$meta", "Patient/{o}/$validate",
    "Observation/{o}-sodium", "Observation/{o}-sodium/_history", "Observation/{o}-sodium/_history/1",
    "Observation/{o}-sodium/$meta", "DocumentReference/{o}-letter", "Binary/{o}-file",
    "Binary/{o}-file/_history/1", "Task/{o}-request", "Appointment/{o}-visit",
    "RelatedPerson/{o}-mother", "Patient/{o}?_elements=id", "Patient/{o}?_summary=true",
    "Patient/%7Ao", "Patient/{o}/",
]  # fmt: skip


@pytest.mark.parametrize("path", INSTANCE)
@pytest.mark.parametrize("caller", GUESSERS)
def test_nothing_is_at_a_guessed_address(api: Api, caller: str, path: str) -> None:
    for headers in (
        {},
        {"if_none_match": 'W/"1"'},
        {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        answer = api(caller, "GET", f"/fhir/{path.format(o=OTHER)}", **headers)
        assert answer.status == 404
        assert "etag" not in answer.headers and "last-modified" not in answer.headers


SEARCHES = [
    "Patient?_id={o}", "Patient?family=Family-{o}", "Patient?family:contains={o}",
    "Patient?name=Family-{o}", "Patient?birthdate=1980-02-03&_summary=count",
    "Patient?organization=Organization/there", "Patient?_has:Observation:patient:status=final",
    "Observation?patient={o}", "Observation?subject=Patient/{o}", "Observation?patient.family=Family-{o}",
    "Observation?subject:Patient.name=Family-{o}", "Observation?_id={o}-sodium&_include=Observation:subject",
    "Observation?_include=*", "Patient?_revinclude=Observation:subject", "Patient?_revinclude=*",
    "Patient/{o}/Observation", "Patient/{o}/*", "Organization?_id=there&_revinclude=Patient:organization",
    "Organization?_id=there&_revinclude:iterate=Patient:organization&_revinclude:iterate=Observation:patient",
    "Organization?_has:Patient:organization:family=Family-{o}",
    "Practitioner?_has:Patient:general-practitioner:_id={o}",
    "Practitioner?_id=you&_revinclude=Patient:general-practitioner", "_history", "Patient/_history",
    "Observation/_history", "?_type=Patient,Observation&_lastUpdated=gt2000", "Observation?performer=Patient/{o}",
    "Observation?_sort=patient", "Observation?_filter=patient eq {o}", "Observation?patient:identifier=x",
    "Observation?patient:missing=false", "Observation?patient:not={p}", "Patient?_id:not={p}",
    "Patient?_list=x", "Observation?_text=sodium", "Patient?_content={o}",
    "Observation?_elements=subject", "Patient?_id={o},{p}",
]  # fmt: skip


@pytest.mark.parametrize("query", SEARCHES)
@pytest.mark.parametrize("caller", ["patient", "proxy", "nurse"])
def test_no_search_finds_or_counts_another(api: Api, caller: str, query: str) -> None:
    path = query.format(o=OTHER, p=OWN)
    answer = api(caller, "GET", f"/fhir/{path}".replace("/?", "?"))
    assert answer.status < 500
    if answer.status >= 300:
        return
    found = answer.json
    resources = json.dumps([entry.get("resource") for entry in found.get("entry", ())])
    assert OTHER not in resources.replace('"id": "there"', "")
    mine = api(caller, "GET", "/fhir/Patient?_id=" + OWN + "&_summary=count").json["total"]
    if path.startswith("Patient?") and "total" in found:
        assert found["total"] <= mine == 1


@pytest.mark.parametrize("caller", ["nurse", "patient"])
@pytest.mark.parametrize(
    ("found", "none"),
    [
        ("Patient?family=Family-{o}", "Patient?family=Family-none"),
        ("Organization?_has:Patient:organization:family=Family-{o}",
         "Organization?_has:Patient:organization:family=Family-none"),
        ("Practitioner?_has:Patient:general-practitioner:_id={o}",
         "Practitioner?_has:Patient:general-practitioner:_id=none"),
        ("Observation?patient.family=Family-{o}", "Observation?patient.family=Family-none"),
    ],
)  # fmt: skip
def test_a_hidden_match_is_as_none(api: Api, caller: str, found: str, none: str) -> None:
    one, two = (api(caller, "GET", f"/fhir/{query.format(o=OTHER)}") for query in (found, none))
    assert one.status == two.status
    assert one.status != 200 or one.json["total"] == two.json["total"] == 0


def batch(method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    if resource is not None:
        entry["resource"] = resource
    return entry


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize("caller", ["patient", "proxy", "nurse"])
def test_entries_of_a_bundle_are_asked_as_single_requests(api: Api, caller: str, kind: str) -> None:
    for path in INSTANCE[:12]:
        if path.endswith("$validate"):
            continue
        url = path.format(o=OTHER)
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [batch("GET", url)]}
        answer = api(caller, "POST", "/fhir", bundle)
        assert not tells(answer.body, url, url.partition("/_")[0], url.partition("/$")[0]), url
        if answer.status == 200:
            assert answer.json["entry"][0]["response"]["status"].startswith(("404", "400")), url


WRITES: list[tuple[str, str, Any]] = [
    ("PUT", "Observation/{o}-sodium", {"resourceType": "Observation", "id": "{o}-sodium",
      "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/{o}"}}),
    ("PUT", "Observation?_id={o}-sodium", {"resourceType": "Observation", "status": "final",
      "code": {"text": "x"}, "subject": {"reference": "Patient/{o}"}}),
    ("PATCH", "Observation/{o}-sodium", [{"op": "replace", "path": "/status", "value": "amended"}]),
    ("PATCH", "Observation?_id={o}-sodium", [{"op": "replace", "path": "/status", "value": "amended"}]),
    ("PATCH", "Patient/{o}", [{"op": "test", "path": "/birthDate", "value": "1980-02-03"}]),
    ("DELETE", "Observation/{o}-sodium", b""),
    ("DELETE", "Observation?_id={o}-sodium", b""),
    ("DELETE", "Observation?patient={o}", b""),
    ("POST", "Observation/{o}-sodium/$meta-add", {"resourceType": "Parameters", "parameter": [
      {"name": "meta", "valueMeta": {"tag": [{"code": "x"}]}}]}),
    ("POST", "Observation/{o}-sodium/$meta-delete", {"resourceType": "Parameters", "parameter": [
      {"name": "meta", "valueMeta": {"tag": [{"code": "x"}]}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda one: str(one)[:40])
@pytest.mark.parametrize("caller", GUESSERS)
def test_nothing_of_another_is_written(
    api: Api, caller: str, method: str, path: str, body: Any
) -> None:
    before = [api("local", "GET", f"/fhir/{one}").body for one in _KEPT]
    body = json.loads(json.dumps(body).replace("{o}", OTHER)) if body else body
    headers = PATCH if method == "PATCH" else {}
    answer = api(caller, method, f"/fhir/{path.format(o=OTHER)}", body, **headers)
    assert answer.status in {403, 404, 412, 422} or (method == "DELETE" and answer.status == 204)
    assert not tells(answer.body, f"{OTHER}-sodium", f"Patient/{OTHER}")
    assert [api("local", "GET", f"/fhir/{one}").body for one in _KEPT] == before


_KEPT = (f"Observation/{OTHER}-sodium", f"Patient/{OTHER}")


@pytest.mark.parametrize("caller", ["patient", "proxy", "nurse"])
def test_if_none_exist_does_not_match_what_is_hidden(api: Api, caller: str) -> None:
    """A create that would find another's answers as if there were none."""
    new = {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [{"actor": {"reference": f"Patient/{OWN}"}, "status": "accepted"}],
    }
    there = api(caller, "POST", "/fhir/Appointment", new, if_none_exist=f"_id={OTHER}-visit")
    assert there.status == 201 and OTHER not in there.body.decode()


@pytest.mark.parametrize("caller", ["proxy", "nurse", "physician", "integration", "system-admin"])
def test_the_audit_is_not_for_who_is_in_it(api: Api, caller: str) -> None:
    for path in ("AuditEvent", f"AuditEvent?patient=Patient/{OTHER}", "AuditEvent?_summary=count"):
        assert api(caller, "GET", f"/fhir/{path}").status == 403


def test_a_patient_reads_the_audit_and_provenance_of_the_own_record_alone(api: Api) -> None:
    for one in (OWN, OTHER):
        api("physician", "GET", f"/fhir/Patient/{one}")
    for path in ("AuditEvent", f"AuditEvent?patient=Patient/{OTHER}", "AuditEvent?_count=200",
                 f"AuditEvent?entity=Patient/{OTHER}", "Provenance", f"Provenance?target=Patient/{OTHER}",
                 f"Provenance?patient=Patient/{OTHER}"):  # fmt: skip
        answer = api("patient", "GET", f"/fhir/{path}")
        if answer.status == 200:
            entries = json.dumps([one["resource"] for one in answer.json.get("entry", ())])
            assert OTHER not in entries, path
        else:
            assert answer.status in {400, 403}, path


@pytest.mark.parametrize(
    "id", ["../Patient/x", "..%2f..", "zz-own/../zz-other", "x\x00", "' OR 1=1--"]
)
def test_odd_ids_are_ids_of_nothing(api: Api, id: str) -> None:
    assert api("patient", "GET", f"/fhir/Patient/{id}").status in {400, 404}
