"""The pages of documents: filing, reading, finding, changing; with plain forms."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import pytest
from PIL import Image

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Record, Update
from osler.search.parse import parse
from osler.store.audit.query import AuditQuery
from tests.staff.documents.conftest import URL, hand_in, paper, picture, report, scan, upload
from tests.staff.people import staff, text

ACTIVE = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(x)>>>>endobj\n%%EOF"


def filed(browser: Any, *files: Any, **more: str) -> str:
    answer = hand_in(browser, *files, **more)
    assert answer.status_code == 303, text(answer)
    return str(answer["Location"])


def count(record: Record, patient: str = "ana") -> int:
    query = parse("DocumentReference", [("patient", patient)], record.registry)
    return record.count(LOCAL, query)


def test_a_report_is_filed_read_and_found(ada: Any, here: Record) -> None:
    address = filed(
        ada, report("Colonoscopy: normal mucosa."), date="3/14/2014", source="City Hospital",
        encounter="Encounter/v1", comment="By mail",
    )  # fmt: skip
    page = ada.get(address)
    assert b"<doc-viewer" in page.content
    said = text(page)
    for words in (
        "report",
        "Outside records",
        "Mar 14, 2014",
        "City Hospital",
        "By mail",
        "Colonoscopy",
    ):
        assert words in said
    assert "Mar 14, 2014" in text(ada.get(URL))
    answer = ada.get(f"{address}file/")
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "garcia" not in answer["Content-Disposition"].lower()
    assert ada.get(f"{address}file/?save")["Content-Disposition"].startswith("attachment")
    found = ada.post(URL, {"patient": "ana", "words": "MUCOSA colonoscopy"})
    assert "report" in text(found)
    assert b"<mark>mucosa</mark>" in found.content or b"<mark>MUCOSA</mark>" in found.content
    assert "Nothing in this chart" in text(ada.post(URL, {"patient": "ana", "words": "unicorn"}))


def test_search_hits_only_this_patient(ada: Any, here: Record) -> None:
    filed(ada, report("Zebra findings"), title="Of Ana")
    hand_in(ada, report("Zebra findings too"), url="/patients/bo/documents/", title="Of Bo")
    said = text(ada.post(URL, {"patient": "ana", "words": "zebra"}))
    assert "Of Ana" in said
    assert "Of Bo" not in said


def test_a_form_or_a_document_of_another_patient_is_refused(ada: Any, here: Record) -> None:
    before = count(here), count(here, "bo")
    refused = ada.post(f"{URL}new/", {"patient": "bo", "category": "other", "files": [scan()]})
    assert refused.status_code == 409
    assert (count(here), count(here, "bo")) == before
    item = filed(ada, scan()).rstrip("/").rpartition("/")[2]
    for part in ("", "file/", "edit/", "replace/"):
        assert ada.get(f"/patients/bo/documents/{item}/{part}").status_code == 404
    for part, more in (
        ("error", {"version": "1", "reason": "x"}),
        ("pin", {"text": "x"}),
        ("review", {}),
    ):
        answer = ada.post(f"/patients/bo/documents/{item}/{part}/", {"patient": "bo", **more})
        assert answer.status_code == 404


def test_several_files_at_once_and_none_if_one_is_bad(ada: Any, here: Record) -> None:
    before = count(here)
    assert (
        filed(ada, scan("front.png"), scan("back.png"), category="insurance", title="Card") == URL
    )
    said = text(ada.get(URL))
    assert "Card (1)" in said
    assert "Card (2)" in said
    answer = hand_in(
        ada, scan(), upload("x.svg", b"<svg xmlns='a'/>", "image/svg+xml"), comment="Kept words"
    )
    assert answer.status_code == 422
    assert "x.svg" in text(answer)
    assert b"Kept words" in answer.content
    assert count(here) == before + 2


def _bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 30,000 pixels square."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG", optimize=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "type", "why"),
    [
        ("page.png", b"<!doctype html><script>alert(1)</script>", "image/png", "its content is text/html"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", "can run programs"),
        ("a.html", b"<html><script>1</script></html>", "text/html", "can run programs"),
        ("a.txt", b"<svg onload=alert(1)></svg>", "text/plain", "its content is image/svg+xml"),
        ("a.pdf", ACTIVE, "application/pdf", "active content"),
        ("a.zip", b"PK\x03\x04xxxx", "application/zip", "not taken"),
        ("a.exe", b"MZ\x90\x00\x03\x00\x00\x00", "image/jpeg", "its content is"),
        ("empty.png", b"", "image/png", "empty"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused_with_their_name(
    ada: Any, here: Record, name: str, content: bytes, type: str, why: str
) -> None:
    before = count(here)
    answer = hand_in(ada, upload(name, content, type))
    assert answer.status_code == 422
    assert why in text(answer)
    if content:
        assert name in text(answer)
    assert count(here) == before


def test_an_image_bomb_and_a_file_too_large(ada: Any, here: Record) -> None:
    answer = hand_in(ada, upload("bomb.png", _bomb(), "image/png"))
    assert answer.status_code == 422
    assert "pixels" in text(answer) or "too large" in text(answer)
    large = upload("large.txt", b"a" * 25_000_001, "text/plain")
    answer = hand_in(ada, large)
    assert answer.status_code == 422
    assert "at most 25,000,000" in text(answer)


def test_a_name_with_markup_is_text(ada: Any) -> None:
    address = filed(ada, scan("<img src=x onerror=alert(1)>.png"))
    assert b"<img src=x" not in ada.get(address).content


def test_a_scan_says_that_it_has_no_text(ada: Any) -> None:
    address = filed(ada, scan("knee.png"), category="photo")
    assert "No text in this file" in text(ada.get(address))
    found = text(ada.post(URL, {"patient": "ana", "words": "knee"}))
    assert "knee" in found
    assert "no text in" in found


def test_a_fax_is_shown_as_pages(ada: Any) -> None:
    out = io.BytesIO()
    pages = [Image.new("1", (60, 80), 1) for _ in range(3)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    address = filed(ada, upload("fax.tif", out.getvalue(), "image/tiff"))
    answer = ada.get(f"{address}file/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert ada.get(f"{address}file/?save")["Content-Disposition"].endswith('.tif"')


def test_changing_moving_and_marking_keep_versions(ada: Any, here: Record) -> None:
    address = filed(ada, scan(), title="Old title")
    form = {
        "patient": "ana",
        "version": "1",
        "category": "imaging",
        "title": "New title",
        "date": "2020-05",
    }
    assert ada.post(f"{address}edit/", form).status_code == 303
    assert "New title" in text(ada.get(address))
    stale = ada.post(f"{address}edit/", form | {"title": "Third"})
    assert stale.status_code == 409
    assert b"Third" in stale.content
    assert (
        ada.post(
            f"{address}move/", {"patient": "ana", "version": "2", "category": "photo"}
        ).status_code
        == 303
    )
    assert "New title" in text(ada.get(f"{URL}?kind=photo"))
    assert "New title" not in text(ada.get(f"{URL}?kind=imaging"))
    assert (
        ada.post(f"{address}error/", {"patient": "ana", "version": "3", "reason": " "}).status_code
        == 422
    )
    assert (
        ada.post(
            f"{address}error/", {"patient": "ana", "version": "3", "reason": "Of a brother"}
        ).status_code
        == 303
    )
    assert "Of a brother" in text(ada.get(address))
    assert "New title" not in text(ada.get(URL))
    assert "New title" in text(ada.get(f"{URL}?show=old"))


def test_a_newer_version_takes_the_place(ada: Any, here: Record) -> None:
    address = filed(ada, scan(), title="Plan")
    form = {"patient": "ana", "version": "1", "files": [report("Second version")]}
    answer = ada.post(f"{address}replace/", form)
    assert answer.status_code == 303, text(answer)
    newer = answer["Location"]
    assert "A newer version" in text(ada.get(address))
    assert newer in ada.get(address).content.decode()
    assert "Open the older one" in text(ada.get(newer))
    again = ada.post(f"{address}replace/", {"patient": "ana", "version": "2", "files": [scan()]})
    assert again.status_code == 422


def test_notes_are_pinned_and_taken_back_by_their_author(ada: Any, nia: Any) -> None:
    address = filed(ada, report("One"))
    pinned = {"patient": "ana", "text": "See the margin", "page": "1", "x": "40.5", "y": "12"}
    assert ada.post(f"{address}pin/", pinned).status_code == 303
    assert nia.post(f"{address}pin/", pinned | {"text": "Me too"}).status_code == 303
    page = ada.get(address)
    assert b'data-at="1 40.50 12.00"' in page.content
    assert "See the margin" in text(page)
    which = re.search(r'name="pin" value="([^"]+)"', page.content.decode())
    assert which
    assert nia.post(f"{address}unpin/", {"patient": "ana", "pin": which[1]}).status_code == 400
    assert ada.post(f"{address}unpin/", {"patient": "ana", "pin": which[1]}).status_code == 303
    assert "taken back" in text(ada.get(address))
    assert ada.post(f"{address}pin/", pinned | {"text": ""}).status_code == 422


def test_a_review_is_asked_for_and_signed(ada: Any, nia: Any) -> None:
    address = filed(nia, scan(), title="EKG", reviewer="Practitioner/p1")
    assert "To review" in text(nia.get(URL))
    assert (
        ada.post(f"{address}review/", {"patient": "ana", "comment": "Sinus rhythm"}).status_code
        == 303
    )
    said = text(ada.get(address))
    assert "Sinus rhythm" in said
    assert "To review" not in text(nia.get(URL))


def test_the_desk_files_and_does_not_read(ada: Any, here: Record) -> None:
    desk = staff("front-desk", name="fay", person="Practitioner/p2")
    before = count(here)
    page = desk.get(URL)
    assert "Reading them is for clinical staff" in text(page)
    answer = hand_in(desk, scan("passport.png"), category="insurance")
    assert answer.status_code == 303, text(answer)
    assert answer["Location"] == URL
    assert count(here) == before + 1
    assert b"passport" not in desk.get(URL).content.split(b"<main")[1].split(b"</main")[0]
    found = re.search(r"/documents/([0-9a-f-]{20,})/", ada.get(URL).content.decode())
    assert found
    assert desk.get(f"{URL}{found[1]}/").status_code == 404
    assert desk.get(f"{URL}{found[1]}/file/").status_code == 404


def test_a_biller_gets_no_documents(here: Record) -> None:
    biller = staff("biller", name="bill", person="Practitioner/p2")
    assert biller.get(URL).status_code == 403
    assert hand_in(biller, scan()).status_code == 403


def test_opening_a_file_is_in_the_audit_once(ada: Any, here: Record) -> None:
    def reads() -> int:
        rows = here.audit(LOCAL, AuditQuery(types=("Binary",))).rows
        return [row.action for row in rows].count("read")

    address = filed(ada, report("Audited"))
    before = reads()
    ada.get(address)
    ada.get(f"{address}file/")
    assert reads() == before + 1
    assert ada.post(f"{address}printed/", {"patient": "ana"}).status_code == 204
    assert any(
        row.action == "print"
        for row in here.audit(LOCAL, AuditQuery(types=("DocumentReference",))).rows
    )


def test_a_file_that_acts_is_only_saved(ada: Any, here: Record) -> None:
    binary = {
        "resourceType": "Binary",
        "id": "evil",
        "contentType": "application/pdf",
        "data": base64.b64encode(ACTIVE).decode(),
        "securityContext": {"reference": "Patient/ana"},
    }
    document = {
        "resourceType": "DocumentReference",
        "id": "d9",
        "status": "current",
        "subject": {"reference": "Patient/ana"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/evil"}}],
    }
    here.commit(LOCAL, [Update(decode(json.dumps(one).encode())) for one in (binary, document)])
    answer = ada.get(f"{URL}d9/file/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"


def test_pictures_lose_what_they_say_of_the_place(ada: Any) -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (20, 20))
    exif = image.getexif()
    exif[0x010E] = "SECRET PLACE"
    image.save(out, "JPEG", exif=exif)
    address = filed(ada, upload("a.jpg", out.getvalue(), "image/jpeg"))
    assert b"SECRET PLACE" not in ada.get(f"{address}file/").content
    assert picture() and paper("x")
