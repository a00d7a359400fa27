"""What must not happen with documents: another patient's file, a stale one unmarked, a search that hides its limits."""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from osler.access import LOCAL
from osler.clinic.documents import extract, searching
from osler.clinic.documents import text as texts
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Record, Update
from osler.search.parse import parse
from tests.staff.documents.conftest import URL, hand_in, paper, report, scan
from tests.staff.people import text


def put(record: Record, **resource: Any) -> None:
    record.commit(LOCAL, [Update(decode(json.dumps(resource).encode()))])


def binary(record: Record, id: str, content: bytes, type: str, patient: str) -> None:
    data = base64.b64encode(content).decode()
    context = {"reference": f"Patient/{patient}"}
    put(record, resourceType="Binary", id=id, contentType=type, data=data, securityContext=context)


def document(record: Record, id: str, attachment: dict[str, Any], **more: Any) -> None:
    put(
        record,
        resourceType="DocumentReference",
        id=id,
        status=more.pop("status", "current"),
        subject={"reference": "Patient/ana"},
        content=[{"attachment": attachment}],
        **more,
    )


def item(answer: Any) -> str:
    return str(answer["Location"]).rstrip("/").rpartition("/")[2]


def found(browser: Any, words: str) -> str:
    return text(browser.post(URL, {"patient": "ana", "words": words}))


def test_a_document_that_leads_to_a_file_of_another_patient_shows_nothing(
    ada: Any, here: Record
) -> None:
    binary(here, "of-bo", paper("Of Bo alone"), "application/pdf", "bo")
    document(here, "d1", {"contentType": "application/pdf", "url": "Binary/of-bo"})
    answer = ada.get(f"{URL}d1/file/")
    assert answer.status_code == 404
    assert "of another patient" in text(answer)
    binary(here, "of-ana", paper("Of Ana"), "application/pdf", "ana")
    document(here, "d2", {"contentType": "application/pdf", "url": "Binary/of-ana"})
    assert ada.get(f"{URL}d2/file/").content.startswith(b"%PDF")


def test_what_others_call_preliminary_is_no_letter_of_ours(ada: Any, here: Record) -> None:
    binary(here, "prelim", paper("Fracture?"), "application/pdf", "ana")
    attachment = {"contentType": "application/pdf", "url": "Binary/prelim"}
    document(here, "d3", attachment, docStatus="preliminary", description="X-ray")
    page = ada.get(URL)
    assert f"{URL}d3/" in page.content.decode()
    assert "/letters/d3/" not in page.content.decode()
    assert "Preliminary" in text(page)
    assert "may change" in text(ada.get(f"{URL}d3/"))


def test_a_found_paper_says_that_it_was_replaced(ada: Any) -> None:
    made = hand_in(ada, report("Zebra plan"), title="Plan")
    form = {"patient": "ana", "version": "1", "files": [report("Another plan")]}
    assert ada.post(f"{made['Location']}replace/", form).status_code == 303
    said = found(ada, "zebra")
    assert "Plan" in said
    assert "Replaced" in said
    assert "Replaced" not in found(ada, "another").partition("Found")[2].partition("looked")[0]


def test_a_search_says_what_it_left_out(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        hand_in(ada, report(f"Okapi number {n}"), title=f"Paper {n}")
    monkeypatch.setattr(searching, "_HITS", 2)
    assert "1 older place is not shown" in found(ada, "okapi")
    monkeypatch.setattr(searching, "_HITS", 3)
    assert "not shown" not in found(ada, "okapi")


def test_a_long_file_says_that_only_its_beginning_is_searched(
    ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert texts.words_of(paper("One", "Two"), "application/pdf").state == "found"
    monkeypatch.setattr(texts, "_MOST", 30)
    answer = hand_in(ada, report("Zebra at the beginning of a long, long paper", "and its end"))
    assert "This file is long" in text(ada.get(answer["Location"]))
    assert "only the beginning was searched" in found(ada, "zebra")
    assert extract.MOST_PAGES == 500


def test_plain_text_inside_a_document_of_the_api_is_searched(ada: Any, here: Record) -> None:
    data = base64.b64encode(b"Spoke with the zebra keeper.").decode()
    document(here, "d4", {"contentType": "text/plain", "data": data}, description="Call")
    assert "zebra keeper" in found(ada, "zebra")


def test_a_task_to_review_is_hidden_by_what_hides_its_document(ada: Any, here: Record) -> None:
    id = item(hand_in(ada, scan(), title="HIV test"))
    made = json.loads(here.read(LOCAL, "DocumentReference", id).content)
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
    made.setdefault("meta", {})["security"] = [label]
    put(here, **made)
    form = {"patient": "ana", "reviewer": "Practitioner/p1"}
    assert ada.post(f"{URL}{id}/ask/", form).status_code == 303
    query = parse("Task", [("focus", f"DocumentReference/{id}")], here.registry)
    (task,) = (decode(one.content) for one in here.search(LOCAL, query).matches)
    assert isinstance(task, r4.Task)
    assert "HIV test" in (task.description or "")
    assert [one.code for one in (task.meta.security if task.meta else None) or ()] == ["HIV"]


def test_a_paper_of_an_old_year_is_not_among_those_of_today(ada: Any) -> None:
    hand_in(ada, scan(), title="Of the year", date="2014")
    hand_in(ada, scan(), title="Of the month", date="2019-05")
    hand_in(ada, scan(), title="Of today")
    said = text(ada.get(URL))
    assert said.index("Of today") < said.index("Of the month") < said.index("Of the year")
    assert "May 2019" in said


@pytest.fixture
def new_york() -> Any:
    clock.days_of("America/New_York")
    yield
    clock.days_of("UTC")


def test_a_paper_filed_in_the_evening_is_of_that_evening(ada: Any, new_york: None) -> None:
    with clock.frozen(datetime(2026, 3, 3, 1, 30, tzinfo=UTC)):
        address = hand_in(ada, scan(), title="Evening")["Location"]
    form = ada.get(f"{address}edit/").content.decode()
    assert "2026-03-02" in form or "Mar 2, 2026" in form or "3/2/2026" in form
    assert not re.search(r"2026-03-03|Mar 3, 2026|3/3/2026", form)


def test_a_fax_of_the_api_with_too_many_pixels_is_not_unpacked(ada: Any, here: Record) -> None:
    out = io.BytesIO()
    pages = [Image.new("1", (7_000, 5_000), 1) for _ in range(6)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    assert len(out.getvalue()) < 200_000
    binary(here, "bomb", out.getvalue(), "image/tiff", "ana")
    document(here, "d5", {"contentType": "image/tiff", "url": "Binary/bomb"})
    answer = ada.get(f"{URL}d5/file/")
    assert answer.status_code == 400
    assert "pixels" in text(answer)
    assert ada.get(f"{URL}d5/file/?save").status_code == 200


def test_each_printed_sheet_of_a_viewed_file_says_whose_it_is(ada: Any) -> None:
    address = hand_in(ada, report("One"))["Location"]
    viewer = re.search(r"<doc-viewer[^>]*>", ada.get(address).content.decode())
    assert viewer
    for one in ("Garcia", "MRN-7", "1961"):
        assert one in viewer[0]
