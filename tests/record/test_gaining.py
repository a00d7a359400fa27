"""Nobody comes to see more by what they write, by where they look, or by what somebody else has labelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from osler.access import LOCAL, Grant, Principal, Role
from osler.kit.errors import NotAllowed, NotFound
from osler.record import Everything, Record, Update
from tests.record.cast import made, observation
from tests.record.staff import (
    CLERK,
    DOCTOR,
    LABELS,
    OFFICER,
    OWN,
    person,
    practice,
    proxy,
    put,
)

ASSISTANT = Principal(id="ma", roles=frozenset({"medical-assistant"}), person="Practitioner/desk")


@pytest.fixture
def record(fresh_database: Any) -> Record:
    return practice(Record(fresh_database))


def labelled(code: str) -> dict[str, Any]:
    return {"security": [{"system": LABELS, "code": code}]}


def sees(record: Record, who: Principal, type: str, id: str) -> bool:
    try:
        record.read(who, type, id)
    except NotFound:
        return False
    return True


def appointment(id: str, *actors: str, **more: Any) -> Any:
    return made(
        resourceType="Appointment",
        id=id,
        status="booked",
        start="2026-12-01T10:00:00Z",
        end="2026-12-01T10:30:00Z",
        participant=[{"actor": {"reference": one}, "status": "accepted"} for one in actors],
        **more,
    )


def consent(id: str, patient: str, **provision: Any) -> Any:
    return made(
        resourceType="Consent",
        id=id,
        status="active",
        scope={"coding": [{"code": "patient-privacy"}]},
        category=[{"text": "privacy"}],
        patient={"reference": f"Patient/{patient}"},
        policyRule={"text": "x"},
        provision=provision,
    )


def task(code: str, focus: str) -> Any:
    return made(
        resourceType="Task",
        id="task",
        status="requested",
        intent="order",
        code={"coding": [{"system": "urn:osler:task", "code": code}]},
        focus={"reference": focus},
        **{"for": {"reference": "Patient/bob"}},
    )


# ---- by writing


def test_an_appointment_with_two_patients_opens_no_second_chart(record: Record) -> None:
    assert sees(record, OWN, "Patient", "bob")
    assert not sees(record, OWN, "Observation", "bob-weight")
    with pytest.raises(NotAllowed):
        record.commit(
            OWN, [Update(appointment("two", "Patient/ana", "Patient/bob", "Practitioner/dr"))]
        )
    put(record, appointment("one", "Patient/ana", "Practitioner/dr"))
    with pytest.raises(NotAllowed):
        record.commit(
            OWN, [Update(appointment("one", "Patient/ana", "Patient/bob", "Practitioner/dr"))]
        )
    assert not sees(record, OWN, "Observation", "bob-weight")


def test_who_sees_both_patients_books_both(record: Record) -> None:
    both = appointment("two", "Patient/ana", "Patient/bob", "Practitioner/dr")
    assert record.commit(DOCTOR, [Update(both)])[0].status == "created"
    moved = appointment(
        "two", "Patient/ana", "Patient/bob", "Practitioner/dr", description="moved"
    )  # Now also hers.
    assert record.commit(OWN, [Update(moved)])[0].status == "updated"


def test_what_makes_the_relation_can_be_changed_and_ended_by_whom_it_relates(
    record: Record,
) -> None:
    put(record, person("cy"), observation("cy", "cy-weight"))
    visit: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": "visit",
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/cy"},
        "participant": [{"individual": {"reference": "Practitioner/dr"}}],
    }
    put(record, made(**visit))
    assert sees(record, OWN, "Observation", "cy-weight")
    done = {**visit, "status": "finished"}
    also = observation("cy", "cy-height")
    statuses = [one.status for one in record.commit(OWN, [Update(made(**done)), Update(also)])]
    assert statuses == ["updated", "created"]
    left = {**done, "participant": [{"individual": {"reference": "Practitioner/house"}}]}
    assert record.commit(OWN, [Update(made(**left))])[0].status == "updated"
    assert not sees(record, OWN, "Observation", "cy-weight")
    with pytest.raises(NotAllowed):
        record.commit(OWN, [Update(made(**done))])


def test_so_can_an_appointment(record: Record) -> None:
    put(record, appointment("first", "Patient/bob", "Practitioner/dr"))
    assert sees(record, OWN, "Observation", "bob-weight")
    moved = appointment("first", "Patient/bob", "Practitioner/dr", description="moved")
    assert record.commit(OWN, [Update(moved)])[0].status == "updated"


def test_no_task_becomes_a_request_that_opens_what_it_names(record: Record) -> None:
    put(record, task("other", "Observation/bob-weight"))
    assert not sees(record, OFFICER, "Observation", "bob-weight")
    with pytest.raises(NotAllowed, match=r"Task\.code"):
        record.commit(OFFICER, [Update(task("amendment-request", "Observation/bob-weight"))])
    assert not sees(record, OFFICER, "Observation", "bob-weight")


def test_the_glass_of_a_second_chart_of_ones_own_stays_whole(record: Record) -> None:
    link = [{"other": {"reference": "Patient/first"}, "type": "seealso"}]
    put(record, person("first"), person("second", link=link), observation("second", "mine"))
    me = replace(DOCTOR, own_patient="first")
    assert not sees(record, me, "Observation", "mine")
    with pytest.raises(NotAllowed, match="your own chart"):
        record.break_glass(me, "second", "an emergency of somebody's")
    assert not sees(record, me, "Observation", "mine")


# ---- files


def document(label: str | None = None, id: str = "letter") -> Any:
    return made(
        resourceType="DocumentReference",
        id=id,
        status="current",
        subject={"reference": "Patient/bob"},
        content=[{"attachment": {"url": "Binary/scan"}}],
        **({"meta": labelled(label)} if label else {}),
    )


@pytest.fixture
def scan() -> Any:
    return made(resourceType="Binary", id="scan", contentType="text/plain", data="SGFsbG8=")


@pytest.mark.parametrize("together", [True, False])
def test_a_file_is_as_closed_as_its_document(record: Record, scan: Any, together: bool) -> None:
    if together:
        put(record, scan, document("SUD"))
    else:
        put(record, scan)
        put(record, document("SUD"))
    assert not sees(record, ASSISTANT, "DocumentReference", "letter")
    assert not sees(record, ASSISTANT, "Binary", "scan")
    assert sees(record, DOCTOR, "Binary", "scan")
    streamed = {one.id for one in record.everything(ASSISTANT, "bob", Everything()).versions}
    assert "bob-weight" in streamed
    assert "scan" not in streamed


def test_a_file_is_closed_with_its_document_later(record: Record, scan: Any) -> None:
    put(record, scan, document())
    assert sees(record, ASSISTANT, "Binary", "scan")
    put(record, document("SUD"))
    assert not sees(record, ASSISTANT, "Binary", "scan")
    assert b"SGFsbG8=" in record.read(DOCTOR, "Binary", "scan").content


# ---- by looking elsewhere


def test_what_only_the_history_hides_no_way_of_reading_shows(record: Record) -> None:
    old = frozenset({"history", "vread"})
    grant = Grant(types=("Patient",), interactions=old, hidden=("Patient.telecom",))
    record.save_role(LOCAL, Role("clerk", "Clerk", grants=(grant,)))
    assert b"555" not in record.history(CLERK, "Patient", "bob").entries[0].content
    assert b"555" not in record.vread(CLERK, "Patient", "bob", 1).content


def test_why_says_nothing_of_a_note_that_broken_glass_does_not_open(record: Record) -> None:
    put(record, observation("bob", "note", meta=labelled("PSYTHPN")))
    record.break_glass(DOCTOR, "bob", "a real emergency here now")
    there, absent = (record.why(DOCTOR, "Observation", id) for id in ("note", "nothing"))
    assert (there.glass, there.allowed) == (absent.glass, absent.allowed) == (False, ())


# ---- consents


def test_no_consent_opens_to_parents_what_is_confidential_from_them(record: Record) -> None:
    put(record, observation("ana", "secret", meta=labelled("ADOL")))
    label = [{"system": LABELS, "code": "ADOL"}]
    put(record, consent("yes", "ana", type="permit", securityLabel=label))
    assert not sees(record, proxy(None, "clinical"), "Observation", "secret")
    assert sees(record, proxy(None, "clinical"), "Observation", "ana-weight")


def test_no_consent_keeps_a_patients_request_from_the_privacy_desk(record: Record) -> None:
    put(record, task("restriction-request", "Observation/bob-weight"))
    put(record, consent("no", "bob", type="deny"))
    assert sees(record, OFFICER, "Task", "task")
    assert not sees(record, DOCTOR, "Task", "task")


# ---- what is kept in memory


def test_what_was_decided_ends_with_the_write_that_ends_it(record: Record) -> None:
    assert sees(record, OWN, "Observation", "ana-weight")
    put(record, person("ana"))  # No longer Dr. Own's.
    assert not sees(record, OWN, "Observation", "ana-weight")
    assert sees(record, DOCTOR, "Observation", "ana-weight")
    put(record, consent("no", "ana", type="deny"))
    assert not sees(record, DOCTOR, "Observation", "ana-weight")


def test_in_another_process_after_a_second(record: Record, fresh_database: Any) -> None:
    import time

    other = Record(fresh_database)
    assert sees(record, OWN, "Observation", "ana-weight")
    put(other, person("ana"))
    time.sleep(1.1)
    assert not sees(record, OWN, "Observation", "ana-weight")
