"""Entries of background and care: added, changed over their version, marked as mistakes; by role; bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.background.mistakes import is_wrong
from osler.clinic.lists.items import Chart, Item
from osler.fhir import r4
from osler.record import Record
from tests.staff.lists.conftest import PATIENT
from tests.staff.people import staff, text

pytestmark = pytest.mark.database
NURSES = frozenset({"physician", "nurse"})
ROOMING = frozenset({*NURSES, "medical-assistant"})
UDI = "(01)51022222233336(11)141231(10)A213B1(21)1234"
ROLES = ("nurse", "medical-assistant", "front-desk", "biller")


@dataclass(frozen=True)
class Case:
    """What is posted to make an entry, what changes, and who may write it."""

    section: str
    forms: str
    kind: Any
    new: dict[str, str]
    change: dict[str, str]
    may: frozenset[str] = NURSES
    shows: str = ""
    also: dict[str, str] = field(default_factory=dict)


CASES = {
    "relative": Case(
        "family", "family/", r4.FamilyMemberHistory,
        {"kin": "MTH", "name": "Maria", "died_at": "71", "condition1": "Essential (primary) hypertension",
         "condition1_code": "http://hl7.org/fhir/sid/icd-10-cm|I10", "onset1": "52", "condition2": "Bad knees",
         "condition2_typed": "1"},
        {"kin": "MAUNT"}, ROOMING, "Bad knees",
    ),
    "operation": Case(
        "surgical-history", "surgical-history/operations/", r4.Procedure,
        {"procedure": "Knee thing", "procedure_typed": "1", "date": "2019", "place": "St. Mary"},
        {"outcome": "Good"}, NURSES, "Knee thing",
    ),
    "stay": Case(
        "surgical-history", "surgical-history/stays/", r4.Encounter,
        {"hospital": "County General", "start": "Mar 2015", "end": "2015-04-02", "reason": "Pneumonia",
         "disposition": "home"},
        {"reason": "Pneumonia and sepsis", "note": "Two weeks on oxygen"}, ROOMING, "County General",
    ),
    "device": Case(
        "devices", "devices/", r4.Device,
        {"udi": UDI, "confirmed": UDI, "name": "Pacemaker", "status": "active", "lot": "A213B1",
         "serial": "1234", "implanted": "Mar 2020", "site": "Left chest", "safety": "MR conditional"},
        {"status": "inactive", "note": "Explanted"}, NURSES, "51022222233336",
    ),
}  # fmt: skip


def who() -> str:
    """The patient of this test."""
    return PATIENT[-1]


def post(client: Any, path: str, fields: dict[str, str]) -> Any:
    return client.post(f"/patients/{who()}/{path}", {"patient": who(), **fields})


def items(record: Record, case: Case) -> list[Item[Any]]:
    found = Chart(record, LOCAL, who()).items(case.kind, 50, ("_sort", "-_lastUpdated"))
    return [one for one in found if not is_wrong(one.resource)]


def page(client: Any, case: Case) -> str:
    answer = client.get(f"/patients/{who()}/{case.section}/")
    assert answer.status_code == 200, text(answer)
    return str(answer.content.decode())


@pytest.mark.parametrize("name", CASES)
def test_added_shown_changed_and_marked_as_a_mistake(record: Record, name: str) -> None:
    case, doctor = CASES[name], staff("physician")
    answer = post(doctor, f"{case.forms}new/", case.new)
    assert answer.status_code == 303, text(answer)
    made = items(record, case)[0]
    here = f"/patients/{who()}/{case.forms}{made.id}/"
    assert here in page(doctor, case) and case.shows in page(doctor, case)
    form = doctor.get(here).content.decode()
    assert f'name="version" value="{made.version}"' in form
    changed = case.new | case.change | {"version": str(made.version)}
    assert post(doctor, f"{case.forms}{made.id}/", changed).status_code == 303
    again = items(record, case)[0]
    assert again.version == made.version + 1
    meanwhile = post(doctor, f"{case.forms}{made.id}/", case.new | {"version": str(made.version)})
    assert meanwhile.status_code == 409
    assert items(record, case)[0].version == again.version
    version = {"version": str(again.version)}
    assert (
        post(doctor, f"{case.forms}{made.id}/wrong/", {**version, "reason": " "}).status_code == 400
    )
    wrong = post(doctor, f"{case.forms}{made.id}/wrong/", {**version, "reason": "Other patient"})
    assert wrong.status_code == 303
    assert items(record, case) == []
    assert here not in page(doctor, case)
    assert doctor.get(here).status_code == 404
    kept = record.read(LOCAL, case.kind.__name__, made.id)
    assert b"Other patient" in kept.content


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_write_has_no_button_and_is_refused(
    record: Record, name: str, role: str
) -> None:
    case, client = CASES[name], staff(role)
    may = role in case.may
    shown = client.get(f"/patients/{who()}/{case.section}/")
    if may:
        assert f"{case.forms}new/" in shown.content.decode()
    else:
        assert f"{case.forms}new/" not in shown.content.decode()
    answer = post(client, f"{case.forms}new/", case.new)
    assert answer.status_code == (303 if may else 403), text(answer)
    assert len(items(record, case)) == may


@pytest.mark.parametrize("name", [one for one in CASES if CASES[one].may == NURSES])
def test_who_only_reads_gets_the_facts_without_a_form(record: Record, name: str) -> None:
    case = CASES[name]
    assert post(staff("physician"), f"{case.forms}new/", case.new).status_code == 303
    made = items(record, case)[0]
    answer = staff("medical-assistant").get(f"/patients/{who()}/{case.forms}{made.id}/")
    assert answer.status_code == 200, text(answer)
    assert "<form" not in answer.content.decode().split('class="facts"')[1]
    assert case.shows in text(answer)


@pytest.mark.parametrize("name", CASES)
def test_a_long_history_asks_no_more(
    record: Record, counted: Callable[[Callable[[], Any]], int], name: str
) -> None:
    case, doctor = CASES[name], staff("physician")
    assert post(doctor, f"{case.forms}new/", case.new).status_code == 303
    at = f"/patients/{who()}/{case.section}/"
    doctor.get(at)
    few = counted(lambda: doctor.get(at))
    for _n in range(4):
        assert post(doctor, f"{case.forms}new/", case.new).status_code == 303
    doctor.get(at)  # The toasts of what was saved.
    assert counted(lambda: doctor.get(at)) <= few


def test_the_three_generations_and_what_nobody_had(record: Record) -> None:
    doctor = staff("physician")
    for kin in ("MTH", "PGRFTH", "DAU", "NSIS"):
        assert post(doctor, "family/new/", {"kin": kin}).status_code == 303
    said = {"say": "none", "of": "Breast lump thing", "of_typed": "1"}
    assert post(doctor, "family/statement/", {"say": "none"}).status_code == 422
    assert post(doctor, "family/statement/", said).status_code == 303
    assert post(doctor, "family/statement/", {"say": "unknown"}).status_code == 303
    words = text(doctor.get(f"/patients/{who()}/family/"))
    order = [
        "Grandparents",
        "Father’s father",
        "Parents",
        "Mother",
        "Sister",
        "Children",
        "Daughter",
    ]
    assert [words.index(one) for one in order] == sorted(words.index(one) for one in order)
    assert "No known family history of Breast lump thing" in words
    assert "Family history unknown" in words
