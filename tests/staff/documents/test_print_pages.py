"""Charts on paper: what is in the PDF, who it names, what the audit and the register say."""

from __future__ import annotations

from typing import Any

from osler.access import LOCAL
from osler.clinic.documents.text import words_of
from osler.clinic.printing import chart
from osler.clinic.privacy.disclosures import accounting
from osler.record import Record
from osler.store.audit.query import AuditQuery
from tests.staff.people import staff, text

PRINT = "/patients/ana/print/"
ALL = list(chart.PARTS)


def made(browser: Any, *parts: str, **more: str) -> Any:
    form = {"patient": "ana", "parts": list(parts) or ALL, "where": "here", **more}
    return browser.post(PRINT, form)


def words(answer: Any) -> list[str]:
    assert answer["Content-Type"] == "application/pdf", text(answer)
    return words_of(answer.content, "application/pdf").text.split("\f")


def test_the_whole_chart_names_the_patient_on_each_page(ada: Any, here: Record) -> None:
    answer = made(ada)
    pages = words(answer)
    for page in pages:
        for one in (
            "GARCIA, Ana",
            "May 2, 1961",
            "MRN-7",
            "Meadow Family Clinic",
            "Printed by Ada Osei, MD",
            "Page",
        ):
            assert one in page
    everything = "\n".join(pages)
    for label in chart.PARTS.values():
        assert label in everything
    for one in ("Type 2 diabetes", "E11.9", "metFORMIN 500 mg", "Penicillin", "138/84 mmHg"):
        assert one in everything
    assert "garcia" not in answer["Content-Disposition"]


def test_parts_and_spans_are_kept_to(ada: Any, here: Record) -> None:
    everything = "\n".join(words(made(ada, "allergies", "vitals", since="2026-03-03")))
    assert "Penicillin" in everything
    assert "metFORMIN" not in everything
    assert "138/84" not in everything
    assert "138/84" in "\n".join(words(made(ada, "vitals", until="2026-03-02")))


def test_nothing_chosen_and_a_span_that_ends_before_it_begins(ada: Any) -> None:
    assert ada.post(PRINT, {"patient": "ana", "where": "here"}).status_code == 422
    assert made(ada, since="2026-03-03", until="2026-03-01").status_code == 422


def test_what_leaves_the_practice_is_registered(ada: Any, here: Record) -> None:
    answer = made(ada, "problems", where="out")
    assert answer.status_code == 422
    assert "register of disclosures" in text(answer)
    pages = words(made(ada, "problems", where="out", recipient="Lee Law", purpose="HLEGAL"))
    assert "Lee Law" in pages[0]
    (one,) = accounting(here, LOCAL, "ana")
    assert (one.recipient, one.purpose) == ("Lee Law", "HLEGAL")
    assert "Problems" in one.what
    rows = here.audit(LOCAL, AuditQuery(types=("Patient",))).rows
    assert any(row.action == "export" and "HLEGAL" in (row.detail or "") for row in rows)


def test_a_print_is_in_the_audit(ada: Any, here: Record) -> None:
    def prints() -> int:
        rows = here.audit(LOCAL, AuditQuery(types=("Patient",))).rows
        return sum(row.action == "print" for row in rows)

    before = prints()
    made(ada, "allergies")
    assert prints() == before + 1


def test_a_form_of_another_patient_prints_nothing(ada: Any) -> None:
    assert ada.post(PRINT, {"patient": "bo", "parts": ALL, "where": "here"}).status_code == 409


def test_who_reads_less_prints_less(here: Record) -> None:
    desk = staff("front-desk", name="fay3", person="Practitioner/p2")
    everything = "\n".join(words(made(desk)))
    assert "GARCIA, Ana" in everything
    assert "metFORMIN" not in everything
    assert "Penicillin" not in everything
    assert "left out" in everything
