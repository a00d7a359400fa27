"""From Today a visit goes on by one click, and back; two people do not overwrite each other; a task is ticked off."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.today import day, moving
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed
from osler.record import Record, Update
from osler.record.changing import DAY, Change, concerns
from tests.record.cast import made
from tests.staff.people import staff, text

pytestmark = pytest.mark.database
NOW = datetime(2031, 3, 3, 15, 0, tzinfo=UTC)
NURSE = Principal(id="n", roles=frozenset({"nurse"}), person="Practitioner/p1")
DESK = Principal(id="d", roles=frozenset({"front-desk"}), person="Practitioner/p1")
_NUMBER = count()
FROM = "http://localhost/today/?show=all"


class Clock:
    """Time that a test moves on."""

    now = NOW

    def pass_(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
def time(record: Record, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """After `record`: models keep the clock that they were made with."""
    one = Clock()
    monkeypatch.setattr(clock, "now", lambda: one.now)
    return one


@pytest.fixture
def visit(record: Record) -> str:
    """An appointment of ana's this afternoon, in Room 2; there are two rooms."""
    id = f"mv-{next(_NUMBER)}"
    room = {"coding": [{"code": "ro"}]}
    rooms = [
        made(resourceType="Location", id=f"room-{n}", status="active", name=f"Room {n}", physicalType=room)
        for n in (1, 2)
    ]  # fmt: skip
    actors = ("Patient/ana", "Practitioner/p1", "Location/room-2")
    parts = [{"actor": {"reference": one}, "status": "accepted"} for one in actors]
    booked = made(
        resourceType="Appointment", id=id, status="booked", description="Cough",
        start=NOW.isoformat(), end=(NOW + timedelta(minutes=20)).isoformat(), participant=parts,
    )  # fmt: skip
    record.commit(LOCAL, [Update(one) for one in (*rooms, booked)])
    return id


def seen(record: Record, id: str, who: Principal = LOCAL) -> Any:
    found = day(record, who, NOW.date(), UTC)
    return next(one for one in found.visits if one.appointment == id)


def go(record: Record, id: str, to: str, who: Principal = NURSE, room: str = "") -> Any:
    now = seen(record, id, who)
    versions = (now.version, now.encounter_version)
    place = r4.Reference(reference=room, display="Room") if room else None
    return moving.move(record, who, moving.Move(id, to, versions, place))


def met(record: Record, id: str) -> Any:
    return decode(record.read(LOCAL, "Encounter", seen(record, id).encounter).content)


def booked(record: Record, id: str) -> Any:
    return decode(record.read(LOCAL, "Appointment", id).content)


def test_a_visit_from_the_door_to_the_end(record: Record, visit: str, time: Clock) -> None:
    go(record, visit, "arrived", DESK)
    assert booked(record, visit).status == "arrived"
    time.pass_(12)
    assert (seen(record, visit).state, seen(record, visit).minutes) == ("arrived", 12)
    go(record, visit, "roomed", room="Location/room-2")
    time.pass_(4)
    now = seen(record, visit)
    assert (now.state, now.room, now.minutes) == ("roomed", "Room", 4)
    assert booked(record, visit).status == "checked-in"
    go(record, visit, "with")
    time.pass_(15)
    assert (seen(record, visit).state, seen(record, visit).minutes) == ("with", 15)
    go(record, visit, "done")
    one = met(record, visit)
    assert (one.status, booked(record, visit).status) == ("finished", "fulfilled")
    assert [part.status for part in one.statusHistory] == ["arrived", "in-progress"]
    assert [place.status for place in one.location] == ["completed"]
    came = datetime.fromisoformat(one.period.start)
    assert datetime.fromisoformat(one.period.end) - came == timedelta(minutes=31)
    assert one.participant[0].individual.reference == "Practitioner/p1"


def test_the_desk_moves_the_appointment_alone(record: Record, visit: str) -> None:
    with pytest.raises(NotAllowed):
        go(record, visit, "roomed", DESK)
    go(record, visit, "noshow", DESK)
    assert seen(record, visit).state == "noshow"
    go(record, visit, "arrived", DESK)
    go(record, visit, "roomed", room="Location/room-1")
    mine = seen(record, visit, DESK)
    assert (mine.state, mine.room, mine.minutes) == ("roomed", "", None)
    assert moving.rights(record, DESK).steps("roomed") == ()


