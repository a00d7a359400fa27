"""Breaking the glass on its page: by name, with a reason and fresh proof, under a banner that says whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from osler.record import Record
from tests.staff.people import staff, stale, text

REASON = "Brought in unconscious, medication list needed"


@pytest.fixture
def doctor(record: Record) -> Any:
    return staff("physician", person="Practitioner/p1")


def test_a_chart_is_opened_named_and_closed(record: Record, doctor: Any) -> None:
    form = {"patient": "Garcia 1961-05-02", "reason": REASON, "minutes": "30"}
    said = text(doctor.post("/staff/access/glass", form, follow=True))
    assert "The glass is broken: Ana Garcia, born May 2, 1961, MRN-7 is open to you" in said
    assert f"Your reason: {REASON}" in said
    assert "The glass is broken: Ana Garcia" in text(doctor.get("/account/"))
    assert "The chart is closed again." in text(
        doctor.post("/staff/access/glass/ana/end", follow=True)
    )
    said = text(doctor.post("/staff/access/glass/ana/end", follow=True))
    assert "closed already" in said and "The glass is broken" not in said


def test_the_banner_reads_nobodys_record(record: Record, doctor: Any) -> None:
    from osler.access import LOCAL
    from osler.record import AuditQuery

    doctor.post("/staff/access/glass", {"patient": "MRN-7", "reason": REASON, "minutes": "30"})
    before = len(record.audit(LOCAL, AuditQuery(patients=("ana",), count=500)).rows)
    for _ in range(3):
        doctor.get("/account/")
    after = len(record.audit(LOCAL, AuditQuery(patients=("ana",), count=500)).rows)
    assert after - before == 1  # The reading of the audit itself.


def test_an_id_may_have_dots(record: Record, doctor: Any) -> None:
    form = {"patient": "b.o-1", "reason": REASON, "minutes": "30"}
    page = doctor.post("/staff/access/glass", form, follow=True)
    assert page.status_code == 200 and "&lt;b&gt;Bo" in page.content.decode()
    assert "closed again" in text(doctor.post("/staff/access/glass/b.o-1/end", follow=True))


def test_what_is_missing_is_said_and_what_was_typed_is_kept(record: Record, doctor: Any) -> None:
    form = {"patient": "Garcia 1961-05-02", "reason": "because", "minutes": "30"}
    answer = doctor.post("/staff/access/glass", form)
    assert answer.status_code == 400 and b'value="Garcia 1961-05-02"' in answer.content
    assert "at least 10 characters" in text(answer)
    answer = doctor.post("/staff/access/glass", {**form, "patient": "Nobody 1900-01-01"})
    assert answer.status_code == 400 and "No single patient fits" in text(answer)
    answer = doctor.post("/staff/access/glass", {**form, "reason": REASON, "minutes": "9999"})
    assert answer.status_code == 400


def test_it_takes_fresh_proof(record: Record, doctor: Any) -> None:
    stale(doctor)
    form = {"patient": "MRN-7", "reason": REASON, "minutes": "30"}
    assert doctor.post("/staff/access/glass", form)["Location"].startswith("/account/confirm/")
    assert "The glass is broken" not in text(doctor.get("/account/"))


@pytest.mark.parametrize("role", ["front-desk", "privacy-officer"])
def test_who_may_not_is_told_so_at_once(record: Record, role: str) -> None:
    client = staff(role)
    assert client.get("/staff/access/glass").status_code == 403
    assert client.post("/staff/access/glass", {"patient": "ana"}).status_code == 403
