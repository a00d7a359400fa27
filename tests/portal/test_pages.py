"""The patients' pages: who looked, who got data, requests; of one's own record and nobody else's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import Kind
from osler.record import Access, Record
from tests.staff.people import patient, staff, text

OWN = ("/my/looked", "/my/disclosed", "/my/requests")


@pytest.fixture
def ana(record: Record) -> Any:
    return patient("ana")


def denied(record: Record, of: str = "ana") -> str:
    """An amendment of this patient's that the practice denied."""
    who = Principal(
        id=of, name=of, roles=frozenset({"patient"}), person=f"Patient/{of}", patient=of
    )
    id = requests.receive(record, who, Kind.AMENDMENT, of, "It is no asthma", focus="Condition/c1")
    requests.deny(record, LOCAL, id, "The test says so")
    return id


def test_who_looked_in_plain_words(record: Record, ana: Any) -> None:
    nurse = Principal(id="n1", name="Nia Roe", roles=frozenset({"nurse"}), purpose="TREAT")
    record.note(nurse, Access("read", "Condition", "c1", patients=("ana",)))
    record.note(nurse, Access("read", "Patient", "b.o-1", patients=("b.o-1",)))
    said = text(ana.get("/my/looked"))
    assert "Nia Roe (Nurse) : read diagnoses and problems for your treatment" in said
    for odd in ("?days=99999999", "?days=x", "?days=%00"):
        assert ana.get(f"/my/looked{odd}").status_code == 200
    assert 'aria-current="true">A year' in ana.get("/my/looked?days=365").content.decode()


def test_nobody_got_data(record: Record, ana: Any) -> None:
    assert "Nobody, as far as the practice has written down." in text(ana.get("/my/disclosed"))


def test_a_request_is_made_seen_and_taken_back(record: Record, ana: Any) -> None:
    form = {"kind": "access-request", "text": "A copy of all", "acting_for": ""}
    said = text(ana.post("/my/requests", form, follow=True))
    assert "Your request has arrived." in said and "A copy of all" in said and "received" in said
    (found,) = [one for one in desk.cases(record, LOCAL, patient="ana") if one.is_open]
    said = text(ana.post(f"/my/requests/{found.id}", {"step": "withdraw"}, follow=True))
    assert "Taken back." in said
    again = ana.post(f"/my/requests/{found.id}", {"step": "withdraw"})
    assert again.status_code == 409 and "closed" in text(again)
    assert ana.get(f"/my/requests/{found.id}").status_code == 302


def test_what_is_missing_is_said_and_what_was_typed_is_kept(record: Record, ana: Any) -> None:
    answer = ana.post("/my/requests", {"kind": "amendment-request", "text": "It is no asthma"})
    assert answer.status_code == 400 and b"It is no asthma</textarea>" in answer.content
    assert "needs the part of the record" in text(answer)
    for odd in ({"focus": "Condition/none"}, {"focus": "asthma"}, {"kind": "breach-case"}):
        form = {"kind": "amendment-request", "text": "It is no asthma", **odd}
        answer = ana.post("/my/requests", form)
        assert answer.status_code == 400 and b"It is no asthma</textarea>" in answer.content


def test_a_statement_stands_once_beside_the_entry(record: Record, ana: Any) -> None:
    path = f"/my/requests/{denied(record)}"
    assert "I disagree" in text(ana.get("/my/requests"))
    empty = ana.post(path, {"step": "disagree", "text": "x"})
    assert empty.status_code == 400 and b"<details open>" in empty.content
    assert ana.post(path, {"step": "disagree", "text": "a\0b"}).status_code == 400
    assert ana.post(path, {"step": "delete"}).status_code == 400
    said = text(ana.post(path, {"step": "disagree", "text": "I had one cold"}, follow=True))
    assert "Disagreement: I had one cold" in said
    assert ana.post(path, {"step": "disagree", "text": "And again"}).status_code == 409


def test_the_requests_of_others_are_not_there(record: Record, ana: Any) -> None:
    who = Principal(id="bo", roles=frozenset({"patient"}), person="Patient/b.o-1", patient="b.o-1")
    id = requests.receive(record, who, Kind.ACCESS, "b.o-1", "Bo's own matter")
    for step in ("withdraw", "disagree"):
        answer = ana.post(f"/my/requests/{id}", {"step": step, "text": "Not yours"})
        assert answer.status_code == 404 and "Bo" not in text(answer)
    assert desk.case(record, LOCAL, id).is_open
    assert "own matter" not in text(ana.get("/my/requests"))


def test_who_acts_for_another_sees_neither_the_links_nor_the_pages(record: Record) -> None:
    from osler.identity import proxies
    from tests.identity.people import patient as account
    from tests.identity.people import signed_in

    dee = account("dee", patient="b.o-1", person="Patient/b.o-1")
    about = proxies.Patient("ana", "Ana Garcia", date(1961, 5, 2))
    proxies.grant(
        LOCAL, about, account=dee, name="Dee", person="RelatedPerson/r1", kind="carer",
        categories=["clinical"], basis="agreed", ages=proxies.Ages(),
    )  # fmt: skip
    client = signed_in(dee)
    assert all(client.get(path).status_code == 200 for path in OWN)
    client.post("/my/proxies/act/", {"patient": "ana"})
    page = client.get("/my/proxies/").content.decode()
    for path in OWN:
        assert client.get(path).status_code == 403 and f'href="{path}"' not in page


def test_staff_have_no_portal_and_are_offered_none(record: Record) -> None:
    client = staff("nurse")
    page = client.get("/account/").content.decode()
    for path in OWN:
        assert client.get(path).status_code == 403 and f'href="{path}"' not in page


def test_pages_are_kept_nowhere(record: Record, ana: Any) -> None:
    for path in (*OWN, "/my/proxies/"):
        answer = ana.get(path)
        assert (
            "no-store" in answer["Cache-Control"]
            and "script-src" in answer["Content-Security-Policy"]
        )
        assert (
            " style=" not in answer.content.decode() and " onclick=" not in answer.content.decode()
        )