def test_back_leaves_no_visit_under_way(record: Record, visit: str) -> None:
    go(record, visit, "arrived")
    go(record, visit, "roomed", room="Location/room-1")
    go(record, visit, "arrived")
    assert [place.status for place in met(record, visit).location] == ["completed"]
    go(record, visit, "expected")
    assert (seen(record, visit).state, met(record, visit).status) == ("expected", "planned")
    assert met(record, visit).period is None
    assert booked(record, visit).participant[0].period is None


def test_another_room_keeps_the_clinician(record: Record, visit: str) -> None:
    go(record, visit, "arrived")
    go(record, visit, "roomed", room="Location/room-1")
    go(record, visit, "with")
    go(record, visit, "with", room="Location/room-2")
    one = met(record, visit)
    assert one.status == "in-progress"
    assert [(p.location.reference, p.status) for p in one.location] == [
        ("Location/room-1", "completed"),
        ("Location/room-2", "active"),
    ]


def test_who_was_slower_overwrites_nothing(record: Record, visit: str) -> None:
    before = seen(record, visit, NURSE)
    go(record, visit, "noshow", DESK)
    late = moving.Move(visit, "arrived", (before.version, before.encounter_version))
    with pytest.raises(Conflict, match="moved this visit meanwhile"):
        moving.move(record, NURSE, late)
    assert seen(record, visit).state == "noshow"
    with pytest.raises(Invalid):
        go(record, visit, "done")


def test_the_best_room_first() -> None:
    rooms = [moving.Room(f"Location/{n}", f"Room {n}", "Location/site") for n in (1, 2, 3)]
    other = moving.Room("Location/9", "Room 9", "Location/far")

    def order(planned: str, *taken: str) -> list[str]:
        found = moving.suggested([*rooms, other], planned, taken)
        return [one.ref.removeprefix("Location/") for one in found]

    assert order("Location/2") == ["2", "1", "3"]
    assert order("Location/2", "Location/2", "Location/1") == ["3", "2", "1"]
    assert order("") == ["1", "2", "3", "9"]
    assert order("Location/site") == ["1", "2", "3"]


# ---- by the page


def fields(client: Any, visit: str, to: str) -> tuple[str, dict[str, str]]:
    """Where and what the button of a visit posts."""
    page = client.get("/today/?show=all").content.decode()
    form = page.split(f'action="/today/visit/{visit}/"')[1].split("</form>")[0]
    version = re.search(r'name="version" value="([^"]+)"', form)
    assert version is not None
    values = map(html.unescape, re.findall(r'name="to" value="([^"]+)"', form))
    value = next(one for one in values if one.split(" ")[0] == to)
    return f"/today/visit/{visit}/", {"version": version[1], "to": value}


def press(client: Any, visit: str, to: str) -> Any:
    return client.post(*fields(client, visit, to), headers={"referer": FROM})


def undo(client: Any) -> Any:
    """Press Undo on the toast of the last save."""
    page = client.get("/today/?show=all").content.decode()
    toast = page.split('class="toasts"')[1]
    form = re.search(r'<form[^>]*action="([^"]+)"(.*?)</form>', toast, re.DOTALL)
    assert form is not None, text(client.get("/today/"))
    values = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
    return client.post(form[1], values)


def test_one_click_and_undo(record: Record, visit: str, time: Clock) -> None:
    client = staff("nurse", name="mona", person="Practitioner/p1")
    answer = press(client, visit, "arrived")
    assert (answer.status_code, answer["Location"]) == (303, f"{FROM}#v-{visit}")
    time.pass_(3)
    assert press(client, visit, "roomed").status_code == 303
    assert (seen(record, visit).state, seen(record, visit).room) == ("roomed", "Room 2")
    time.pass_(1)
    assert undo(client).status_code in (302, 303)
    assert seen(record, visit).state == "arrived"
    assert met(record, visit).location is None


def test_undo_of_an_arrival_by_the_desk(record: Record, visit: str) -> None:
    client = staff("front-desk", name="becky", person="Practitioner/p1")
    press(client, visit, "arrived")
    assert undo(client).status_code in (302, 303)
    assert booked(record, visit).status == "booked"
    assert "With clinician" not in text(client.get("/today/?show=all"))


