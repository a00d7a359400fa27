"""The stream over the real server: who is told what, how soon, and when it ends."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Create, Record, Update
from tests.live.conftest import Refused, streaming
from tests.staff.people import patient, staff

pytestmark = pytest.mark.database


def result(id: str = "", patient: str = "ana", value: float = 5.9) -> Any:
    content = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Potassium"},
        "subject": {"reference": f"Patient/{patient}"},
        "valueQuantity": {"value": value, "unit": "mmol/L"},
    }
    return decode(json.dumps(content | ({"id": id} if id else {})).encode())


def here(client: Any, patient: str = "ana", tab: str = "t1", **more: str) -> Any:
    return client.post(
        "/live/here/", {"tab": tab, "patient": patient, **more}, HTTP_ACCEPT="application/json"
    )


@pytest.fixture
def doctor(record: Record) -> Any:
    return staff("physician", person="Practitioner/p1")


@pytest.fixture
def colleague(record: Record) -> Any:
    return staff("physician", name="bea", person="Practitioner/p2", shown="Bea Lind")


def test_a_result_is_announced_and_says_nothing(address: str, record: Record, doctor: Any) -> None:
    assert here(doctor).status_code == 200
    with streaming(address, doctor) as stream:
        stream.until("present", watched=["ana"])
        began = time.monotonic()
        record.commit(LOCAL, [Create(result())])
        told = stream.until("change", type="Observation")
        took = time.monotonic() - began
    assert (told["patient"], told["new"], told["mine"]) == ("ana", True, False)
    assert "Potassium" not in json.dumps(told) and "5.9" not in json.dumps(told)
    assert took < 10  # Usually a third of a second; a busy machine is not the stream's fault.


def test_others_patients_are_not_announced(address: str, record: Record, doctor: Any) -> None:
    here(doctor)
    with streaming(address, doctor) as stream:
        stream.until("present", watched=["ana"])
        record.commit(LOCAL, [Create(result(patient="b.o-1"))])
        record.commit(LOCAL, [Create(result())])
        stream.until("change", patient="ana")
        assert not [data for name, data in stream.seen if data.get("patient") == "b.o-1"]


def test_who_may_not_see_it_is_not_told(address: str, record: Record) -> None:
    clerk = staff("front-desk", name="clerk")
    assert here(clerk).status_code == 200
    with streaming(address, clerk) as stream:
        stream.until("present", watched=["ana"])
        record.commit(LOCAL, [Create(result())])
        record.commit(LOCAL, [Update(decode(_ANA_MOVED))])
        stream.until("change", type="Patient")
        assert [data["type"] for name, data in stream.seen if name == "change"] == ["Patient"]


_ANA_MOVED = (
    b'{"resourceType":"Patient","id":"ana","birthDate":"1961-05-02",'
    b'"name":[{"family":"Garcia-Lind","given":["Ana"]}]}'
)


def test_colleagues_in_a_chart_see_each_other(
    address: str, record: Record, doctor: Any, colleague: Any
) -> None:
    here(doctor)
    with streaming(address, doctor) as stream:
        stream.until("present", people=[])
        here(colleague, doing="problem:c1")
        row = {"patient": "ana", "name": "Bea Lind", "doing": "problem:c1"}
        stream.until("present", people=[row])
        here(colleague, gone="1")
        stream.until("present", people=[])


def test_what_was_missed_comes_with_the_next_stream(
    address: str, record: Record, doctor: Any
) -> None:
    here(doctor)
    with streaming(address, doctor) as stream:
        stream.until("present", watched=["ana"])
        record.commit(LOCAL, [Update(result("one"))])
        cursor = stream.until("change", id="one")["cursor"]
    record.commit(LOCAL, [Update(result("two"))])
    with streaming(address, doctor, **{"Last-Event-ID": cursor}) as stream:
        stream.until("change", id="two")


def test_a_task_finds_its_owner_wherever_they_are(
    address: str, record: Record, doctor: Any, colleague: Any
) -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": "Patient/ana"},
        "owner": {"reference": "Practitioner/p1"},
    }
    with streaming(address, doctor) as stream, streaming(address, colleague) as other:
        stream.until("present", watched=[])
        other.until("present", watched=[])
        record.commit(LOCAL, [Create(decode(json.dumps(task).encode()))])
        assert stream.until("change", type="Task")["forMe"]
        assert other.next(3) is None


def test_a_lock_ends_the_stream_and_the_stream_is_no_use_of_the_session(
    address: str, record: Record, doctor: Any
) -> None:
    from osler.identity.models import Session
    from osler.kit import clock
    from tests.identity.people import session_of

    before = session_of(doctor).last_seen
    Session.objects.filter(pk=session_of(doctor).pk).update(last_seen=before.replace(year=2020))
    with pytest.raises(Refused) as refused, streaming(address, doctor):
        pass
    assert refused.value.status == 401
    assert session_of(doctor).locked is not None  # For it had not been used since 2020.
    now = clock.now()
    Session.objects.filter(pk=session_of(doctor).pk).update(locked=None, last_seen=now)
    with streaming(address, doctor) as stream:
        stream.until("present")
        assert session_of(doctor).last_seen == now
        Session.objects.filter(pk=session_of(doctor).pk).update(locked=now)
        stream.until("closed", wait=40)
        assert stream.next(5) is None


def test_announcing_and_asking_who_is_here_does_not_hold_the_session_open(
    record: Record, doctor: Any
) -> None:
    from tests.identity.people import session_of

    before = session_of(doctor).last_seen
    answer = doctor.post("/live/here/", {"tab": "t", "patient": "ana"}, HTTP_SEC_FETCH_MODE="cors")
    assert answer.status_code == 200 and session_of(doctor).last_seen == before


def test_nobody_and_patients_get_no_stream(address: str, record: Record) -> None:
    from tests.identity.people import browser

    for client, status in ((browser(), 401), (patient(), 403)):
        with pytest.raises(Refused) as refused, streaming(address, client):
            pass
        assert refused.value.status == status


def test_another_site_gets_no_stream(address: str, doctor: Any) -> None:
    with (
        pytest.raises(Refused) as refused,
        streaming(address, doctor, **{"Sec-Fetch-Site": "cross-site"}),
    ):
        pass
    assert refused.value.status == 403


def other_browser() -> Any:
    """One more browser of the doctor's."""
    from osler.identity.models import Account
    from tests.identity import people

    account = Account.objects.get(username="physician")
    people.use_soon(account)
    return people.signed_in(account)


