"""Charts attacked through their pages: other patients' items, merged records, others' notes, hostile words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.patients import merging
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.record.cast import made, observation
from tests.staff.conftest import record
from tests.staff.people import staff

__all__ = ["record"]
EVIL = '"><svg onload=alert(1)>&#x27;{{7*7}}</script><script>alert(2)</script>#read("/etc/passwd")'
_TEXT = {"text": EVIL}
_ANA = {"reference": "Patient/ana"}
_NOTE = {
    "resourceType": "Composition", "id": "note", "status": "preliminary", "date": "2026-01-01", "title": EVIL,
    "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]}, "subject": _ANA,
    "author": [{"reference": "Practitioner/p1", "display": EVIL}],
    "section": [{"title": EVIL, "text": {"status": "additional", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>Rest</div>"}}],
}  # fmt: skip
_HL7 = "http://terminology.hl7.org/CodeSystem"
_ACTIVE = {"coding": [{"system": f"{_HL7}/allergyintolerance-clinical", "code": "active"}]}
_LAB = [{"coding": [{"system": f"{_HL7}/observation-category", "code": "laboratory"}]}]
_PROBLEM = [{"coding": [{"system": f"{_HL7}/condition-category", "code": "problem-list-item"}]}]
_LOINC = {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": EVIL}
ITEMS: dict[str, dict[str, Any]] = {
    "problems": {"resourceType": "Condition", "id": "c9", "subject": _ANA, "code": _TEXT, "category": _PROBLEM,
                 "note": [_TEXT]},
    "allergies": {"resourceType": "AllergyIntolerance", "id": "a9", "patient": _ANA, "code": _TEXT,
                  "clinicalStatus": _ACTIVE,
                  "reaction": [{"manifestation": [_TEXT]}]},
    "medications": {"resourceType": "MedicationStatement", "id": "m9", "status": "active", "subject": _ANA,
                    "medicationCodeableConcept": _TEXT, "dosage": [_TEXT]},
    "immunizations": {"resourceType": "Immunization", "id": "i9", "status": "completed", "patient": _ANA,
                      "vaccineCode": _TEXT, "occurrenceDateTime": "2026-01-01", "lotNumber": EVIL},
    "procedures": {"resourceType": "Procedure", "id": "p9", "status": "completed", "subject": _ANA, "code": _TEXT,
                   "performedDateTime": "2026-01-01"},
    "results": {"resourceType": "Observation", "id": "o9", "status": "final", "subject": _ANA, "code": _LOINC,
                "category": _LAB, "effectiveDateTime": "2026-01-01T08:00:00Z",
                "valueQuantity": {"value": 5, "unit": EVIL}, "note": [_TEXT]},
    "vitals": {"resourceType": "Observation", "id": "o9"},
    "notes": _NOTE,
}  # fmt: skip
_EARLIER = {**ITEMS["results"], "id": "o8", "effectiveDateTime": "2025-12-01T08:00:00Z"}
_REPORT = {
    "resourceType": "DiagnosticReport", "id": "d9", "status": "final", "subject": _ANA, "code": _TEXT,
    "effectiveDateTime": "2026-01-01T08:00:00Z", "conclusion": EVIL, "result": [{"reference": "Observation/o9"}],
}  # fmt: skip


@pytest.fixture
def chart(record: Record) -> Record:
    """Ana, whose every word is hostile."""
    ana = json.loads(record.read(LOCAL, "Patient", "ana").content)
    ana["name"] = [{"family": EVIL, "given": [EVIL]}]
    ana["address"] = [{"line": [EVIL], "city": EVIL}]
    ana["telecom"] = [{"system": "phone", "value": EVIL}]
    ana["contact"] = [{"name": _TEXT}]
    rows = [ana, *(one for name, one in ITEMS.items() if name != "vitals"), _EARLIER, _REPORT]
    record.commit(LOCAL, [Update(decode(json.dumps(one).encode())) for one in rows])
    return record


def doctor(person: str = "Practitioner/p1", name: str = "ada") -> Any:
    return staff("physician", name=name, person=person)


@pytest.mark.parametrize("section", ITEMS)
def test_an_item_is_nowhere_but_in_its_own_chart(chart: Record, section: str) -> None:
    client, item = doctor(), ITEMS[section]["id"]
    kind = ITEMS[section]["resourceType"]
    before = chart.read(LOCAL, kind, item).version
    assert client.get(f"/patients/ana/{section}/{item}/").status_code == 200
    theirs = f"/patients/b.o-1/{section}/{item}/"
    for path in ("", "wrong/", "status/", "promote/", "sign/", "cosign/", "addendum/", "correct/", "error/",
                 "discard/", "compare/", "pdf/", "step/stop/", "review/", "move/"):  # fmt: skip
        fields = {
            "patient": "b.o-1",
            "version": str(before),
            "reason": "x",
            "status": "resolved",
            "text": "x",
        }
        assert client.get(theirs + path).status_code in {403, 404, 405}, path
        assert client.post(theirs + path, fields).status_code in {400, 403, 404, 405, 422}, path
    undone = {"patient": "b.o-1", "type": kind, "item": item, "version": str(before)}
    assert client.post("/patients/b.o-1/undo/", undone).status_code == 404
    assert client.get(f"/patients/b.o-1/history/{kind}/{item}/").status_code == 404
    assert chart.read(LOCAL, kind, item).version == before


def test_no_page_takes_words_for_markup(chart: Record) -> None:
    client = doctor()
    pages = ["", "timeline/", "results/?view=time", "details/", "details/name/", "merges/", "as-of/?on=2026-11-20",
             "history/Observation/o9/", "notes/note/sign/", "notes/new/?template=visit", "vitals/new/"]  # fmt: skip
    pages += [f"{section}/" for section in ITEMS]
    pages += [f"{section}/{one['id']}/" for section, one in ITEMS.items()]
    seen = 0
    for page in pages:
        answer = client.get(f"/patients/ana/{page}")
        body = answer.content.decode()
        assert answer.status_code in {200, 403, 404}, page
        assert "<svg onload" not in body and "<script>alert" not in body, page
        seen += "&lt;svg onload" in body
    assert seen > len(pages) / 2
    for path, fields in (("find/", {"q": "svg"}), ("find/", {"q": EVIL})):
        body = client.post(f"/patients/ana/{path}", {"patient": "ana", **fields}).content.decode()
        assert "<svg onload" not in body and "<script>alert" not in body


def test_hostile_words_are_ink_on_paper(chart: Record) -> None:
    import io

    import pypdfium2

    answer = doctor().get("/patients/ana/notes/note/pdf/")
    assert answer.status_code == 200
    page = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0].get_textpage().get_text_range()
    assert "#read(" in page and "root:" not in page and "This note is not signed" in page


def test_nothing_is_written_to_a_record_that_was_merged_away(record: Record) -> None:
    record.commit(LOCAL, [Update(observation("b.o-1", id="moved-bo"))])
    merge = merging.begin(record, LOCAL, "ana", "b.o-1", "The same person twice")
    while not merging.go_on(record, LOCAL, merge.id).done:
        pass
    client = doctor()
    fields = {"patient": "b.o-1", "problem": "Asthma", "problem_typed": "1", "status": "active"}
    answer = client.post("/patients/b.o-1/problems/new/", fields)
    assert answer.status_code == 409 and "/patients/ana/" in answer.content.decode()
    assert "Asthma" in answer.content.decode()
    moved = record.read(LOCAL, "Observation", "moved-bo")
    for id in ("ana", "b.o-1"):
        undone = {"patient": id, "type": "Observation", "item": "moved-bo", "version": str(moved.version)}  # fmt: skip
        assert client.post(f"/patients/{id}/undo/", undone).status_code == 409
    patient = record.read(LOCAL, "Patient", "ana")
    undone = {"patient": "ana", "type": "Patient", "item": "ana", "version": str(patient.version)}
    assert client.post("/patients/ana/undo/", undone).status_code == 409
    found = decode(record.read(LOCAL, "Observation", "moved-bo").content)
    assert isinstance(found, r4.Observation) and found.subject
    assert found.subject.reference == "Patient/ana"


def test_nobody_takes_back_what_another_wrote_into_their_unsigned_note(chart: Record) -> None:
    again = {**_NOTE, "title": "Second"}
    chart.commit(LOCAL, [Update(decode(json.dumps(again).encode()))])
    version = chart.read(LOCAL, "Composition", "note").version
    fields = {"patient": "ana", "type": "Composition", "item": "note", "version": str(version)}
    chart.commit(LOCAL, [Update(made(resourceType="Practitioner", id="p2"))])
    other = doctor("Practitioner/p2", "bea")
    assert other.post("/patients/ana/undo/", fields).status_code == 409
    assert doctor().post("/patients/ana/undo/", fields).status_code == 303


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", "1e3", "0x1", "' or 1=1"])
def test_a_version_that_is_none_is_refused_without_a_fault(chart: Record, version: str) -> None:
    client = doctor()
    for path, fields in (
        ("problems/c9/", {"problem": "x", "problem_typed": "1", "status": "active", "verification": "confirmed"}),
        ("problems/c9/status/", {"status": "resolved"}),
        ("vitals/o9/", {"reason": "x"}),
        ("details/name/", {"family": "x"}),
        ("notes/note/sign/", {}),
        ("undo/", {"type": "Condition", "item": "c9"}),
    ):  # fmt: skip
        answer = client.post(
            f"/patients/ana/{path}", {"patient": "ana", "version": version, **fields}
        )
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
    for query in ("problems/?n=", "notes/?from=", "results/?before=", "notes/note/compare/?old="):
        assert client.get(f"/patients/ana/{query}{version[:3000]}").status_code < 500, query


def test_the_palette_finds_no_mistakes_and_leads_where_something_is(record: Record) -> None:
    wrong = {**ITEMS["allergies"], "id": "a1", "code": {"text": "Zebrafish"}, "clinicalStatus": None,
             "verificationStatus": {"coding": [{"system": f"{_HL7}/allergyintolerance-verification",
                                                "code": "entered-in-error"}]}}  # fmt: skip
    del wrong["clinicalStatus"]
    report = {**_REPORT, "id": "d1", "code": {"text": "Zebra panel"}}
    del report["result"]
    record.commit(LOCAL, [Update(decode(json.dumps(one).encode())) for one in (wrong, report)])
    client = doctor()
    found = client.post("/palette/", {"q": "zebra", "patient": "ana"}, HTTP_HX_REQUEST="true")
    body = found.content.decode()
    assert "Zebra panel" in body and "Zebrafish" not in body
    assert 'href="/patients/ana/results/"' in body and "/results/d1/" not in body
