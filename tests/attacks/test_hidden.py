"""What a role does not see is not found by it either: not by any syntax of search, not by a write."""

from __future__ import annotations

import json

import pytest

from osler.record import Record
from tests.attacks.conftest import Api
from tests.matrix.cast import OWN, put
from tests.record.cast import made

CODE = "R51"
SECRET = "555-0199-private"


def ref(text: str) -> dict[str, str]:
    return {"reference": text}


@pytest.fixture(scope="module", autouse=True)
def secrets(record: Record) -> None:
    put(
        record,
        made(
            resourceType="Practitioner",
            id="secretive",
            name=[{"family": "Secretive"}],
            telecom=[{"system": "phone", "value": SECRET}],
            birthDate="1961-05-02",
            address=[{"city": "Hiddenham"}],
            identifier=[{"system": "urn:x", "value": "DEA-77"}],
        ),
        made(
            resourceType="Appointment",
            id="with-reason",
            status="proposed",
            reasonCode=[{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": CODE}]}],
            participant=[
                {"actor": ref(f"Patient/{OWN}"), "status": "accepted"},
                {"actor": ref("Practitioner/secretive"), "status": "accepted"},
            ],
        ),
        made(
            resourceType="Consent",
            id="denies",
            status="active",
            scope={"coding": [{"code": "research"}]},
            category=[{"text": "privacy"}],
            policyRule={"text": "permit"},
            patient=ref(f"Patient/{OWN}"),
            provision={
                "type": "permit",
                "actor": [{"role": {"text": "x"}, "reference": ref("Practitioner/secretive")}],
            },
        ),
    )


DESK = [
    f"Appointment?reason-code={CODE}",
    f"Appointment?reason-code:not={CODE}",
    "Appointment?reason-code:missing=false",
    "Appointment?reason-code:text=head",
    "Appointment?reason-code:in=http://x&_id=with-reason",
    "Appointment?reason-reference=Condition/1",
    "Appointment?_sort=reason-code",
    "Appointment?_sort=-reason-code",
    f"Appointment?_filter=reason-code%20eq%20{CODE}",
    f"Patient?_has:Appointment:patient:reason-code={CODE}",
    f"Practitioner?_has:Appointment:practitioner:reason-code={CODE}",
    "Appointment?_include=Appointment:reason-reference",
    "Appointment?_include=Appointment:supporting-info",
    "Condition?_revinclude=Appointment:reason-reference",
    "Consent?actor=Practitioner/secretive",
    "Consent?actor:Practitioner.family=Secretive",
    "Consent?_include=Consent:actor",
    "Practitioner?_revinclude=Consent:actor",
    "Practitioner?_has:Consent:actor:status=active",
    "Consent?purpose=TREAT",
    "Consent?period=2020",
]
PATIENT = [
    f"Practitioner?phone={SECRET}",
    f"Practitioner?telecom={SECRET}",
    "Practitioner?telecom:missing=false",
    "Practitioner?address-city=Hiddenham",
    "Practitioner?address=Hiddenham",
    "Practitioner?identifier=DEA-77",
    "Practitioner?_sort=phone",
    "Practitioner?_sort=address-city",
    f"Appointment?practitioner.phone={SECRET}",
    "Appointment?actor:Practitioner.address-city=Hiddenham",
    "PractitionerRole?practitioner.identifier=DEA-77",
    "Patient?general-practitioner:Practitioner.identifier=DEA-77",
]


@pytest.mark.parametrize("query", DESK)
def test_the_desk_does_not_find_by_what_it_is_not_shown(api: Api, query: str) -> None:
    refused(api, "front-desk", query)


@pytest.mark.parametrize("query", PATIENT)
def test_a_patient_does_not_find_by_what_is_not_shown(api: Api, query: str) -> None:
    refused(api, "patient", query)


def refused(api: Api, caller: str, query: str) -> None:
    """By GET, by POST and inside a bundle; a refusal is no empty answer, which would tell too."""
    type, _, pairs = query.partition("?")
    form = {"content_type": "application/x-www-form-urlencoded"}
    entry = {"request": {"method": "GET", "url": query}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    answers = [
        api(caller, "GET", f"/fhir/{query}"),
        api(caller, "POST", f"/fhir/{type}/_search", pairs, **form),
    ]
    inside = api(caller, "POST", "/fhir", bundle).json["entry"][0]["response"]["status"]
    assert {one.status for one in answers} <= {400, 403, 501}, [one.body for one in answers]
    assert inside[:3] in {"400", "403", "501"}


@pytest.mark.parametrize(
    ("caller", "path", "secrets"),
    [
        ("front-desk", "Appointment/with-reason", (CODE,)),
        ("front-desk", "Consent/denies", ("provision", "secretive")),
        ("patient", "Practitioner/secretive", (SECRET, "Hiddenham", "DEA-77", "1961")),
    ],
)
def test_what_is_hidden_is_in_no_answer(
    api: Api, caller: str, path: str, secrets: tuple[str, ...]
) -> None:
    type, _, id = path.partition("/")
    asked = [
        path, f"{path}/_history", f"{path}/_history/1", f"{path}?_elements=reasonCode,telecom,provision",
        f"{path}?_summary=true", f"{type}?_id={id}", f"{type}?_id={id}&_elements=reasonCode,telecom",
        f"{type}/_history", f"Patient/{OWN}/$everything", f"Patient/{OWN}/Appointment",
        f"Patient?_id={OWN}&_revinclude=*", "Appointment?_id=with-reason&_include=*",
        f"{path}?_format=json&_pretty=true", "_history",
    ]  # fmt: skip
    shown = 0
    for one in asked:
        answer = api(caller, "GET", f"/fhir/{one}")
        assert answer.status < 500
        entries = answer.json.get("entry", [{"resource": answer.json}])
        texts = [
            json.dumps(e["resource"]) for e in entries if e.get("resource", {}).get("id") == id
        ]
        shown += len(texts)
        for text in texts:
            for secret in secrets:
                assert secret not in text.replace('"Secretive"', "").replace(
                    '"id": "secretive"', ""
                ), one
    assert shown >= 4


@pytest.mark.parametrize(
    ("caller", "path", "pointer", "right", "wrong"),
    [
        ("front-desk", "Appointment/with-reason", "/reasonCode/0/coding/0/code", CODE, "X"),
        ("front-desk", "Appointment/with-reason", "/reasonCode/0", {"text": "x"}, {"text": "y"}),
    ],
)
def test_a_patch_that_tests_what_is_hidden_tells_nothing(
    api: Api, caller: str, path: str, pointer: str, right: object, wrong: object
) -> None:
    """The right guess and a wrong one are refused alike; nor is it copied to where one may look."""
    patch = {"content_type": "application/json-patch+json"}
    answers = [
        api(
            caller,
            "PATCH",
            f"/fhir/{path}",
            [{"op": "test", "path": pointer, "value": one}],
            **patch,
        )
        for one in (right, wrong)
    ]
    assert answers[0].status == answers[1].status >= 400
    copied = [{"op": "copy", "from": pointer, "path": "/comment"}]
    assert api(caller, "PATCH", f"/fhir/{path}", copied, **patch).status >= 400
    assert CODE not in api(caller, "GET", f"/fhir/{path}").body.decode()


def test_an_update_by_who_does_not_see_it_keeps_what_is_hidden(api: Api) -> None:
    path = "/fhir/Appointment/with-reason"
    shown = api("front-desk", "GET", path).json
    assert api("front-desk", "PUT", path, {**shown, "comment": "Moved"}).status == 200
    assert api("local", "GET", path).json["reasonCode"][0]["coding"][0]["code"] == CODE
    forged = {**shown, "reasonCode": [{"text": "of my own"}]}
    assert api("front-desk", "PUT", path, forged).status == 403


def test_two_keys_of_one_name_are_no_way_past_a_rule(api: Api) -> None:
    """What the rules were asked of is what is stored: a body with a key twice is refused."""
    visit = (
        '{"resourceType":"Appointment","status":"proposed",'
        '"participant":[{"actor":{"reference":"Patient/zz-own"},"status":"accepted"}],'
        '"participant":[{"actor":{"reference":"Patient/zz-other"},"status":"accepted"}]}'
    )
    assert api("patient", "POST", "/fhir/Appointment", visit).status in {400, 422}
    id = '{"resourceType":"Patient","id":"zz-own","id":"zz-other","active":true}'
    assert api("patient", "PUT", "/fhir/Patient/zz-other", id).status >= 400
    labels = '{"resourceType":"Patient","id":"zz-own","meta":{"security":[]},"meta":{}}'
    assert api("patient", "PUT", f"/fhir/Patient/{OWN}", labels).status >= 400
