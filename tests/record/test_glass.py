"""Breaking the glass: for whom, for how long, with what trace, and what it opens."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Invalid, NotAllowed, NotFound, OslerError, TooCostly
from osler.record import Record
from osler.search.parse import parse
from tests.record.staff import (
    ANA,
    BOB,
    DESK,
    OFFICER,
    OWN,
    STRANGER,
    person,
    practice,
    put,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REASON = "Brought in unconscious, needs medication list"


@pytest.fixture
def record(fresh_database: Database) -> Record:
    with clock.frozen(NOW - timedelta(days=1)):
        return practice(Record(fresh_database, base_url="http://localhost/fhir"))


def sees(record: Record, principal: Any, id: str = "bob-weight") -> bool:
    try:
        record.read(principal, "Observation", id)
    except NotFound:
        return False
    return True


def rows(record: Record, what: str) -> list[tuple[Any, ...]]:
    with record.database.connection() as conn:
        return conn.execute(what).fetchall()


def test_it_opens_one_chart_until_the_time_is_over(record: Record) -> None:
    put(record, person("eve"))
    with clock.frozen(NOW):
        assert not sees(record, OWN)
        glass = record.break_glass(OWN, "bob", REASON, 30)
        assert (glass.patient, glass.expires) == ("bob", NOW + timedelta(minutes=30))
        assert sees(record, OWN)
        assert [one.id for one in record.glass(OWN)] == [glass.id]
    with clock.frozen(NOW + timedelta(minutes=30) - timedelta(microseconds=1)):
        assert sees(record, OWN)
    with clock.frozen(NOW + timedelta(minutes=30)):
        assert not sees(record, OWN)
        assert record.glass(OWN) == []
    with clock.frozen(NOW - timedelta(seconds=1)):
        assert not sees(record, OWN)


def test_it_opens_nothing_for_others_and_nothing_to_write(record: Record) -> None:
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON)
        assert not sees(record, replace(OWN, id="colleague"))
        from osler.record import Delete

        with pytest.raises((NotAllowed, NotFound)):
            record.commit(OWN, [Delete("Observation", "bob-weight")])


def test_it_can_be_ended_before_its_time(record: Record) -> None:
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON)
        assert record.end_glass(OWN, "bob")
        assert not sees(record, OWN)
        assert not record.end_glass(OWN, "bob")
        record.break_glass(OWN, "bob", "Another reason to look")
        with pytest.raises(NotAllowed):
            record.end_glass(DESK, "bob", OWN.id)
        assert record.end_glass(OFFICER, "bob", OWN.id)
        assert not sees(record, OWN)


@pytest.mark.parametrize(
    "reason", ["", "urgent", "aaaaaaaaaaaaaaa", "          a b      ", "x" * 3000]
)
def test_a_reason_must_say_something(record: Record, reason: str) -> None:
    with pytest.raises(Invalid):
        record.break_glass(OWN, "bob", reason)
    assert not sees(record, OWN)


@pytest.mark.parametrize("minutes", [0, -5, 241, 10**9])
def test_the_time_is_limited(record: Record, minutes: int) -> None:
    with pytest.raises(Invalid, match="minutes"):
        record.break_glass(OWN, "bob", REASON, minutes)


@pytest.mark.parametrize("principal", [DESK, ANA, BOB, STRANGER, OFFICER], ids=lambda p: p.id)
def test_only_who_treats_patients_may(record: Record, principal: Any) -> None:
    with pytest.raises(NotAllowed):
        record.break_glass(principal, "bob", REASON)


def test_not_the_own_chart_and_no_absent_patient(record: Record) -> None:
    with pytest.raises(NotAllowed, match="own chart"):
        record.break_glass(replace(OWN, own_patient="bob"), "bob", REASON)
    with pytest.raises(NotFound):
        record.break_glass(OWN, "nobody", REASON)
    assert rows(record, "SELECT outcome FROM audit WHERE action = 'break-glass' ORDER BY seq") == [
        ("forbidden",),
        ("not-found",),
    ]
    assert rows(record, "SELECT count(*) FROM break_glass") == [(0,)]


def test_longer_takes_another_reason(record: Record) -> None:
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON)
        with pytest.raises(Invalid, match="anew"):
            record.break_glass(OWN, "bob", f"  {REASON.upper()} ")
        second = record.break_glass(OWN, "bob", "Still here, results came in", 90)
        assert [one.id for one in record.glass(OWN)] == [second.id]


def test_there_are_limits(record: Record) -> None:
    put(record, *(person(f"p{n}") for n in range(6)))
    with clock.frozen(NOW):
        for n in range(5):
            record.break_glass(OWN, f"p{n}", REASON)
        with pytest.raises(TooCostly, match="5 charts"):
            record.break_glass(OWN, "p5", REASON)
        for n in range(15):
            record.end_glass(OWN, "p0")
            record.break_glass(OWN, "p0", f"Reason number {n}")
        record.end_glass(OWN, "p0")
        with pytest.raises(TooCostly, match="20 times"):
            record.break_glass(OWN, "p0", REASON)
    with clock.frozen(NOW + timedelta(days=1, minutes=1)):
        record.break_glass(OWN, "p0", REASON)


def test_a_task_asks_the_privacy_officer_to_review_it(record: Record) -> None:
    with clock.frozen(NOW):
        glass = record.break_glass(OWN, "bob", REASON)
        task = json.loads(record.read(OFFICER, "Task", glass.task).content)
    assert task["for"] == {"reference": "Patient/bob"}
    assert task["requester"] == {"reference": "Practitioner/dr"}
    assert task["performerType"][0]["coding"][0]["code"] == "privacy-officer"
    assert task["reasonCode"]["text"] == REASON
    assert task["status"] == "requested"
    assert [one.id for one in record.glass_log(OFFICER)] == [glass.id]
    with pytest.raises(NotAllowed):
        record.glass_log(OWN)


def test_a_review_completes_it(record: Record) -> None:
    with clock.frozen(NOW):
        glass = record.break_glass(OWN, "bob", REASON)
        with pytest.raises(NotAllowed):
            record.review_glass(DESK, glass.id, "fine")
        with pytest.raises(Invalid):
            record.review_glass(OFFICER, glass.id, "  ")
        with pytest.raises(NotFound):
            record.review_glass(OFFICER, "nothing", "fine")
        record.review_glass(OFFICER, glass.id, "Justified: emergency of 1 March")
        with pytest.raises(Invalid, match="already"):
            record.review_glass(OFFICER, glass.id, "again")
    task = json.loads(record.read(LOCAL, "Task", glass.task).content)
    assert task["status"] == "completed"
    assert task["note"][0]["text"].startswith("Justified")
    assert record.glass_log(OFFICER) == []
    assert record.glass_log(OFFICER, "bob")[0].reviewed_by == "officer"


def test_nobody_reviews_the_own(record: Record) -> None:
    both = replace(OWN, roles=OWN.roles | OFFICER.roles)
    glass = record.break_glass(both, "bob", REASON)
    with pytest.raises(NotAllowed, match="yourself"):
        record.review_glass(both, glass.id, "fine")


def test_the_trace_says_emergency_of_that_patient_alone(record: Record) -> None:
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON)
        record.read(OWN, "Observation", "bob-weight")
        record.read(OWN, "Observation", "ana-weight")
        record.search(OWN, parse("Observation", [("patient", "bob")], record.registry))
        record.search(OWN, parse("Observation", [("patient", "ana")], record.registry))
        record.history(OWN, "Observation", "bob-weight")
    found = rows(
        record,
        "SELECT action, patients, emergency FROM audit WHERE actor = 'doctor' ORDER BY seq",
    )
    assert found == [
        ("break-glass", ["bob"], True),
        ("read", ["bob"], True),
        ("read", ["ana"], False),
        ("search-type", ["bob"], True),
        ("search-type", ["ana"], False),
        ("history", ["bob"], True),
    ]
    (opened,) = rows(record, "SELECT purpose, detail FROM audit WHERE action = 'break-glass'")
    assert opened == ("BTG", f"60 minutes: {REASON}")


def test_the_patient_finds_it_in_the_log(record: Record) -> None:
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON)
    looks = record.who_looked(BOB, "bob")
    assert any(look.emergency and look.actor == "doctor" for look in looks)


def test_while_it_ends_nobody_reads_on(record: Record) -> None:
    """Reads on several threads while the time runs out: after it, not one succeeds."""
    with clock.frozen(NOW):
        record.break_glass(OWN, "bob", REASON, 1)
    at = [NOW]
    outcomes: list[tuple[datetime, bool]] = []
    before = clock._now
    clock._now = lambda: at[0]
    try:

        def read() -> None:
            for _ in range(12):
                asked = at[0]
                outcomes.append((asked, sees(record, OWN)))

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        at[0] = NOW + timedelta(seconds=61)
        for thread in threads:
            thread.join()
        assert not sees(record, OWN)
    finally:
        clock._now = before
    late = [seen for asked, seen in outcomes if asked > NOW + timedelta(seconds=60)]
    assert not any(late)


def test_two_at_once_keep_the_limit(record: Record) -> None:
    put(record, *(person(f"p{n}") for n in range(8)))
    errors: list[OslerError] = []

    def open(n: int) -> None:
        try:
            record.break_glass(OWN, f"p{n}", REASON)
        except OslerError as error:
            errors.append(error)

    threads = [threading.Thread(target=open, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(record.glass(OWN)) == 5
    assert len(errors) == 3
