"""Whom the policy hides is nowhere in the staff app: by no search, warning, draft, task or palette."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from osler.access import LOCAL
from osler.clinic.patients import flags
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.conftest import record
from tests.staff.patients.conftest import desk, practice
from tests.staff.people import text

__all__ = ["practice", "record"]
NAME, ID = "Zanzibarova", "star"


@pytest.fixture
def hidden(practice: Record) -> Record:
    """Somebody who is confidential, with work about them for whoever reads; and a namesake who is not."""
    about = {"reference": f"Patient/{ID}"}
    rows: list[Any] = [
        made(resourceType="Patient", id=ID, active=True, birthDate="1980-03-04", gender="female",
             name=[{"family": NAME, "given": ["Zoe"]}], telecom=[{"system": "phone", "value": "617-555-0100"}],
             identifier=[{"use": "usual", "system": "urn:osler:mrn:here", "value": "ZZ99"}],
             managingOrganization={"reference": "Organization/here"}),
        made(resourceType="Patient", id="namesake", active=True, birthDate="1990-01-01", gender="female",
             name=[{"family": "Zanzibarov", "given": ["Zoe"]}],
             managingOrganization={"reference": "Organization/here"}),
        made(resourceType="Condition", id="secret", subject=about, code={"text": NAME}),
        made(resourceType="DiagnosticReport", id="secret-report", status="final", subject=about, code={"text": NAME}),
        made(resourceType="Task", id="secret-task", status="requested", intent="order",
             code={"coding": [{"system": "urn:osler:task", "code": "review-result"}]}, description=f"Call {NAME}",
             focus={"reference": "DiagnosticReport/secret-report"}, **{"for": about},
             owner={"reference": "Practitioner/elsewhere"}),
        made(resourceType="Appointment", id="secret-visit", status="booked", start="2026-11-22T10:00:00Z",
             end="2026-11-22T10:30:00Z", description=NAME,
             participant=[{"actor": {**about, "display": NAME}, "status": "accepted"}]),
    ]  # fmt: skip
    practice.commit(
        LOCAL,
        [Update(made(resourceType="Practitioner", id="elsewhere")), *map(Update, rows)],
    )
    star: Any = decode(practice.read(LOCAL, "Patient", ID).content)
    assert isinstance(star, r4.Patient)
    flags.set_vip(star)
    practice.commit(LOCAL, [Update(star)])
    return practice


@pytest.fixture(params=["front-desk", "nurse", "physician", "practice-admin", "stranger"])
def reader(hidden: Record, request: Any) -> Any:
    """Somebody who does not treat them: of the practice, or of another one."""
    if request.param == "stranger":
        return desk("physician", "other")
    return desk(request.param)


def test_no_page_of_the_chart_is_there(reader: Any) -> None:
    for path in ("", "timeline/", "problems/", "allergies/", "medications/", "results/", "vitals/", "growth/",
                 "notes/", "details/", "photo/", "as-of/?on=2026-11-20", "merging/", "access-log/", "documents/",
                 "problems/secret/", "history/Condition/secret/", "notes/new/", "family/", "social/"):  # fmt: skip
        answer = reader.get(f"/patients/{ID}/{path}")
        assert answer.status_code in {403, 404}, path
        assert NAME not in answer.content.decode(), path
    for path in (
        "find/",
        "undo/",
        "details/state/",
        "problems/new/",
        "vitals/new/",
        "results/review/",
    ):
        fields = {"patient": ID, "q": NAME, "type": "Condition", "item": "secret", "version": "1"}
        answer = reader.post(f"/patients/{ID}/{path}", fields)
        assert answer.status_code in {403, 404}, path
        assert "Zoe" not in answer.content.decode()


def test_no_search_finds_them(reader: Any) -> None:
    typed = {"family": NAME, "given": "Zoe", "born": "1980-03-04", "phone": "617-555-0100"}
    asks = [
        ("/patients/", {"q": one})
        for one in (NAME, "zanz", "ZZ99", "6175550100", "3/4/1980", "zoe zanzibarov")
    ]
    asks += [
        ("/palette/", {"q": one, "patient": one_of})
        for one in (NAME, "ZZ99")
        for one_of in ("", ID)
    ]
    asks += [("/patients/by-fields/", {"family": NAME}), ("/patients/new/similar/", typed)]
    for path, fields in asks:
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            body = reader.post(path, fields, **headers).content.decode()
            said = body.replace(f'value="{fields.get("q", NAME)}"', "").replace(
                f'value="{NAME}"', ""
            )
            assert f"/patients/{ID}/" not in body or fields.get("patient") == ID, (path, fields)
            assert "ZANZIBAROVA" not in said and "ZZ99 " not in said, (path, fields)
            assert "1980" not in said or "1980" in str(fields), (path, fields)


def test_a_namesake_is_not_warned_of_and_no_task_tells_of_them(reader: Any) -> None:
    page = reader.get("/patients/namesake/")
    assert page.status_code in {200, 403, 404}
    assert "imilar name" not in page.content.decode()
    for path in ("/today/", "/results/?show=all", "/notes/mine/", "/drafts/", "/preferences/"):
        answer = reader.get(path)
        assert NAME not in answer.content.decode(), path


def test_neither_drafts_nor_presence_say_that_they_are(reader: Any) -> None:
    fields = {"key": "problem:new", "patient": ID, "tab": "t1", "fields": "{}"}
    missing = fields | {"patient": "nobody-at-all"}
    first, second = (reader.post("/drafts/", one) for one in (fields, missing))
    assert first.status_code == second.status_code == 404
    assert first.content.replace(ID.encode(), b"") == second.content.replace(b"nobody-at-all", b"")
    where = reverse("live-here")
    first, second = (
        reader.post(where, {"tab": "t1", "patient": id}) for id in (ID, "nobody-at-all")
    )
    assert first.status_code == second.status_code == 404
    said = reader.post(reverse("live-words"), {"item": ["Condition/secret/new", f"Patient/{ID}"]})
    assert said.json() == {"said": []}


def test_the_wrong_chart_of_a_form_names_nobody_hidden(hidden: Record) -> None:
    answer = desk("physician").post("/patients/namesake/find/", {"patient": ID, "q": "x"})
    assert answer.status_code == 409
    assert NAME not in answer.content.decode(), text(answer)
