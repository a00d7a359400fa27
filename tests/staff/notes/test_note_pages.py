"""The pages of notes: who may do what there, without scripts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit.errors import NotAllowed, Unprocessable
from osler.record import Create, Record, Update
from tests.clinic.notes.conftest import chart, pressure, resource
from tests.record.cast import made
from tests.record.staff import ADMIN
from tests.staff.people import staff, text

URL = "/patients/ana/notes/"


def _work(who: str, code: str) -> Update:
    return resource(
        "PractitionerRole",
        f"r-{who}",
        active=True,
        practitioner={"reference": f"Practitioner/{who}", "display": who},
        organization={"reference": "Organization/o1"},
        code=[{"coding": [{"code": code}]}],
    )


@pytest.fixture
def here(record: Record) -> Record:
    org = b'{"resourceType":"Organization","id":"o1","active":true,"name":"Meadow Family Clinic"}'
    work = [_work(who, code) for who, code in (("p1", "doctor"), ("p2", "doctor"), ("n1", "nurse"))]
    record.commit(LOCAL, [*chart(), Update(decode(org)), *work])
    for id in ("ana", "bo"):
        patient = json.loads(record.read(LOCAL, "Patient", id).content)
        patient["managingOrganization"] = {"reference": "Organization/o1"}
        record.commit(LOCAL, [Update(decode(json.dumps(patient).encode()))])
    return record


@pytest.fixture
def ada(here: Record) -> Any:
    return staff("physician", name="ada", person="Practitioner/p1")


@pytest.fixture
def nia(here: Record) -> Any:
    return staff("nurse", name="nia", person="Practitioner/n1")


def write(browser: Any, template: str = "visit", act: str = "keep", **more: Any) -> Any:
    form: dict[str, Any] = {
        "patient": "ana",
        "template": template,
        "act": act,
        "visit": "Encounter/v1",
    }
    form |= {
        "s0": "Feels well",
        "t0": "Subjective",
        "c0": "61150-9",
        "s1": "@vitals@",
        "t1": "Objective",
        "c1": "61149-1",
    }
    form |= {
        "s2": "Stable",
        "t2": "Assessment",
        "c2": "",
        "s3": "Return",
        "t3": "Plan",
        "c3": "",
        "dx": ["Type 2 diabetes", ""],
    }
    return browser.post(f"{URL}new/", form | more)


def written(browser: Any, **more: Any) -> str:
    answer = write(browser, **more)
    assert answer.status_code == 303, text(answer)
    return str(answer["Location"])


def test_from_choosing_to_a_signed_note_with_plain_forms(ada: Any) -> None:
    assert "Visit note (SOAP)" in text(ada.get(f"{URL}new/"))
    page = ada.get(f"{URL}new/?template=visit")
    assert b"138/84 mmHg" in page.content
    assert b'value="Encounter/v1" selected' in page.content
    address = written(ada)
    assert "Type 2 diabetes" in ada.get(address).content.decode()
    review = ada.get(f"{address}sign/")
    assert "138/84 mmHg" in text(review)
    assert b"MRN-7" in review.content
    answer = ada.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    assert answer.status_code == 303, text(answer)
    page = ada.get(address)
    assert "Signed by" in text(page)
    assert b"<textarea" not in page.content
    assert ada.get(f"{address}pdf/").content.startswith(b"%PDF")
    assert "Feels well" not in text(ada.get(URL))  # The list has titles.
    assert "Visit note (SOAP)" in text(ada.post(URL, {"patient": "ana", "words": "feels WELL"}))
    assert "No note fits" in text(ada.post(URL, {"patient": "ana", "words": "unicorn"}))


def test_a_form_of_another_patient_is_refused(ada: Any) -> None:
    assert write(ada, patient="bo").status_code == 409


def test_what_is_missing_stops_the_signature(ada: Any) -> None:
    address = written(ada, s3="Return in ***", s2="")
    page = ada.get(f"{address}sign/")
    assert "A required section is empty" in text(page)
    assert b"disabled" in page.content
    answer = ada.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    assert answer.status_code == 422


def test_a_newer_version_is_shown_and_not_overwritten(ada: Any) -> None:
    address = written(ada)
    form = {"patient": "ana", "version": "1", "s0": "Second", "t0": "Subjective", "c0": ""}
    assert ada.post(address, form).status_code == 303
    answer = ada.post(address, form | {"s0": "Third"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "<del>Second</del>" in page
    assert "<ins>Third</ins>" in page
    assert 'name="version" value="2"' in page


def test_who_did_not_write_it_reads_it(ada: Any, nia: Any) -> None:
    address = written(ada)
    page = nia.get(address)
    assert b"<textarea" not in page.content
    assert "Feels well" in text(page)
    assert (
        nia.post(address, {"patient": "ana", "version": "1", "s0": "x", "t0": "x"}).status_code
        == 400
    )
    assert nia.post(f"{address}sign/", {"patient": "ana", "version": "1"}).status_code == 400


def test_a_nurse_signs_a_nursing_note_and_asks_for_a_second_signature_of_others(
    nia: Any, ada: Any
) -> None:
    address = written(
        nia, template="nursing", t0="Reason", t1="Observed", t2="Done", t3="Taught and agreed"
    )
    answer = nia.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    assert answer.status_code == 303, text(answer)
    address = written(nia)
    alone = nia.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    assert alone.status_code == 422
    assert "clinician&#x27;s signature" in alone.content.decode()
    asked = nia.post(
        f"{address}sign/", {"patient": "ana", "version": "1", "cosigner": "Practitioner/p1"}
    )
    assert asked.status_code == 303, text(asked)
    assert b"/cosign/" not in nia.get(address).content
    assert b"/cosign/" in ada.get(address).content
    assert ada.post(f"{address}cosign/", {"patient": "ana", "version": "2"}).status_code == 303
    assert "Co-signed by" in text(ada.get(address))


def test_addendum_correction_and_error(ada: Any) -> None:
    address = written(ada)
    ada.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    assert (
        ada.post(address, {"patient": "ana", "version": "2", "s0": "x", "t0": "x"}).status_code
        == 400
    )
    assert ada.post(f"{address}addendum/", {"patient": "ana", "text": " "}).status_code == 422
    assert (
        ada.post(f"{address}addendum/", {"patient": "ana", "text": "Lab called."}).status_code
        == 303
    )
    assert "Lab called." in text(ada.get(address))
    answer = ada.post(f"{address}correct/", {"patient": "ana", "reason": "Wrong side"})
    copy = answer["Location"]
    assert "Wrong side" in text(ada.get(copy))
    ada.post(copy, {"patient": "ana", "version": "1", "s0": "Right", "t0": "Subjective", "c0": ""})
    assert "A correction of this note is being written" in text(ada.get(address))
    assert "Right" in text(ada.get(f"{copy}compare/?with=replaced"))
    answer = ada.post(f"{address}error/", {"patient": "ana", "version": "3", "reason": "Not hers"})
    assert answer.status_code == 303, text(answer)
    assert "Entered in error: Not hers" in text(ada.get(address))


def test_the_editor_asks_what_is_new(ada: Any, here: Record) -> None:
    address = written(ada)
    here.commit(LOCAL, [pressure(150, 95)])
    form = {
        "patient": "ana",
        "template": "visit",
        "t0": "Objective",
        "c0": "",
        "s0": "{{vitals Observation/bp/_history/1}}",
    }
    answer = ada.post(f"{URL}check/", form).json()
    assert (
        answer["shown"]["vitals Observation/bp/_history/1"]["rows"][0][1][0]["text"]
        == "138/84 mmHg"
    )
    assert answer["now"]["blocks"]["vitals"]["refs"] != ["Observation/bp/_history/1"]
    assert "stale" in {one["code"] for one in answer["points"]}
    assert "150/95" in json.dumps(answer["now"])
    assert "138/84" in ada.get(address).content.decode()


def test_a_section_is_carried_forward_and_marked(ada: Any) -> None:
    address = written(ada)
    ada.post(f"{address}sign/", {"patient": "ana", "version": "1"})
    form = {
        "patient": "ana",
        "template": "visit",
        "carry": "0",
        "s0": "New.",
        "t0": "Subjective",
        "c0": "",
    }
    page = ada.post(f"{URL}new/", form).content.decode()
    assert "**Carried forward from" in page
    assert "New.\n**Carried forward" in page
    assert "Feels well" in page


def test_unsigned_notes_texts_and_templates(ada: Any, nia: Any) -> None:
    written(ada)
    assert "Visit note (SOAP)" in text(ada.get("/notes/mine/"))
    assert "Everything you wrote is signed" in text(nia.get("/notes/mine/"))
    form = {"title": "knee", "text": "Knee: ***", "act": ""}
    assert nia.post("/notes/texts/new/phrase/", form).status_code == 303
    assert ".knee" in text(nia.get("/notes/texts/"))
    assert ".knee" not in text(ada.get("/notes/texts/"))
    bad = ada.post(
        "/notes/texts/new/template/", {"title": "Mine", "text": "no head", "base": "visit"}
    )
    assert bad.status_code == 422
    good = ada.post(
        "/notes/texts/new/template/",
        {"title": "Mine", "text": "## Story\nHere", "base": "visit", "shared": "on"},
    )
    assert good.status_code == 303
    assert "Mine" in text(nia.get(f"{URL}new/"))


def test_who_runs_the_practice_writes_its_templates_and_sees_nobodys_own(
    ada: Any, here: Record
) -> None:
    ada.post("/notes/texts/new/phrase/", {"title": "secretknee", "text": "Of Ada alone"})
    boss = staff("practice-admin", name="boss")
    assert b"checked" in boss.get("/notes/texts/new/template/").content
    form = {"title": "Knee visit", "text": "## Story\nHere", "base": "visit", "shared": "on"}
    assert boss.post("/notes/texts/new/template/", form).status_code == 303
    assert "Knee visit" in text(ada.get(f"{URL}new/"))
    listed = boss.get("/notes/texts/")
    assert "secretknee" not in text(listed)
    found = re.search(r'href="/notes/texts/([^"/]+)/"', listed.content.decode())
    assert found
    mine = f"/notes/texts/{found[1]}/"
    changed = form | {"text": "## Story\n## Plan", "version": "1"}
    assert boss.post(mine, changed).status_code == 303
    assert "Plan" in text(ada.get("/notes/texts/"))
    # An account that is nobody in the record has nothing of its own that it could find again.
    nobody = boss.post("/notes/texts/new/phrase/", {"title": "gone", "text": "x"})
    assert nobody.status_code == 422 and "whole practice" in text(nobody)
    assert boss.post(mine, {"act": "remove", "version": "2"}).status_code == 303
    assert "Knee visit" not in text(ada.get(f"{URL}new/"))
    # Neither the browser of resources nor the API has what is somebody's own, or another kind of List.
    assert here.find(ADMIN, "List", "code=urn:osler:note|phrase") == []
    shared = {"code": {"coding": [{"system": "urn:osler:note", "code": "shared"}]}}
    for wrong in (
        {"code": {"coding": [{"system": "urn:osler:note", "code": "phrase"}]}},
        {"code": {"text": "Problems"}},
        shared | {"subject": {"reference": "Patient/ana"}},
    ):
        with pytest.raises((NotAllowed, Unprocessable)):
            here.commit(
                ADMIN,
                [
                    Create(
                        made(resourceType="List", status="current", mode="working", **wrong),
                        source="typed",
                    )
                ],
            )


def test_two_phrases_of_one_name_are_not_made_by_a_new_name(ada: Any) -> None:
    for name in ("knee", "hip"):
        ada.post("/notes/texts/new/phrase/", {"title": name, "text": f"{name} ***"})
    page = ada.get("/notes/texts/").content.decode()
    found = re.search(r'href="(/notes/texts/[^"/]+/)">\.hip<', page)
    assert found
    answer = ada.post(found[1], {"title": "knee", "text": "again", "version": "1"})
    assert answer.status_code == 422 and "already" in text(answer)
    assert ada.post(found[1], {"title": "hip", "text": "again", "version": "1"}).status_code == 303


@pytest.mark.parametrize("role", ["medical-assistant", "front-desk", "system-admin"])
def test_who_may_not_write_templates_is_offered_none_to_write(here: Record, role: str) -> None:
    browser = staff(role, person="Practitioner/p2")
    page = browser.get("/notes/texts/")
    assert page.status_code == 200 and b"/notes/texts/new/" not in page.content
    assert browser.get("/notes/texts/new/phrase/").status_code == 403
    form = {"title": "knee", "text": "x", "shared": "on"}
    assert browser.post("/notes/texts/new/phrase/", form).status_code == 403


@pytest.mark.parametrize("role", ["biller", "front-desk"])
def test_who_writes_no_notes_gets_in_nowhere(here: Record, role: str) -> None:
    browser = staff(role, person="Practitioner/p2")
    assert write(browser).status_code in (403, 404)
