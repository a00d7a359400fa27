"""Results are read with what waits on top, and reviewed by whoever may, once."""

from __future__ import annotations

from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Delete, Record, Update
from tests.staff.people import staff, text

pytestmark = pytest.mark.database
_LAB = '"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]'
_RANGE = '"referenceRange":[{"low":{"value":3.5},"high":{"value":5.1}}]'


def observation(id: str, patient: str, value: str, at: str, flag: str = "") -> str:
    said = f'"interpretation":[{{"coding":[{{"code":"{flag}"}}]}}],' if flag else ""
    return (
        f'{{"resourceType":"Observation","id":"{id}","status":"final",{_LAB},{said}{_RANGE},'
        '"code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}],"text":"Potassium"},'
        f'"subject":{{"reference":"Patient/{patient}"}},"effectiveDateTime":"{at}",'
        f'"valueQuantity":{{"value":{value},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}}}'
    )


def report(id: str, patient: str, values: list[str], at: str) -> str:
    result = ",".join(f'{{"reference":"Observation/{one}"}}' for one in values)
    return (
        f'{{"resourceType":"DiagnosticReport","id":"{id}","status":"final","effectiveDateTime":"{at}",'
        '"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],'
        f'"code":{{"text":"Panel {id}"}},"subject":{{"reference":"Patient/{patient}"}},"result":[{result}]}}'
    )


def task(id: str, patient: str, focus: str) -> str:
    return (
        f'{{"resourceType":"Task","id":"{id}","status":"requested","intent":"order","description":"Review {focus}",'
        '"code":{"coding":[{"system":"urn:osler:task","code":"review-result"}]},"authoredOn":"2026-11-20T10:00:00Z",'
        f'"focus":{{"reference":"DiagnosticReport/{focus}"}},"for":{{"reference":"Patient/{patient}"}},'
        '"owner":{"reference":"Practitioner/p1"}}'
    )


@pytest.fixture
def lab(record: Record) -> Record:
    made = [
        observation("k1", "ana", "4.4", "2026-10-01T08:00:00Z"),
        observation("k2", "ana", "6.3", "2026-11-20T08:00:00Z", "HH"),
        observation("k3", "ana", "3.2", "2026-11-19T08:00:00Z"),
        report("old", "ana", ["k1"], "2026-10-01T08:00:00Z"),
        report("hot", "ana", ["k2"], "2026-11-20T08:00:00Z"),
        report("low", "ana", ["k3"], "2026-11-19T08:00:00Z"),
        task("t-hot", "ana", "hot"),
        task("t-low", "ana", "low"),
    ]
    record.commit(LOCAL, [Update(decode(one.encode())) for one in made])
    return record


def current(record: Record, id: str) -> r4.Task:
    found = decode(record.read(LOCAL, "Task", id).content)
    assert isinstance(found, r4.Task)
    return found


def seen(record: Record, *ids: str) -> list[str]:
    """The tasks as a page has them that was loaded now."""
    return [f"{id}/{record.read(LOCAL, 'Task', id).version}" for id in ids]


def doctor(name: str = "ada") -> Any:
    return staff("physician", name=name, person="Practitioner/p1")


def test_what_waits_is_on_top_the_gravest_first_and_critical_is_not_ticked(lab: Record) -> None:
    page = doctor().get("/patients/ana/results/")
    body = page.content.decode()
    assert page.status_code == 200
    assert body.index("Panel hot") < body.index("Panel low") < body.index("Panel old")
    assert "Critical high" in text(page)
    assert "3.2" in text(page)
    assert "Low" in text(page)  # From the range: the laboratory gave no flag.
    ticks = [part.split(">")[0] for part in body.split('<input type="checkbox"')[1:]]
    ticked = {"t-low" in one: " checked" in one for one in ticks}
    assert ticked == {True: True, False: False}


def test_a_review_has_who_when_what_they_said_and_what_follows(lab: Record) -> None:
    client = doctor()
    answer = client.post(
        "/patients/ana/results/review/",
        {
            "patient": "ana",
            "task": seen(lab, "t-hot"),
            "comment": "Called her; to the emergency room.",
            "follow_up": "Repeat potassium",
        },
    )
    assert answer.status_code == 303
    done = current(lab, "t-hot")
    assert (done.status, done.owner and done.owner.reference) == ("completed", "Practitioner/p1")
    assert [note.text for note in done.note or []] == ["Called her; to the emergency room."]
    assert current(lab, "t-low").status == "requested"
    page = text(client.get("/patients/ana/results/"))
    assert "Called her; to the emergency room." in page
    today = text(client.get("/today/"))
    assert "Repeat potassium" in today


