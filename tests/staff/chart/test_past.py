"""The past of a chart: history of an item, undo, as it was on a day, who looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.ids import uuid7
from osler.record import Record
from tests.staff.chart.charts import SUBJECT, write
from tests.staff.chart.reading import Tree, all_of, one_of, said, tree
from tests.staff.people import staff

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


@pytest.fixture
def item() -> str:
    """The id of a condition that no other test has."""
    return f"c-{uuid7()}"


def condition(id: str, text: str, **more: Any) -> dict[str, Any]:
    made = {"resourceType": "Condition", "id": id, "subject": SUBJECT, "code": {"text": text}}
    active = {"coding": [{"system": _CLINICAL, "code": "active"}]}
    return made | {"clinicalStatus": active} | more


def steps(page: Tree) -> list[str]:
    return [said(one) for one in one_of(page, "ol", "steps").inside if isinstance(one, Tree)]


def test_history_tells_who_when_and_what_was_before_and_after(record: Record, item: str) -> None:
    write(record, condition(item, "Gout"))
    write(record, condition(item, "Gout of the left foot", onsetDateTime="2026-05"))
    page = tree(staff("physician").get(f"/patients/ana/history/Condition/{item}/"))
    newer, older = steps(page)
    assert newer.startswith("Changed") and "version 2" in newer and "by Local user" in newer
    assert older.startswith("Recorded") and "version 1" in older
    rows = {said(row) for row in all_of(page, "tr")}
    assert "Code Gout Gout of the left foot" in rows
    assert "Onset not recorded 2026-05" in rows


def test_history_of_another_patients_item_is_not_found(record: Record, item: str) -> None:
    write(record, condition(item, "Gout", subject={"reference": "Patient/b.o-1"}))
    assert staff("physician").get(f"/patients/ana/history/Condition/{item}/").status_code == 404


def test_history_opens_beside_the_chart(record: Record) -> None:
    client = staff("physician")
    answer = client.get("/patients/ana/history/Condition/c1/", HTTP_HX_REQUEST="true")
    page = tree(answer)
    assert not all_of(page, "html") and all_of(page, "ol", "steps")
    assert "HX-Request" in answer["Vary"]


def test_undo_brings_the_version_before_back(record: Record, item: str) -> None:
    write(record, condition(item, "Gout"))
    write(record, condition(item, "Gont"))
    answer = _undo(staff("physician"), item, 2)
    assert (answer.status_code, answer["Location"]) == (303, "/patients/ana/")
    found: Any = decode(record.read(LOCAL, "Condition", item).content)
    assert found.code.text == "Gout" and found.meta.versionId == "3"


def test_undo_of_what_was_just_made_keeps_it_as_a_mistake(record: Record, item: str) -> None:
    write(record, condition(item, "Gout"))
    assert _undo(staff("physician"), item, 1).status_code == 303
    found: Any = decode(record.read(LOCAL, "Condition", item).content)
    assert found.verificationStatus.coding[0].code == "entered-in-error"
    assert found.clinicalStatus is None


def test_undo_is_refused_where_someone_changed_it_since(record: Record, item: str) -> None:
    for text in ("Gout", "Gont", "Gout, left foot"):
        write(record, condition(item, text))
    answer = _undo(staff("physician"), item, 2)
    assert answer.status_code == 409
    assert "Someone has changed this since" in said(tree(answer))
    assert b"left foot" in record.read(LOCAL, "Condition", item).content


def test_undo_touches_no_other_patient(record: Record, item: str) -> None:
    write(record, condition(item, "Gout", subject={"reference": "Patient/b.o-1"}))
    assert _undo(staff("physician"), item, 1).status_code == 404
    assert record.read(LOCAL, "Condition", item).version == 1


def test_undo_of_a_signed_note_is_refused(record: Record) -> None:
    note = {
        "resourceType": "Composition",
        "id": "n1",
        "status": "final",
        "type": {"text": "Progress note"},
        "subject": SUBJECT,
        "date": "2026-11-20",
        "author": [{"reference": "Practitioner/p1"}],
        "title": "Progress note",
    }
    write(record, note | {"status": "preliminary"})
    write(record, note)
    answer = _undo(staff("physician"), "n1", 2, "Composition")
    assert answer.status_code == 409 and "addendum" in said(tree(answer))


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_undo_of_nothing_is_refused(record: Record, version: str) -> None:
    assert _undo(staff("physician"), "c1", version).status_code == 400


def test_undo_only_goes_back_to_our_own_pages(record: Record, item: str) -> None:
    write(record, condition(item, "Gout"))
    client = staff("physician")
    given = {"patient": "ana", "type": "Condition", "item": item, "version": "1"}
    answer = client.post("/patients/ana/undo/", given, HTTP_REFERER="https://evil.example/")
    assert answer["Location"] == "/patients/ana/"


def test_toast_offers_undo_of_the_save(record: Record) -> None:
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory
    from django.urls import resolve

    from osler.ui.answers import Undo, saved, toasts

    request = RequestFactory().post("/patients/ana/find/")
    request.resolver_match = resolve("/patients/ana/find/")
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    answer = saved(request, "/patients/ana/", "Problem added", undo=Undo("Condition", "c1", 1))
    (toast,) = toasts(request)
    assert (answer.status_code, answer["Location"]) == (303, "/patients/ana/")
    assert (toast.text, toast.url, toast.undo) == (
        "Problem added", "/patients/ana/undo/", Undo("Condition", "c1", 1),
    )  # fmt: skip


def test_chart_as_it_was_on_a_day(record: Record, item: str) -> None:
    now = clock.now()
    write(record, condition(item, "Gout"))
    yesterday = (now - timedelta(days=1)).date().isoformat()
    today = tree(staff("physician").get(f"/patients/ana/as-of/?on={now.date().isoformat()}"))
    assert "Gout" in said(one_of(today, "div", "asof-sum"))
    warning = one_of(today, "div", "asof")
    assert warning.attributes["role"] == "alert" and "As it was on" in said(warning)
    assert one_of(warning, "a").attributes["href"] == "/patients/ana/"
    assert not all_of(today, "aside", "wsr"), "nothing can be written there"
    before = staff("physician", name="two").get(f"/patients/ana/as-of/?on={yesterday}")
    assert "This patient was not in the record yet." in said(tree(before))


@pytest.mark.parametrize("day", ["x", "2999-01-01"])
def test_a_day_that_is_none_or_to_come_is_asked_again(record: Record, day: str) -> None:
    page = tree(staff("physician").get(f"/patients/ana/as-of/?on={day}"))
    assert said(one_of(page, "p", "err")) == "Give a day up to today."


def test_who_looked_is_told_to_who_may_read_the_audit(record: Record) -> None:
    staff("physician").get("/patients/ana/")
    page = tree(staff("privacy-officer").get("/patients/ana/access-log/"))
    who = [said(one) for one in all_of(one_of(page, "div", "ccont"), "th", scope="row")]
    assert any(one.startswith("Physician") for one in who)
    assert staff("nurse").get("/patients/ana/access-log/").status_code == 403


def _undo(client: Any, item: str, version: object, type: str = "Condition") -> Any:
    given = {"patient": "ana", "type": type, "item": item, "version": str(version)}
    return client.post("/patients/ana/undo/", given)
