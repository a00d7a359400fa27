"""What must not happen with letters: a stale list signed unseen, a value left out, a day that is not the practice's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.documents.text import words_of
from osler.clinic.letters import filling
from osler.clinic.letters.filling import filled
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.kit import clock
from osler.record import Record
from tests.clinic.notes.conftest import HL7, about, resource, vital
from tests.staff.documents.test_letter_pages import LETTERS, begun
from tests.staff.people import text


def form_of(browser: Any, template: str) -> dict[str, str]:
    page = browser.post(f"{LETTERS}new/", {"patient": "ana", "template": template})
    found = re.search(r'name="filled" value="([^"]+)"', page.content.decode())
    assert found
    return {
        "patient": "ana",
        "title": "L",
        "template": template,
        "filled": found[1].replace("&#x2B;", "+"),
    }


def test_what_changed_since_a_letter_was_filled_is_told_before_it_is_signed(
    ada: Any, here: Record
) -> None:
    with clock.frozen(clock.now() - timedelta(days=2)):
        form = form_of(ada, "medication-list")
        review = ada.post(f"{LETTERS}new/", form | {"text": "- metFORMIN", "act": "sign"})[
            "Location"
        ]
    here.commit(LOCAL, [
        resource("AllergyIntolerance", "sulfa", patient=about(), code={"text": "Sulfa"},
                 clinicalStatus={"coding": [{"system": f"{HL7}/allergyintolerance-clinical", "code": "active"}]})
    ])  # fmt: skip
    said = text(ada.get(review))
    assert "The record has changed" in said
    assert "Allergies" in said.partition("The record has changed")[2].partition("Compare")[0]
    fresh = ada.post(
        f"{LETTERS}new/", form_of(ada, "medication-list") | {"text": "x", "act": "sign"}
    )
    assert "The record has changed" not in text(ada.get(fresh["Location"]))


def test_a_letter_is_not_saved_over_a_version_that_nobody_saw(ada: Any) -> None:
    form = {"patient": "ana", "title": "A", "text": "Mine", "act": "keep"}
    address = ada.post(f"{LETTERS}new/", form)["Location"]
    answer = ada.post(address, form | {"text": "Blind"})
    assert answer.status_code == 422
    assert b"Blind" in answer.content
    assert b"Mine" in ada.get(address).content


def test_a_letter_of_the_evening_bears_the_day_of_the_practice(ada: Any) -> None:
    clock.days_of("America/New_York")
    try:
        with clock.frozen(datetime(2026, 3, 3, 1, 30, tzinfo=UTC)):
            form = {"patient": "ana", "title": "A", "text": "Words", "act": "preview"}
            answer = ada.post(f"{LETTERS}new/", form)
    finally:
        clock.days_of("UTC")
    assert "Mar 2, 2026" in words_of(answer.content, "application/pdf").text
    assert "Mar 3, 2026" not in words_of(answer.content, "application/pdf").text


def test_lines_stay_lines(ada: Any) -> None:
    form = {"patient": "ana", "title": "A", "text": "Take 1\n0.5 tablet at night", "act": "preview"}
    said = words_of(ada.post(f"{LETTERS}new/", form).content, "application/pdf").text
    assert "Take 1\n0.5 tablet" in said


def test_text_is_never_read_as_markup(ada: Any) -> None:
    evil = '#import "/etc/passwd" $x$ *b* _i_ <script>alert(1)</script> \\ #panic()'
    form = {"patient": "ana", "title": evil, "recipient": evil, "text": evil, "act": "preview"}
    said = " ".join(
        words_of(ada.post(f"{LETTERS}new/", form).content, "application/pdf").text.split()
    )
    assert '#import "/etc/passwd" $x$ *b* _i_ <script>' in said
    assert "#panic()" in said


def _panel(here: Record, **more: Any) -> None:
    report = {
        "status": "final", "subject": about(), "effectiveDateTime": "2026-03-01", "code": {"text": "Panel"},
        "result": [{"reference": f"Observation/{one}"} for one in ("k1", "k2", "k3")],
    }  # fmt: skip
    wrong = resource(
        "Observation", "k2", status="entered-in-error", subject=about(), code={"text": "Sodium"},
        valueString="999",
    )  # fmt: skip
    empty = resource("Observation", "k3", status="final", subject=about(), code={"text": "Titer"})
    here.commit(LOCAL, [vital("k1", "2823-3", "Potassium", 4.1, "mmol/L"), wrong, empty])
    here.commit(LOCAL, [resource("DiagnosticReport", "pan", **{**report, **more})])


def fill(here: Record, principal: Any = LOCAL) -> str:
    chart = Chart(here, principal, "ana")
    return filled(chart, r4.Patient(id="ana"), "@results@", ["pan"])


def test_chosen_results_leave_out_mistakes_and_name_what_is_missing(here: Record, ada: Any) -> None:
    _panel(here)
    said = fill(here)
    assert "Potassium: 4.1 mmol/L" in said
    assert "999" not in said
    assert "Titer: *** (no value)" in said
    _panel(here, status="preliminary")
    assert "(preliminary)" in fill(here)
    _panel(here, result=[{"reference": "Observation/k1"}, {"display": "somewhere else"}])
    assert "cannot be shown to you" in fill(here)


def test_a_list_that_is_cut_says_so(
    here: Record, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the list is longer" not in begun(ada, "medication-list")
    monkeypatch.setattr(filling, "_WHOLE", {"medications": 1})
    assert "*** (the list is longer" in begun(ada, "medication-list")


def test_a_visit_that_was_a_mistake_or_did_not_happen_is_no_visit(here: Record, ada: Any) -> None:
    for id, status in (("e1", "entered-in-error"), ("e2", "cancelled"), ("e3", "planned")):
        visit = {"class": {"code": "AMB"}, "subject": about(), "period": {"start": "2031-01-01"}}
        here.commit(LOCAL, [resource("Encounter", id, status=status, **visit)])
    assert "2031" not in begun(ada, "excuse")


def test_what_is_no_placeholder_is_left_to_be_typed(here: Record, ada: Any) -> None:
    chart = Chart(here, LOCAL, "ana")
    assert filled(chart, r4.Patient(id="ana"), "Dear @unicorn@") == "Dear *** (unicorn)"
