"""Letters: begun from templates, filled from the chart, signed into a PDF; and the practice's own templates."""

from __future__ import annotations

import re
from typing import Any

import pytest

from osler.clinic.documents.text import words_of
from osler.clinic.letters.templates import PLACEHOLDERS, SHIPPED, unknown
from osler.record import Record
from tests.staff.people import staff, text

LETTERS = "/patients/ana/letters/"
ADMIN = "/admin/letters/"


def begun(browser: Any, template: str) -> str:
    page = browser.post(f"{LETTERS}new/", {"patient": "ana", "template": template})
    found = re.search(r'name="text"[^>]*>(.*?)</textarea>', page.content.decode(), re.DOTALL)
    assert found, text(page)
    return found[1]


def test_every_shipped_template_has_only_known_placeholders() -> None:
    assert [one.code for one in SHIPPED.values() if unknown(one.text)] == []
    assert len(PLACEHOLDERS) > 10


def test_a_referral_is_filled_written_signed_and_filed(ada: Any, here: Record) -> None:
    words = begun(ada, "referral")
    for found in (
        "Ana Garcia",
        "May 2, 1961",
        "Type 2 diabetes",
        "metFORMIN",
        "Penicillin",
        "138/84",
    ):
        assert found in words
    assert "@" not in words
    form = {
        "patient": "ana",
        "title": "Referral to Dr. Lee",
        "recipient": "Dr. Lee\n1 Main St",
        "text": words,
        "act": "sign",
    }
    answer = ada.post(f"{LETTERS}new/", form)
    assert answer.status_code == 303, text(answer)
    review = str(answer["Location"])
    page = ada.get(review)
    assert b'class="lhole"' in page.content
    assert b"disabled" in page.content
    assert ada.post(review, {"patient": "ana", "version": "1"}).status_code == 422
    letter = review.removesuffix("sign/")
    assert ada.get(f"{letter}pdf/").content.startswith(b"%PDF")
    form |= {"text": "Thank you for seeing Ana Garcia.\n\n- Diabetes", "version": "1"}
    assert ada.post(letter, form).status_code == 303
    stale = ada.post(letter, form | {"text": "Mine is older"})
    assert stale.status_code == 409
    assert b"Mine is older" in stale.content
    assert b"Thank you for seeing" in stale.content
    assert "Not signed" in text(ada.get(LETTERS))
    answer = ada.post(review, {"patient": "ana", "version": "2"})
    assert answer.status_code == 303, text(answer)
    document = str(answer["Location"])
    content = ada.get(f"{document}file/").content
    said = words_of(content, "application/pdf").text
    for found in (
        "Referral to Dr. Lee",
        "GARCIA, Ana",
        "MRN-7",
        "Meadow Family Clinic",
        "Signed by",
        "Dr. Lee",
    ):
        assert found in said
    assert "DRAFT" not in said
    assert ada.post(letter, form | {"version": "3"}).status_code == 422
    found = ada.post(
        "/patients/ana/documents/", {"patient": "ana", "words": "thank you for seeing"}
    )
    assert "Referral to Dr. Lee" in text(found)


def test_a_letter_of_another_patient_is_not_there(ada: Any) -> None:
    form = {"patient": "ana", "title": "A", "text": "Words", "act": "keep"}
    item = ada.post(f"{LETTERS}new/", form)["Location"].rstrip("/").rpartition("/")[2]
    assert ada.get(f"/patients/bo/letters/{item}/").status_code == 404
    assert ada.post(f"{LETTERS}new/", form | {"patient": "bo"}).status_code == 409


def test_a_draft_is_discarded_and_stays_in_the_history(ada: Any) -> None:
    form = {"patient": "ana", "title": "To throw away", "text": "Words", "act": "keep"}
    address = ada.post(f"{LETTERS}new/", form)["Location"]
    assert ada.post(f"{address}discard/", {"patient": "ana", "version": "1"}).status_code == 303
    assert b"To throw away" not in ada.get(LETTERS).content
    assert b"To throw away" in ada.get("/patients/ana/documents/?show=old").content


@pytest.mark.parametrize("wrong", ["@unicorn@", "@patients@"])
def test_an_unknown_placeholder_is_named(ada: Any, wrong: str) -> None:
    answer = ada.post(
        f"{ADMIN}new/", {"title": "T", "text": f"Dear {wrong}, @patient@", "act": "save"}
    )
    assert answer.status_code == 422
    assert f"There is no placeholder {wrong}" in text(answer)
    assert wrong in answer.content.decode().split("<textarea")[1]


def test_a_template_of_the_practice_takes_a_shipped_ones_place_with_versions(ada: Any) -> None:
    form = {"title": "Work or school excuse", "text": "@patient@ was here.", "act": "save"}
    assert ada.post(f"{ADMIN}excuse/", form).status_code == 303
    assert begun(ada, "excuse") == "Ana Garcia was here."
    assert (
        ada.post(f"{ADMIN}excuse/", form | {"text": "@patient@ came.", "version": "1"}).status_code
        == 303
    )
    assert begun(ada, "excuse") == "Ana Garcia came."
    stale = ada.post(f"{ADMIN}excuse/", form | {"version": "1"})
    assert stale.status_code == 422
    page = ada.get(f"{ADMIN}excuse/")
    assert "Versions" in text(page)
    twin = ada.post(f"{ADMIN}new/", form)
    assert "already" in text(twin)
    assert ada.post(f"{ADMIN}excuse/", {"version": "2", "act": "retire"}).status_code == 303
    assert "could not attend" in begun(ada, "excuse")


def test_who_runs_the_practice_writes_templates_that_letters_begin_with(ada: Any) -> None:
    boss = staff("practice-admin", name="boss")
    assert "New template" in text(boss.get(ADMIN))
    form = {"title": "Camp form", "text": "@patient@ may swim.", "act": "save"}
    assert boss.post(f"{ADMIN}new/", form).status_code == 303
    found = re.search(rf'href="{ADMIN}([^"/]+)/">Camp form<', boss.get(ADMIN).content.decode())
    assert found
    assert begun(ada, found[1]) == "Ana Garcia may swim."
    changed = form | {"text": "@patient@ may dive.", "version": "1"}
    assert boss.post(f"{ADMIN}{found[1]}/", changed).status_code == 303
    assert begun(ada, found[1]) == "Ana Garcia may dive."
    retired = boss.post(f"{ADMIN}{found[1]}/", {"version": "2", "act": "retire"})
    assert retired.status_code == 303 and "Camp form" not in text(ada.get(ADMIN))
    assert boss.get(LETTERS).status_code in (403, 404)


def test_who_may_not_write_lists_reads_templates_only(here: Record) -> None:
    desk = staff("front-desk", name="fay2", person="Practitioner/p2")
    assert desk.get(ADMIN).status_code == 200
    assert desk.post(f"{ADMIN}new/", {"title": "T", "text": "x", "act": "save"}).status_code == 403
    assert desk.get(LETTERS).status_code == 403
    assert desk.get(f"{LETTERS}new/").status_code == 403
