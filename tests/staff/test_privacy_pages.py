"""The privacy desk: requests and breaches from their arrival to their end, and steps that are none of theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import Kind
from osler.kit import clock
from osler.record import Record
from tests.staff.people import staff, text


@pytest.fixture
def officer(record: Record) -> Any:
    return staff("privacy-officer", person="Practitioner/p1")


def asked(record: Record, kind: Kind = Kind.ACCESS, said: str = "A copy, please") -> str:
    focus = "Condition/c1" if kind is Kind.AMENDMENT else None
    return requests.receive(record, LOCAL, kind, "ana", said, focus=focus)


@pytest.mark.parametrize("role", ["nurse", "practice-admin"])
def test_who_may_not(record: Record, role: str) -> None:
    client, id = staff(role), asked(record)
    for path in ("", "new", "breach", "disclosures/ana", id):
        assert client.get(f"/staff/privacy/{path}").status_code == 403
        assert client.post(f"/staff/privacy/{path}", {"step": "grant"}).status_code == 403
    assert desk.case(record, LOCAL, id).is_open


def test_a_request_from_its_arrival_to_its_answer(record: Record, officer: Any) -> None:
    form = {"kind": "access-request", "patient": "Garcia 5/2/1961", "text": "All of it on paper"}
    answer = officer.post("/staff/privacy/new", form)
    path = answer["Location"]
    listed = text(officer.get("/staff/privacy/"))
    assert "Ana Garcia, born May 2, 1961, MRN-7" in listed and "All of it on paper" in listed
    assert "Take it on" in text(officer.get(path))
    assert "being worked on" in text(officer.post(path, {"step": "start"}, follow=True))
    wrong = officer.post(path, {"step": "grant", "text": ""})
    assert wrong.status_code == 400 and b'id="grant-text"' in wrong.content
    assert b'for="grant-text"' in wrong.content
    said = text(officer.post(path, {"step": "grant", "text": "Sent by post"}, follow=True))
    assert "Done: grant." in said and "answered" in said and "What to do" not in said


def test_what_was_typed_is_kept(record: Record, officer: Any) -> None:
    form = {"kind": "access-request", "patient": "Nobody 1900-01-01", "text": "Everything"}
    answer = officer.post("/staff/privacy/new", form)
    assert answer.status_code == 400
    assert b'value="Nobody 1900-01-01"' in answer.content and b"Everything" in answer.content
    form = {**form, "patient": "MRN-7", "received": "2999-01-01"}
    answer = officer.post("/staff/privacy/new", form)
    assert answer.status_code == 400 and "still to come" in text(answer)


@pytest.mark.parametrize(
    "step", ["assess", "affected", "review", "disagree", "rebut", "", "__class__"]
)
def test_steps_of_other_matters_are_none(record: Record, officer: Any, step: str) -> None:
    id = asked(record)
    form = {"step": step, "text": "Well", "finding": "proper", "patients": "ana", "risk": "low"}
    answer = officer.post(f"/staff/privacy/{id}", form)
    assert answer.status_code == 404 and "not possible" in text(answer)
    assert officer.get(f"/staff/privacy/{id}?step=deny&text=no").status_code == 200
    assert desk.case(record, LOCAL, id).is_open


def test_a_matter_that_is_none_of_the_desks(record: Record, officer: Any) -> None:
    for id in ("none", "ana", "a.b", "x" * 64):
        assert officer.get(f"/staff/privacy/{id}").status_code == 404
    assert officer.get("/staff/privacy/disclosures/none").status_code == 200


def test_a_restriction_of_somebody_who_is_not_understood_is_refused(
    record: Record, officer: Any
) -> None:
    id = asked(record, Kind.RESTRICTION, "Not my neighbour who works there")
    path = f"/staff/privacy/{id}"
    form = {"step": "grant", "text": "Agreed", "purposes": ["TREAT"]}
    for actors in ("Dr. Bob", "Practitioner/p1, Bob", "Patient/ana"):
        answer = officer.post(path, {**form, "actors": actors})
        assert answer.status_code == 400 and "no reference" in text(answer), actors
        assert actors.encode() in answer.content
    assert officer.post(path, {**form, "actors": "Practitioner/none"}).status_code == 400
    assert desk.case(record, LOCAL, id).is_open
    assert officer.post(path, {**form, "actors": "Practitioner/p1"}).status_code == 302


def test_an_amendment_is_denied_and_the_mended_version_is_checked(
    record: Record, officer: Any
) -> None:
    id = asked(record, Kind.AMENDMENT, "It is no asthma")
    path = f"/staff/privacy/{id}"
    for changed in ("c1", "Condition/none", "Nonsense/1", "Condition/c1/_history/99"):
        answer = officer.post(path, {"step": "grant", "text": "Mended", "changed": changed})
        assert answer.status_code == 400, changed
    officer.post(path, {"step": "deny", "text": "The test says so"})
    assert "denied" in text(officer.get(path))


def test_a_breach_is_assessed_and_tells_whom(record: Record, officer: Any) -> None:
    day = desk.today().isoformat()
    path = officer.post("/staff/privacy/breach", {"text": "A laptop lost", "discovered": day})[
        "Location"
    ]
    answer = officer.post(path, {"step": "affected", "patients": "ana, <script>"})
    assert answer.status_code == 400 and b"<script>" not in answer.content
    assert officer.post(path, {"step": "affected", "patients": "nobody-here"}).status_code == 400
    officer.post(path, {"step": "affected", "patients": "ana\nPatient/b.o-1"})
    assert "2 patients are affected." in text(officer.get(path))
    factors = dict.fromkeys(("nature", "recipient", "acquired", "mitigated"), "Known")
    wrong = officer.post(path, {"step": "assess", "risk": "breach", "nature": "Names"})
    assert wrong.status_code == 400 and b"Names" in wrong.content
    assert officer.post(path, {"step": "assess", "risk": "breach", **factors}).status_code == 302
    assert "each of 2 people" in text(officer.get("/staff/privacy/"))


def test_the_register_takes_the_day_and_says_why(record: Record, officer: Any) -> None:
    path = "/staff/privacy/disclosures/ana"
    form = {"recipient": "Court", "what": "A letter", "purpose": "COVERAGE", "day": "2026-02-03"}
    said = text(officer.post(path, form, follow=True))
    assert "Feb 3, 2026" in said and "Required by law" in said
    for odd in ({"day": "2999-01-01"}, {"recipient": ""}, {"purpose": "FUN"}):
        answer = officer.post(path, form | odd)
        assert answer.status_code == 400 and b"A letter" in answer.content
    assert officer.post("/staff/privacy/disclosures/none", form).status_code == 400


def test_days_of_the_desk_are_the_practices(record: Record, officer: Any) -> None:
    """In New York's evening it is tomorrow in UTC, which the desk must neither show nor lose."""
    from django.utils import timezone

    path = "/staff/privacy/disclosures/ana"
    form = {"recipient": "Court", "what": "A letter", "purpose": "COVERAGE"}
    clock.days_of("America/New_York")
    try:
        with timezone.override("America/New_York"):
            evening = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
            with clock.frozen(evening):
                assert desk.today() == date(2026, 3, 2)
                tomorrow = officer.post(path, form | {"day": "2026-03-03"})
                assert tomorrow.status_code == 400
                for day in ("2026-03-01", "2026-03-02"):
                    assert officer.post(path, form | {"day": day}).status_code == 302
                said = text(officer.get(path))
    finally:
        clock.days_of("UTC")
    assert "Mar 1, 2026" in said and "Mar 2, 2026" in said
    assert "Feb 28, 2026" not in said and "Mar 3, 2026" not in said


def test_closed_ones_are_there_when_asked_for(record: Record, officer: Any) -> None:
    id = asked(record, said="A copy for my lawyer")
    requests.deny(record, LOCAL, id, "Not the patient")
    assert "for my lawyer" not in text(officer.get("/staff/privacy/"))
    assert "for my lawyer" in text(officer.get("/staff/privacy/?closed=1"))