def test_streams_have_a_cap_and_hold_up_nobody(address: str, doctor: Any) -> None:
    from osler.live.door import OF_ONE_ACCOUNT

    with ExitStack() as open_:
        for _ in range(OF_ONE_ACCOUNT):
            open_.enter_context(streaming(address, other_browser())).until("present")
        with pytest.raises(Refused) as refused, streaming(address, other_browser()):
            pass
        # Not an error: browsers would show one in their console on every page.
        assert refused.value.status == 204


def test_a_browser_that_was_closed_leaves_its_place(address: str, doctor: Any) -> None:
    from osler.live.door import OF_ONE_ACCOUNT

    for _ in range(OF_ONE_ACCOUNT + 2):  # Much sooner than the beat that would find them gone.
        with streaming(address, other_browser()) as stream:
            stream.until("present")


def test_a_browser_that_goes_from_page_to_page_always_has_its_stream(
    address: str, doctor: Any
) -> None:
    from osler.live.door import OF_ONE_ACCOUNT

    with ExitStack() as open_:
        streams = [
            open_.enter_context(streaming(address, doctor)) for _ in range(OF_ONE_ACCOUNT + 2)
        ]
        streams[-1].until("present")
        # Those of the pages that were left are over; none waits for the next beat with its thread.
        while streams[0].next(5) is not None:
            pass
        assert streams[0].response.isclosed()


def test_streams_take_no_thread_from_requests(address: str, record: Record) -> None:
    people = [staff("physician", name=f"doctor{number}") for number in range(12)]
    with ExitStack() as open_:
        for one in people:
            open_.enter_context(streaming(address, one)).until("present")
        place = urlsplit(address)
        door = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        door.request("GET", "/health/ready")
        assert door.getresponse().status == 200  # With eight threads for requests, twelve streams.
        door.close()


def test_what_one_missed_is_answered_to_whoever_asks(record: Record, doctor: Any) -> None:
    cursor = here(doctor).json()["cursor"]
    record.commit(LOCAL, [Update(result("asked"))])
    found = here(doctor, since=cursor).json()
    assert ("Observation", "asked") in {(one["type"], one["id"]) for one in found["changes"]}
    assert "Potassium" not in json.dumps(found)
    assert here(doctor, since="x").status_code == 400
    assert here(doctor, patient="nobody").status_code == 404


def test_the_words_are_a_reading_like_any_other(record: Record, doctor: Any) -> None:
    from osler.record import AuditQuery

    record.commit(LOCAL, [Update(result("worded"))])
    before = len(record.audit(LOCAL, AuditQuery(patients=("ana",), count=500)).rows)
    answer = doctor.post("/live/words/", {"item": ["Observation/worded/new", "Observation/no/new"]})
    (said,) = answer.json()["said"]
    assert said["text"] == "New result: Potassium 5.9 mmol/L"
    after = len(record.audit(LOCAL, AuditQuery(patients=("ana",), count=500)).rows)
    assert after == before + 2  # This reading, and that of the audit.
    clerk = staff("front-desk", name="clerk2")
    assert clerk.post("/live/words/", {"item": ["Observation/worded/new"]}).json() == {"said": []}
