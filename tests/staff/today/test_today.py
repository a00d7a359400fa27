"""Today says who comes, who is where, and what waits for the person who signed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from osler.access import LOCAL
from osler.clinic.today import day
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Record, Update
from tests.staff.people import staff, text

pytestmark = pytest.mark.database
NOW = datetime(2030, 11, 18, 15, 0, tzinfo=UTC)


def appointment(id: str, patient: str, hour: int, status: str, who: str = "p1") -> str:
    start = NOW.replace(hour=hour).isoformat()
    end = (NOW.replace(hour=hour) + timedelta(minutes=20)).isoformat()
    return (
        f'{{"resourceType":"Appointment","id":"{id}","status":"{status}","start":"{start}","end":"{end}",'
        f'"minutesDuration":20,"description":"Reason {id}","participant":['
        f'{{"actor":{{"reference":"Patient/{patient}"}},"status":"accepted"}},'
        f'{{"actor":{{"reference":"Practitioner/{who}","display":"Ada Osei"}},"status":"accepted"}}]}}'
    )


def encounter(id: str, patient: str, of: str, status: str, minutes: int, room: str = "") -> str:
    since = (NOW - timedelta(minutes=minutes)).isoformat()
    place = (
        f'"location":[{{"location":{{"display":"{room}"}},"status":"active","period":{{"start":"{since}"}}}}],'
        if room
        else ""
    )
    return (
        f'{{"resourceType":"Encounter","id":"{id}","status":"{status}",{place}'
        '"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},'
        f'"subject":{{"reference":"Patient/{patient}"}},"appointment":[{{"reference":"Appointment/{of}"}}],'
        f'"statusHistory":[{{"status":"{status}","period":{{"start":"{since}"}}}}]}}'
    )


@pytest.fixture
def clinic(record: Record) -> Record:
    made = [
        appointment("a-done", "ana", 9, "fulfilled"),
        appointment("a-room", "ana", 14, "checked-in"),
        appointment("a-here", "b.o-1", 15, "arrived"),
        appointment("a-late", "ana", 13, "booked"),
        appointment("a-soon", "ana", 17, "booked", "p2"),
        appointment("a-off", "ana", 16, "cancelled"),
        encounter("e-room", "ana", "a-room", "arrived", 12, "Room 3"),
        encounter("e-with", "b.o-1", "a-here", "in-progress", 5),
        '{"resourceType":"Practitioner","id":"p2","name":[{"family":"Two"}]}',
        (
            '{"resourceType":"Composition","id":"n1","status":"preliminary","title":"Progress note",'
            '"date":"2030-11-17T10:00:00Z","type":{"text":"Progress note"},"subject":{"reference":"Patient/ana"},'
            '"author":[{"reference":"Practitioner/p1"}]}'
        ),
        (
            '{"resourceType":"Communication","id":"m1","status":"completed","sent":"2030-11-18T10:00:00Z",'
            '"subject":{"reference":"Patient/ana"},"recipient":[{"reference":"Practitioner/p1"}],'
            '"sender":{"reference":"Patient/ana","display":"Ana Garcia"},"payload":[{"contentString":"May I fly?"}]}'
        ),
        (
            '{"resourceType":"Task","id":"t1","status":"requested","intent":"order","description":"Call the pharmacy",'
            '"for":{"reference":"Patient/ana"},"owner":{"reference":"Practitioner/p1"},'
            '"restriction":{"period":{"end":"2030-11-10"}}}'
        ),
    ]
    # The staff first: others refer to them.
    made.sort(key=lambda one: "Practitioner" not in one[:40])
    record.commit(LOCAL, [Update(decode(one.encode())) for one in made])
    return record


@pytest.fixture(autouse=True)
def three_in_the_afternoon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_where_each_patient_is(clinic: Record) -> None:
    found = {one.appointment: one for one in day(clinic, LOCAL, NOW.date(), UTC).visits}
    states = {id: one.state for id, one in found.items()}
    assert states == {
        "a-done": "done",
        "a-late": "expected",
        "a-room": "roomed",
        "a-here": "with",
        "a-soon": "expected",
    }
    assert (found["a-room"].room, found["a-room"].minutes) == ("Room 3", 12)
    assert found["a-here"].minutes == 5
    assert found["a-late"].late
    assert not found["a-soon"].late


def test_a_day_is_the_practices_day(clinic: Record) -> None:
    assert not day(clinic, LOCAL, NOW.date() - timedelta(days=1), UTC).visits


def test_a_doctor_sees_their_own_day_and_what_waits(clinic: Record) -> None:
    client = staff("physician", name="ada", person="Practitioner/p1")
    page = text(client.get("/today/"))
    assert "Reason a-late" in page
    assert "Reason a-soon" not in page  # Another clinician's.
    assert "Room 3" in page
    for waits in ("Progress note", "May I fly?", "Call the pharmacy", "overdue since Nov 10, 2030"):
        assert waits in page, waits
    assert "Reason a-soon" in text(client.get("/today/?show=all"))
    counts = client.get("/live/counts/").json()
    assert counts == {"results-inbox": 0, "notes": 1, "tasks": 1, "messages": 1}


def test_it_is_the_page_after_signing_in(clinic: Record) -> None:
    answer = staff("nurse").get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/today/")


def test_no_patient_has_a_staff_day(clinic: Record) -> None:
    from tests.staff.people import patient

    assert patient().get("/today/").status_code == 403


@pytest.mark.parametrize("role", ["front-desk", "biller", "lab", "system-admin", "privacy-officer"])
def test_every_role_has_a_day_without_an_error(clinic: Record, role: str) -> None:
    assert staff(role).get("/today/").status_code == 200


def test_who_is_in_the_house_has_their_vitals_one_click_away(clinic: Record) -> None:
    def offered(role: str) -> int:
        said = staff(role, name=role, person="Practitioner/p1").get("/today/?show=all")
        return str(said.content.decode()).count("/vitals/new/")

    assert (
        offered("nurse") == 2
    )  # One in a room, one with the clinician; not who is still expected.
    assert offered("front-desk") == 0


def test_a_kind_and_a_reason_of_the_same_words_are_said_once(clinic: Record) -> None:
    visit = next(
        one for one in day(clinic, LOCAL, NOW.date(), UTC).visits if one.appointment == "a-room"
    )
    assert (
        replace(visit, kind="Annual physical", reason="annual physical").what == "Annual physical"
    )
    assert replace(visit, kind="Follow-up", reason="Asthma").what == "Follow-up · Asthma"