def test_two_cannot_review_the_same_and_nothing_is_half_done(lab: Record) -> None:
    first, second = doctor("ada"), doctor("bea")
    was = seen(lab, "t-low", "t-hot")
    form = {"patient": "ana", "task": seen(lab, "t-hot"), "comment": "first"}
    assert first.post("/patients/ana/results/review/", form).status_code == 303
    both = {"patient": "ana", "task": was, "comment": "second"}
    answer = second.post("/patients/ana/results/review/", both)
    assert answer.status_code == 409
    assert current(lab, "t-low").status == "requested"
    assert [note.text for note in current(lab, "t-hot").note or []] == ["first"]


def test_a_task_of_another_patient_or_another_kind_is_refused(lab: Record) -> None:
    other = task("t-bo", "b.o-1", "hot").replace("review-result", "to-do")
    lab.commit(LOCAL, [Update(decode(other.encode()))])
    client = doctor()
    wrong = client.post(
        "/patients/ana/results/review/", {"patient": "ana", "task": seen(lab, "t-bo")}
    )
    assert wrong.status_code == 404
    kind = client.post(
        "/patients/b.o-1/results/review/", {"patient": "b.o-1", "task": seen(lab, "t-bo")}
    )
    assert kind.status_code == 400
    assert current(lab, "t-bo").status == "requested"


def test_the_inbox_shows_mine_and_goes_on_to_the_next(lab: Record) -> None:
    client = doctor()
    page = text(client.get("/results/"))
    assert page.index("Panel hot") < page.index("Panel low")
    form = {"patient": "ana", "task": seen(lab, "t-hot"), "next": "inbox"}
    answer = client.post("/patients/ana/results/review/", form, follow=True)
    assert answer.redirect_chain[-1][0] == "/results/"
    assert "Panel hot" not in text(answer)
    assert "Panel hot" in text(client.get("/results/?show=done"))
    assert "Nothing waits" in text(staff("physician", name="cleo").get("/results/"))


def test_over_time_and_trend(lab: Record) -> None:
    client = doctor()
    grid = text(client.get("/patients/ana/results/?view=time"))
    assert grid.index("Nov 20, 2026") < grid.index("Oct 1, 2026")
    trend = client.get("/patients/ana/results/k2/", headers={"HX-Request": "true"})
    assert "<svg" in trend.content.decode()
    assert "4.4" in text(trend)
    month = text(client.get("/patients/ana/results/k2/?span=1m", headers={"HX-Request": "true"}))
    assert "4.4 mmol/L" not in month
    assert client.get("/patients/b.o-1/results/k2/").status_code == 404


def test_the_front_desk_reads_no_results(lab: Record) -> None:
    client = staff("front-desk")
    assert "6.3" not in client.get("/patients/ana/results/").content.decode()
    form = {"patient": "ana", "task": seen(lab, "t-hot")}
    assert client.post("/patients/ana/results/review/", form).status_code in (400, 403, 404)
    assert current(lab, "t-hot").status == "requested"


def test_no_page_of_reports_or_of_the_grid_loses_part_of_a_day(lab: Record) -> None:
    many = [(f"m{n}", f"2026-09-{5 - n // 12:02}T{8 + n % 12:02}:00:00Z") for n in range(40)]
    made = [observation(id, "ana", f"4.{id[1:]}", at) for id, at in many]
    made += [report(id, "ana", [id], at) for id, at in many]
    lab.commit(LOCAL, [Update(decode(one.encode())) for one in made])
    client, ids = doctor(), {id for id, _ in many} | {"old", "hot", "low"}
    for address, words in (("?", "Panel {id} "), ("?view=time&", "4.{n} ")):
        seen_now: set[str] = set()
        before = ""
        for _page in range(12):
            body = client.get(f"/patients/ana/results/{address}{before}").content.decode()
            says = body.replace("<", " <")
            known = {id for id in ids if words.format(id=id, n=id[1:]) in says}
            seen_now |= known
            older = body.rpartition("before=")[2].partition('"')[0]
            if "Show older" not in body:
                break
            before = f"before={older}"
        assert {id for id, _ in many} <= seen_now, address


def test_less_than_five_is_not_five(lab: Record) -> None:
    below = observation("b1", "ana", "5", "2026-11-21T08:00:00Z")
    below = below.replace('"value":5,', '"value":5,"comparator":"<",')
    lab.commit(LOCAL, [Update(decode(below.encode()))])
    page = doctor().get("/patients/ana/results/b1/", headers={"HX-Request": "true"})
    assert "&lt;5 mmol/L" in page.content.decode()
    assert "; 5 mmol/L" not in page.content.decode()


def test_a_critical_result_is_not_behind_a_page_of_others(lab: Record) -> None:
    many = [task(f"t-{i:02}", "ana", "low").replace("2026-11-20", "2026-11-01") for i in range(61)]
    urgent = task("t-stat", "ana", "hot").replace('"intent"', '"priority":"stat","intent"')
    lab.commit(LOCAL, [Update(decode(one.encode())) for one in [*many, urgent]])
    page = doctor().get("/results/").content.decode()
    assert "t-stat" in page
    lab.commit(LOCAL, [Delete("Task", f"t-{i:02}") for i in range(61)])