def test_a_step_back_is_no_button_beside_the_visit(record: Record, visit: str) -> None:
    go(record, visit, "arrived", DESK)
    page = staff("front-desk", name="bo", person="Practitioner/p1").get("/today/?show=all")
    form = page.content.decode().split(f'action="/today/visit/{visit}/"')[1].split("</form>")[0]
    assert "Not here yet" in form.split('class="menu"')[1]
    assert "Not here yet" not in form.split('class="menu"')[0]


def test_a_stale_button_says_so_and_does_nothing(record: Record, visit: str) -> None:
    client = staff("front-desk", name="bea", person="Practitioner/p1")
    address, late = fields(client, visit, "noshow")
    go(record, visit, "arrived")
    assert client.post(address, late).status_code == 303
    assert "Somebody has moved this visit meanwhile" in text(client.get("/today/"))
    assert seen(record, visit).state == "arrived"


def test_only_today_and_only_for_who_may(record: Record, visit: str) -> None:
    nurse = staff("nurse", name="noor", person="Practitioner/p1")
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    assert "/today/visit/" not in nurse.get(f"/today/?show=all&day={tomorrow}").content.decode()
    biller = staff("biller", name="bill", person="Practitioner/p1")
    assert "/today/visit/" not in biller.get("/today/?show=all").content.decode()
    answer = biller.post(f"/today/visit/{visit}/", {"version": "1.0", "to": "arrived"})
    assert answer.status_code == 403
    assert booked(record, visit).status == "booked"
    assert nurse.post(f"/today/visit/{visit}/", {"to": "arrived"}).status_code == 400
    for wrong in ("x", "", "roomed Location/none"):
        answer = nurse.post(f"/today/visit/{visit}/", {"version": "1.0", "to": wrong})
        assert answer.status_code == 400


def test_the_list_alone_for_a_page_that_is_open(record: Record, visit: str) -> None:
    client = staff("nurse", name="nell", person="Practitioner/p1")
    part = client.get("/today/?show=all", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<day-board")
    assert visit in part
    assert "<html" not in part


def test_whoever_watches_the_day_is_told_of_every_visit() -> None:
    change = Change("Appointment", "a", 2, deleted=False, patient="ana", actor="x")
    assert concerns(change, DESK, frozenset({DAY}))
    assert not concerns(change, DESK, frozenset())
    other = Change("Observation", "o", 1, deleted=False, patient="ana", actor="x")
    assert not concerns(other, DESK, frozenset({DAY}))


def task(id: str, code: str, **more: Any) -> Update:
    kind = {"coding": [{"system": "urn:osler:task", "code": code}], "text": code}
    owner = {"reference": "Practitioner/p1"}
    return Update(
        made(
            resourceType="Task", id=id, status="requested", intent="order", code=kind, owner=owner,
            description=f"Do {id}", **more,
        )
    )  # fmt: skip


def test_a_task_is_ticked_off_and_brought_back(record: Record) -> None:
    about = {"for": {"reference": "Patient/ana"}}
    two, three = task("tick-2", "call-back", **about), task("tick-3", "review-result", **about)
    record.commit(LOCAL, [task("tick-1", "to-do"), two, three])
    client = staff("nurse", name="tina", person="Practitioner/p1")
    page = client.get("/today/").content.decode()
    assert "/today/task/tick-3/" not in page
    for id in ("tick-1", "tick-2"):
        assert f"/today/task/{id}/" in page
        assert client.post(f"/today/task/{id}/", {"version": "1"}).status_code == 303
        assert status(record, id) == "completed"
        assert f"Do {id}" not in text(client.get("/today/")).split("Task done")[-1]
        client.post(f"/today/task/{id}/", {"version": "1"})
        assert "not open any more" in text(client.get("/today/"))
    answer = client.post("/today/undo/", {"type": "Task", "item": "tick-2", "version": "2"})
    assert answer.status_code == 303
    assert status(record, "tick-2") == "requested"
    assert client.post("/today/task/tick-3/", {"version": "1"}).status_code == 400


def test_undo_of_a_task_that_is_about_nobody(record: Record) -> None:
    record.commit(LOCAL, [task("tick-9", "to-do")])
    client = staff("nurse", name="tamar", person="Practitioner/p1")
    client.post("/today/task/tick-9/", {"version": "1"})
    assert undo(client).status_code == 303
    assert status(record, "tick-9") == "requested"


def status(record: Record, id: str) -> str:
    one: Any = decode(record.read(LOCAL, "Task", id).content)
    return str(one.status)
