"""Entries of background and care: added, changed over their version, marked as mistakes; by role; bounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart, Item
from osler.clinic.lists.mistakes import is_mistake
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
    late: dict[str, str] = field(default_factory=dict)


CASES = {
    "relative": Case(
        "family", "family/", r4.FamilyMemberHistory,
        {"kin": "MTH", "name": "Maria", "died_at": "71", "condition1": "Essential (primary) hypertension",
         "condition1_code": "http://hl7.org/fhir/sid/icd-10-cm|I10", "onset1": "52", "condition2": "Bad knees",
         "condition2_typed": "1"},
        {"kin": "MAUNT"}, ROOMING, "Bad knees",
        late={"kin": "PAUNT"},
    ),
    "operation": Case(
        "surgical-history", "surgical-history/operations/", r4.Procedure,
        {"procedure": "Knee thing", "procedure_typed": "1", "date": "2019", "place": "St. Mary"},
        {"outcome": "Good"}, NURSES, "Knee thing",
        late={"outcome": "Bad"},
    ),
    "stay": Case(
        "surgical-history", "surgical-history/stays/", r4.Encounter,
        {"hospital": "County General", "start": "Mar 2015", "end": "2015-04-02", "reason": "Pneumonia",
         "disposition": "home"},
        {"reason": "Pneumonia and sepsis", "note": "Two weeks on oxygen"}, ROOMING, "County General",
        late={"reason": "Sepsis"},
    ),
    "device": Case(
        "devices", "devices/", r4.Device,
        {"udi": UDI, "confirmed": UDI, "name": "Pacemaker", "status": "active", "lot": "A213B1",
         "serial": "1234", "implanted": "Mar 2020", "site": "Left chest", "safety": "MR conditional"},
        {"status": "inactive", "note": "Explanted"}, NURSES, "51022222233336",
        late={"note": "Mine"},
    ),
    "team": Case(
        "care-team", "care-team/", r4.CareTeam,
        {"name": "Diabetes team", "status": "active", "member1": "Dr. Rao, Elsewhere", "role1": "specialist",
         "member2": "Bo", "role2": "caregiver", "start2": "2020"},
        {"member3": "Nurse Joy", "role3": "nurse"}, NURSES, "Dr. Rao, Elsewhere",
        late={"member3": "Cy"},
    ),
    "goal": Case(
        "goals", "goals/", r4.Goal,
        {"text": "Walk to the lake again", "measure": "4548-4", "sign": "<=", "value": "7.0", "due": "2027-01-31",
         "status": "active", "achievement": "in-progress"},
        {"status": "completed", "achievement": "achieved"}, NURSES, "Walk to the lake again",
        late={"status": "on-hold"},
    ),
    "plan": Case(
        "care-plan", "care-plan/", r4.CarePlan,
        {"title": "Sugar plan", "status": "active", "review": "2027-02-01", "text": "Less bread",
         "step1": "Dietitian visit", "state1": "scheduled", "owner1": "Front desk", "due1": "2026-12-24"},
        {"state1": "completed", "step2": "Eye exam"}, NURSES, "Dietitian visit",
        late={"state1": "stopped"},
    ),
    "code-status": Case(
        "directives", "directives/code-status/", r4.Flag,
        {"code": "dnr", "detail": "no intubation", "since": "2026-01-02", "status": "active",
         "discussed": "Patient and daughter", "reason": "Said so twice"},
        {"code": "full", "detail": ""}, NURSES, "DNR: no intubation",
        late={"detail": "other"},
    ),
    "directive": Case(
        "directives", "directives/documents/", r4.DocumentReference,
        {"kind": "86533-7", "date": "2019-05", "status": "current", "place": "With the daughter"},
        {"text": "No feeding tube"}, ROOMING, "With the daughter",
        late={"text": "Mine"},
    ),
    "agent": Case(
        "directives", "directives/agents/", r4.RelatedPerson,
        {"name": "Rosa Garcia", "kind": "HPOWATT", "relation": "daughter", "phone": "555-0101"},
        {"phone": "555-0102"}, ROOMING, "Rosa Garcia",
        late={"phone": "555-0109"},
    ),
}  # fmt: skip


def who() -> str:
    """The patient of this test."""
    return PATIENT[-1]


def post(client: Any, path: str, fields: dict[str, str]) -> Any:
    return client.post(f"/patients/{who()}/{path}", {"patient": who(), **fields})


def items(record: Record, case: Case) -> list[Item[Any]]:
    found = Chart(record, LOCAL, who()).items(case.kind, 50, ("_sort", "-_lastUpdated"))
    return [one for one in found if not is_mistake(one.resource)]


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
    hidden = dict(re.findall(r'type="hidden" name="(used)" value="(\w+)"', form))
    changed = case.new | case.change | hidden | {"version": str(made.version)}
    assert post(doctor, f"{case.forms}{made.id}/", changed).status_code == 303
    again = items(record, case)[0]
    assert again.version == made.version + 1
    begun = case.new | hidden | {"version": str(made.version)}
    meanwhile = post(doctor, f"{case.forms}{made.id}/", begun | case.late)
    assert meanwhile.status_code == 409, text(meanwhile)
    assert post(doctor, f"{case.forms}{made.id}/", begun).status_code in {303, 409}
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
    # Now and then a sign of life of the session is among them.
    assert counted(lambda: doctor.get(at)) <= few + 2


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


def test_the_banner_says_the_newest_code_status_and_only_that(record: Record) -> None:
    doctor, case = staff("physician"), CASES["code-status"]
    assert post(doctor, f"{case.forms}new/", case.new).status_code == 303
    summary = f"/patients/{who()}/problems/"
    assert "DNR: no intubation" in text(doctor.get(summary))
    later = {**case.new, "code": "full", "detail": "", "reason": "Changed her mind"}
    assert post(doctor, f"{case.forms}new/", later).status_code == 303
    words = text(doctor.get(summary))
    assert "Full code" in words and "DNR" not in words
    states = [one.resource.status for one in items(record, case)]
    assert sorted(states) == ["active", "inactive"]
    page_words = text(doctor.get(f"/patients/{who()}/directives/"))
    assert "Changed her mind" in page_words and "DNR: no intubation" in page_words
    newest = next(one for one in items(record, case) if one.resource.status == "active")
    wrong = {"version": str(newest.version), "reason": "Misheard"}
    assert post(doctor, f"{case.forms}{newest.id}/wrong/", wrong).status_code == 303
    assert "Full code" not in text(doctor.get(summary))


def test_a_code_status_needs_who_and_why(record: Record) -> None:
    doctor, case = staff("physician"), CASES["code-status"]
    answer = post(doctor, f"{case.forms}new/", {**case.new, "reason": "", "discussed": ""})
    assert answer.status_code == 422 and items(record, case) == []


def test_one_is_primary(record: Record) -> None:
    doctor, case = staff("physician"), CASES["team"]
    two = {**case.new, "role1": "primary-care", "role2": "primary-care"}
    assert post(doctor, f"{case.forms}new/", two).status_code == 422
    assert post(doctor, f"{case.forms}new/", {**two, "end2": "2021"}).status_code == 303


def test_what_the_form_does_not_show_stays(record: Record) -> None:
    """A goal with a range of its own and a second target, edited in its words alone."""
    mine = r4.Reference(reference=f"Patient/{who()}")
    low, high = r4.Quantity(value=Decimal(5)), r4.Quantity(value=Decimal(7))
    targets = [
        r4.GoalTarget(
            measure=r4.CodeableConcept(text="A1c"), detailRange=r4.Range(low=low, high=high)
        ),
        r4.GoalTarget(dueDate="2030"),
    ]
    goal = r4.Goal(
        lifecycleStatus="active", description=r4.CodeableConcept(text="Old"), subject=mine
    )
    goal.target = targets
    made = Chart(record, LOCAL, who()).add(goal)[0]
    fields = {"text": "New words", "status": "active", "sign": "<=", "version": "1"}
    assert post(staff("physician"), f"goals/{made.id}/", fields).status_code == 303
    kept = items(record, CASES["goal"])[0].resource
    assert kept.description.text == "New words" and len(kept.target) == 2
    assert kept.target[0].detailRange.high.value == 7 and kept.target[1].dueDate == "2030"
