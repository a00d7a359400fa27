"""Nobody is told that there are none who may not see all; and the page is the same whether something is hidden."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.lists.items import Chart
from osler.clinic.notes import live
from osler.clinic.notes.blocks import PARTLY
from osler.kit.errors import NotFound, Unprocessable
from osler.record import Record
from osler.record.several import Reader
from tests.staff.chart.charts import patient as ana
from tests.staff.chart.charts import write
from tests.staff.chart.reading import chips, one_of, said, tree
from tests.staff.people import staff, text

_HL7 = "http://terminology.hl7.org/CodeSystem"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_PAGES = ("", "find/", "allergies/", "problems/", "medications/")
_NONE = re.compile(r"(?i)no known allerg|not asked|no \w+ recorded|none recorded")
_NUMBER = count()
ASSISTANT = Principal(id="ma", roles=frozenset({"medical-assistant"}), person="Practitioner/ma")
DOCTOR = Principal(id="doc", roles=frozenset({"physician"}), person="Practitioner/doc")


@pytest.fixture
def who(record: Record) -> str:
    """A patient of whom nothing is recorded."""
    id = f"partly-{next(_NUMBER)}"
    write(
        record, ana(id=id), *({"resourceType": "Practitioner", "id": one} for one in ("ma", "doc"))
    )
    return id


def subject(who: str) -> dict[str, str]:
    return {"reference": f"Patient/{who}"}


def labelled(code: str) -> dict[str, Any]:
    return {"security": [{"system": _ACT, "code": code}]}


def allergy(who: str, label: str = "SUD") -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"a-{who}",
        "meta": labelled(label),
        "patient": subject(who),
        "code": {"text": "Disulfiram"},
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
    }


def hidden(who: str) -> list[dict[str, Any]]:
    """What an assistant may not see of a patient: an allergy, a code status, a problem, a medication."""
    more = {"meta": labelled("SUD"), "subject": subject(who), "status": "active"}
    active = {"coding": [{"system": f"{_HL7}/condition-clinical", "code": "active"}]}
    problem = {
        "category": [{"coding": [{"code": "problem-list-item"}]}],
        "clinicalStatus": active,
        "code": {"text": "Opioid use"},
    }
    flag = {
        "category": [{"coding": [{"system": "urn:osler:flag", "code": "code-status"}]}],
        "code": {"text": "Do not resuscitate"},
    }
    drug = {"medicationCodeableConcept": {"text": "Buprenorphine"}}
    return [
        allergy(who),
        {"resourceType": "Flag", "id": f"f-{who}"} | more | flag,
        {"resourceType": "MedicationStatement", "id": f"m-{who}"} | more | drug,
        {"resourceType": "Condition", "id": f"c-{who}"}
        | {key: value for key, value in more.items() if key != "status"}
        | problem,
    ]


def test_an_assistant_is_never_told_that_there_are_none(record: Record, who: str) -> None:
    write(record, *hidden(who))
    client = staff("medical-assistant")
    for page in _PAGES:
        found = said(one_of(tree(client.get(f"/patients/{who}/{page}")), "main"))
        assert not re.search(r"(?i)no known allerg|not asked", found), page
        if page in {"allergies/", "problems/", "medications/"}:
            assert not _NONE.search(found), page
            assert f"You may not see all {page[:-1]} of this patient." in found
    banner = one_of(tree(client.get(f"/patients/{who}/find/")), "section", "pb")
    assert "Allergies: not all visible to you" in chips(banner)
    assert "Alerts, code status: not all visible to you" in chips(banner)
    assert "Disulfiram" not in said(banner)


def test_the_pages_do_not_tell_whether_something_is_hidden(record: Record, who: str) -> None:
    client = staff("medical-assistant")
    before = {page: text(client.get(f"/patients/{who}/{page}")) for page in _PAGES}
    write(record, *hidden(who))
    assert before == {page: text(client.get(f"/patients/{who}/{page}")) for page in _PAGES}


def test_who_sees_all_is_told_what_there_is(record: Record, who: str) -> None:
    client = staff("physician")
    banner = one_of(tree(client.get(f"/patients/{who}/find/")), "section", "pb")
    assert chips(banner) == ["Allergies: not asked"]
    write(record, *hidden(who))
    found = text(client.get(f"/patients/{who}/allergies/"))
    assert "Disulfiram" in found
    assert "may not see" not in found


def consent(who: str, **provision: Any) -> dict[str, Any]:
    scope = {"coding": [{"system": f"{_HL7}/consentscope", "code": "patient-privacy"}]}
    category = [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}]
    policy = [{"uri": "urn:osler:policy:restriction"}]
    return {
        "resourceType": "Consent", "id": f"no-{who}", "status": "active", "scope": scope, "category": category,
        "patient": subject(who), "policy": policy, "provision": {"type": "permit"} | provision,
    }  # fmt: skip


_TYPES = "http://hl7.org/fhir/resource-types"


def kind(type: str) -> list[dict[str, str]]:
    return [{"system": _TYPES, "code": type}]


def actor(id: str) -> list[dict[str, Any]]:
    return [{"role": {"text": "who"}, "reference": {"reference": f"Practitioner/{id}"}}]


_OTHER = [{"meaning": "instance", "reference": {"reference": "AllergyIntolerance/other"}}]


@pytest.mark.parametrize(
    ("provision", "whole"),
    [
        ({}, True),
        ({"type": "deny", "class": kind("Observation")}, True),
        ({"type": "deny", "class": kind("AllergyIntolerance")}, False),
        ({"type": "deny", "data": _OTHER}, False),
        ({"provision": [{"type": "deny", "securityLabel": [{"system": _ACT, "code": "HIV"}]}]}, False),
        ({"type": "deny", "period": {"end": "2001-01-01"}}, True),
        ({"type": "deny", "actor": actor("other")}, True),
        ({"type": "deny", "provision": [{"type": "permit", "actor": actor("doc")}]}, True),
        ({"type": "deny", "provision": [{"type": "permit", "class": kind("Observation")}]}, False),
    ],
)  # fmt: skip
def test_a_consent_may_hide_something_of_a_physician(
    record: Record, who: str, provision: dict[str, Any], whole: bool
) -> None:
    write(record, consent(who, **provision))
    assert Reader(record, DOCTOR).sees_all("AllergyIntolerance", who) is whole


def test_broken_glass_shows_all(record: Record, who: str) -> None:
    write(record, consent(who, type="deny", **{"class": kind("AllergyIntolerance")}))
    assert not Reader(record, DOCTOR).sees_all("AllergyIntolerance", who)
    record.break_glass(DOCTOR, who, "unconscious in the waiting room", 30)
    assert Reader(record, DOCTOR).sees_all("AllergyIntolerance", who)


def test_the_list_says_how_to_proceed(record: Record, who: str) -> None:
    write(record, consent(who, type="deny", **{"class": kind("AllergyIntolerance")}))
    page = staff("physician").get(f"/patients/{who}/allergies/")
    assert f"glass?patient={who}" in page.content.decode()
    other = staff("medical-assistant").get(f"/patients/{who}/allergies/")
    assert "glass" not in other.content.decode()
    assert "or the privacy officer" in text(other)


def test_notes_and_letters_of_an_assistant_do_not_say_none(record: Record, who: str) -> None:
    write(record, *hidden(who))
    found = live.now(record, ASSISTANT, who).blocks
    for name in ("allergies", "problems", "medications"):
        assert found[name].title.endswith(f": {PARTLY}"), name
    assert live.now(record, DOCTOR, who).blocks["allergies"].title == "Allergies"


def test_what_an_assistant_states_is_unconfirmed(record: Record, who: str) -> None:
    from osler.clinic.allergies import writing

    writing.state_none(Chart(record, ASSISTANT, who))
    banner = one_of(tree(staff("physician").get(f"/patients/{who}/find/")), "section", "pb")
    assert "unconfirmed" in " ".join(chips(banner))
    mine = staff("medical-assistant").get(f"/patients/{who}/allergies/")
    assert "Do not rely on it" in text(mine)
    writing.state_none(Chart(record, DOCTOR, who))
    banner = one_of(
        tree(staff("physician", name="two").get(f"/patients/{who}/find/")), "section", "pb"
    )
    assert "No known allergies (confirmed" in " ".join(chips(banner))


def test_an_allergy_is_no_psychotherapy_note(record: Record, who: str) -> None:
    with pytest.raises(Unprocessable, match="no psychotherapy note"):
        write(record, allergy(who, "PSYTHPN"))
    with pytest.raises(NotFound):
        record.read(LOCAL, "AllergyIntolerance", f"a-{who}")
