"""The audit report: in words, with names, sorted, narrowed, as a file; and whatever odd is asked of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.kit import clock
from osler.record import Access, AuditQuery, Record
from tests.staff.people import staff, stale, text

NURSE = Principal(id="n1", name="Nia Roe", roles=frozenset({"nurse"}))


@pytest.fixture
def officer(record: Record) -> Any:
    return staff("privacy-officer")


def note(record: Record, *rows: Access, by: Principal = NURSE) -> None:
    record.note(by, *rows)


@pytest.mark.parametrize("role", ["nurse", "front-desk", "practice-admin"])
def test_who_may_not(record: Record, role: str) -> None:
    client = staff(role)
    assert client.get("/staff/audit/").status_code == 403
    assert client.get("/staff/audit/audit.csv").status_code == 403


def test_rows_are_in_words_and_name_the_patient(record: Record, officer: Any) -> None:
    note(record, Access("read", "Condition", "c1", patients=("ana", "gone-1")))
    note(record, Access("read", "Condition", "c1", outcome="forbidden"))
    said = text(officer.get("/staff/audit/?who=Nia"))
    assert "read diagnoses and problems" in said and "Nurse" in said
    assert "Ana Garcia, born May 2, 1961, MRN-7; gone-1" in said
    assert "refused" in said
    assert "&lt;b&gt;" not in said


def test_times_and_days_are_the_practices(record: Record, officer: Any) -> None:
    from django.utils import timezone

    note(record, Access("read", "Condition", "evening"))
    with record.database.connection() as conn, conn.transaction():
        conn.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        conn.execute("UPDATE audit SET at = '2026-03-03T02:00:07Z' WHERE id = 'evening'")
        conn.execute("ALTER TABLE audit ENABLE TRIGGER ALL")
    clock.days_of("America/New_York")
    try:
        with timezone.override("America/New_York"):
            shown = text(officer.get("/staff/audit/?since=2026-03-02&until=2026-03-02"))
            after = text(officer.get("/staff/audit/?since=2026-03-03&until=2026-03-03"))
    finally:
        clock.days_of("UTC")
    assert "Mar 2, 2026, 9:00:07" in shown and "Condition/evening" in shown
    assert "Condition/evening" not in after


def test_names_are_one_search_however_many_there_are(record: Record, officer: Any) -> None:
    for number in range(40):
        note(record, Access("read", "Patient", "ana", patients=("ana", "b.o-1", f"x{number}")))
    page = officer.get("/staff/audit/?who=Nia")
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page.content.decode()  # As text, whatever a name holds.
    searched = [
        row
        for row in record.audit(LOCAL, AuditQuery(count=20)).rows
        if row.action == "search-type" and row.type == "Patient"
    ]
    assert len(searched) == 1


def test_a_head_sorts_and_says_so(record: Record, officer: Any) -> None:
    note(record, Access("read", "Patient", "ana"))
    page = officer.get("/staff/audit/").content.decode()
    assert 'aria-sort="descending"><a href="?sort=at">' in page
    page = officer.get("/staff/audit/?sort=actor_name").content.decode()
    assert 'aria-sort="ascending"><a href="?sort=-actor_name">' in page
    assert page.count("aria-sort") == 1


def test_pages_follow_each_other(record: Record, officer: Any) -> None:
    import re

    note(record, *(Access("read", "Patient", f"p{number:03}") for number in range(60)))
    page = officer.get("/staff/audit/?who=Nia&sort=id").content.decode()
    assert "Patient/p000" in page and "Patient/p055" not in page
    following = re.search(r'href="\?([^"]*after=[^"]*)"', page)
    assert following is not None
    link = following[1].replace("&amp;", "&")
    rest = officer.get(f"/staff/audit/?{link}").content.decode()
    assert "Patient/p055" in rest and "Patient/p000" not in rest and "The first page" in rest
    assert officer.get(f"/staff/audit/?{link.replace('sort=id', 'sort=at')}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "until=9999-12-31", "since=0001-01-01", "since=yesterday", "since=2026-05-02&until=2026-05-01",
        "sort=password", "sort=%00", "after=x", "after=%00", "type=condition", "type=%27", "action=hack",
        "patient=a%00b", "who=%00", "who=" + "x" * 200,
    ],
)  # fmt: skip
def test_what_is_odd_is_refused_and_shows_nothing(record: Record, officer: Any, query: str) -> None:
    note(record, Access("read", "Condition", "c1", patients=("ana",)))
    for path in ("/staff/audit/", "/staff/audit/audit.csv"):
        if path.endswith("csv") and query.startswith("after"):
            continue  # A file has no pages.
        answer = officer.get(f"{path}?{query}")
        assert answer.status_code == 400, path
        assert b"Nia Roe" not in answer.content


def test_a_patient_is_asked_for_by_name_and_stands_in_the_address_by_id(
    record: Record, officer: Any
) -> None:
    asked = {"patient": "Garcia 1961-05-02"}
    assert officer.post("/staff/audit/", asked)["Location"] == "/staff/audit/?patient=ana"
    answer = officer.post("/staff/audit/", {"patient": "Nobody 1900-01-01"})
    assert answer.status_code == 400 and b'value="Nobody 1900-01-01"' in answer.content
    # One who is no longer in the record may still be in the audit.
    assert officer.post("/staff/audit/", {"patient": "erased-1"})["Location"].endswith("=erased-1")


def test_a_file_asks_for_fresh_proof_runs_no_formula_and_leaves_a_row(
    record: Record, officer: Any
) -> None:
    note(record, Access("read", "Patient", "ana", detail='=cmd|"/c calc"!A1'))
    note(record, Access("read", "Patient", "ana", detail="  @SUM(1)"))
    answer = officer.get("/staff/audit/audit.csv?who=Nia&sort=at")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["detail"] for row in rows[-2:]] == ['\'=cmd|"/c calc"!A1', "'  @SUM(1)"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert "exported" in text(officer.get("/staff/audit/"))
    stale(officer)
    assert officer.get("/staff/audit/audit.csv")["Location"].startswith("/account/confirm/")


def test_nothing_fits(record: Record, officer: Any) -> None:
    assert "Nothing fits." in text(officer.get("/staff/audit/?who=Nobodyhere"))
