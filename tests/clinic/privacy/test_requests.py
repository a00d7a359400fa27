"""A patient's requests and their legal clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from osler.access import LOCAL
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import CLOCKS, Kind
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Record

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def on_the_second_of_march() -> Iterator[None]:
    with clock.frozen(datetime(2026, 3, 2, 9, tzinfo=UTC)):
        yield


def _receive(record: Record, ana: str, kind: Kind = Kind.ACCESS) -> str:
    return requests.receive(record, LOCAL, kind, ana, "A copy of all of it, please")


@pytest.mark.parametrize(
    ("law", "kind", "days"),
    [
        ("us", Kind.ACCESS, 30),
        ("us", Kind.ACCOUNTING, 60),
        ("eu", Kind.ACCESS, 30),
        ("eu", Kind.ERASURE, 30),
        ("us", Kind.CONFIDENTIAL, 10),
    ],
)
def test_the_clock_is_the_laws(record: Record, ana: str, law: str, kind: Kind, days: int) -> None:
    id = requests.receive(record, LOCAL, kind, ana, "please", law=law)
    assert desk.case(record, LOCAL, id).due == DAY + timedelta(days=days)


def test_the_clock_runs_from_receipt(record: Record, ana: str) -> None:
    early = DAY - timedelta(days=5)
    id = requests.receive(record, LOCAL, Kind.ACCESS, ana, "by post", received=early)
    assert desk.case(record, LOCAL, id).due == early + timedelta(days=30)


def test_one_extension_with_its_reason(record: Record, ana: str) -> None:
    id = _receive(record, ana)
    assert requests.extend(record, LOCAL, id, "Old films are in the archive") == DAY + timedelta(60)
    with pytest.raises(Conflict, match="cannot be extended"):
        requests.extend(record, LOCAL, id, "and again")
    found = desk.case(record, LOCAL, id)
    assert found.due == DAY + timedelta(days=60)
    assert "Old films" in ((found.task.note or [])[-1].text or "")


def test_an_extension_comes_too_late_after_the_due_day(record: Record, ana: str) -> None:
    id = _receive(record, ana)
    with clock.frozen(datetime(2026, 4, 20, tzinfo=UTC)):
        assert desk.case(record, LOCAL, id).overdue(desk.today())
        with pytest.raises(Conflict, match="was due"):
            requests.extend(record, LOCAL, id, "too late")


def test_granted_denied_withdrawn(record: Record, ana: str) -> None:
    for close, status in (
        (requests.grant, "completed"),
        (requests.deny, "rejected"),
        (requests.withdraw, "cancelled"),
    ):
        id = _receive(record, ana)
        requests.start(record, LOCAL, id)
        close(record, LOCAL, id, "Sent on a USB stick")
        found = desk.case(record, LOCAL, id)
        assert found.task.status == status
        assert desk.texts(found.task, "answer") == ["Sent on a USB stick"]
        with pytest.raises(Conflict, match="closed"):
            requests.grant(record, LOCAL, id, "again")


def test_what_is_due_first_comes_first_and_closed_ones_are_left_out(
    record: Record, ana: str
) -> None:
    later = requests.receive(record, LOCAL, Kind.ACCOUNTING, ana, "who got it")
    sooner = _receive(record, ana)
    done = _receive(record, ana)
    requests.grant(record, LOCAL, done, "done")
    assert [one.id for one in desk.cases(record, LOCAL, patient=ana)] == [sooner, later]
    everything = desk.cases(record, LOCAL, patient=ana, closed=True)
    assert {one.id for one in everything} == {sooner, later, done}


@pytest.mark.parametrize("text", ["", "  ", "x"])
def test_an_empty_request_is_refused(record: Record, ana: str, text: str) -> None:
    with pytest.raises(Invalid, match="missing"):
        requests.receive(record, LOCAL, Kind.ACCESS, ana, text)


def test_what_no_patient_asks_for(record: Record, ana: str) -> None:
    with pytest.raises(Invalid, match="not a request"):
        requests.receive(record, LOCAL, Kind.BREACH, ana, "please")
    with pytest.raises(Invalid, match="still to come"):
        requests.receive(
            record, LOCAL, Kind.ACCESS, ana, "please", received=DAY + timedelta(days=1)
        )


def test_another_officers_change_is_not_overwritten(record: Record, ana: str) -> None:
    id = _receive(record, ana)
    mine = desk.open_case(record, LOCAL, id)
    requests.start(record, LOCAL, id)
    desk.log(mine.task, LOCAL, "I did not see that")
    with pytest.raises(Exception, match="someone changed it"):
        desk.save(record, LOCAL, mine)


def test_other_tasks_are_not_of_the_desk(record: Record, ana: str) -> None:
    from osler.record import Create
    from tests.record.cast import made

    other = made(resourceType="Task", status="requested", intent="order", description="Call back")
    version = record.commit(LOCAL, [Create(other)])[0].version
    assert version is not None
    with pytest.raises(NotFound):
        desk.case(record, LOCAL, version.id)


def test_every_kind_has_a_clock_under_each_law() -> None:
    for law in CLOCKS.values():
        assert set(law) >= set(Kind) - {Kind.NOTIFICATION}
