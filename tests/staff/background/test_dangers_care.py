"""What must not happen to goals, plans, teams and directives: a value that turns into another, or is lost by saving."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.clinic.lists.mistakes import is_mistake
from osler.fhir import r4
from osler.kit import clock
from osler.record import Create, Record, Update
from tests.staff.background.entered import ROLE, coded, current, kept, resaved, subject, words
from tests.staff.background.test_entries import CASES, items, post, who
from tests.staff.lists.test_two_at_once import fields
from tests.staff.people import staff, text

pytestmark = pytest.mark.database


def goal(**more: Any) -> r4.Goal:
    state = more.pop("state", "active")
    return r4.Goal(
        lifecycleStatus=state,
        description=r4.CodeableConcept(text="Less"),
        subject=subject(),
        **more,
    )


def weight(value: int, code: str, measure: str = "29463-7") -> r4.GoalTarget:
    quantity = r4.Quantity(
        value=Decimal(value),
        comparator="<=",
        unit=code,
        code=code,
        system="http://unitsofmeasure.org",
    )
    return r4.GoalTarget(
        measure=coded("http://loinc.org", measure, "Measured"), detailQuantity=quantity
    )


def test_pounds_do_not_become_kilograms(record: Record) -> None:
    id = kept(record, goal(target=[weight(180, "[lb_av]")]))
    assert "≤ 180 [lb_av]" in words("goals/")
    assert resaved(f"goals/{id}/", {"value": "170"}).status_code == 303
    quantity = current(record, r4.Goal, id).target[0].detailQuantity
    assert (quantity.value, quantity.code) == (170, "[lb_av]")


def test_a_measure_that_is_not_in_the_list_stays(record: Record) -> None:
    id = kept(record, goal(target=[weight(100, "mg/dL", "2339-0")]))
    assert resaved(f"goals/{id}/", {"note": "x"}).status_code == 303
    first = current(record, r4.Goal, id).target[0]
    assert first.measure.coding[0].code == "2339-0" and first.detailQuantity.unit == "mg/dL"


def test_a_range_with_one_end_has_no_minus(record: Record) -> None:
    high = r4.Range(high=r4.Quantity(value=Decimal(140), unit="mmHg"))
    kept(
        record,
        goal(target=[r4.GoalTarget(measure=r4.CodeableConcept(text="BP"), detailRange=high)]),
    )
    page = words("goals/")
    assert "BP ≤ 140 mmHg" in page and "–140" not in page


def test_every_target_of_a_goal_is_shown(record: Record) -> None:
    kept(record, goal(target=[weight(80, "kg"), weight(30, "kg/m2", "39156-5")]))
    page = words("goals/")
    assert "Body weight ≤ 80 kg" in page and "BMI ≤ 30 kg/m²" in page


@pytest.mark.parametrize("state", ["rejected", "planned", "accepted"])
def test_a_note_does_not_change_the_status_of_a_goal(record: Record, state: str) -> None:
    progress = r4.CodeableConcept(text="Slowly")
    id = kept(record, goal(state=state, achievementStatus=progress))
    assert resaved(f"goals/{id}/", {"note": "x"}).status_code == 303
    now = current(record, r4.Goal, id)
    assert now.lifecycleStatus == state and now.achievementStatus.text == "Slowly"


def test_a_plan_keeps_the_days_of_its_steps_and_shows_no_goal_by_mistake(record: Record) -> None:
    wrong = r4.Reference(
        reference=f"Goal/{kept(record, goal(state='entered-in-error'))}", display="Wrong goal"
    )
    right = r4.Reference(reference=f"Goal/{kept(record, goal())}", display="Old words")
    period = r4.Period(start="2026-01-05")
    detail = r4.CarePlanActivityDetail(
        status="cancelled", description="Walk", scheduledPeriod=period
    )
    plan = r4.CarePlan(
        status="unknown",
        intent="plan",
        title="Plan",
        subject=subject(),
        goal=[wrong, right],
        activity=[r4.CarePlanActivity(detail=detail)],
    )
    id = kept(record, plan)
    page = words("care-plan/")
    assert "Wrong goal" not in page and "Less" in page and "Old words" not in page
    assert resaved(f"care-plan/{id}/", {"note": "x"}).status_code == 303
    now = current(record, r4.CarePlan, id)
    assert now.status == "unknown" and now.activity[0].detail.status == "cancelled"
    assert now.activity[0].detail.scheduledPeriod.start == "2026-01-05"


def test_a_problem_by_mistake_is_no_reason_for_a_goal(record: Record) -> None:
    status = coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error")
    wrong = r4.Condition(
        subject=subject(), code=r4.CodeableConcept(text="Leprosy"), verificationStatus=status
    )
    named = r4.Reference(reference=f"Condition/{kept(record, wrong)}", display="Leprosy")
    kept(record, goal(addresses=[named]))
    assert "Leprosy" not in words("goals/")


def member(**more: Any) -> r4.CareTeamParticipant:
    return r4.CareTeamParticipant(member=r4.Reference(**more))


def test_a_member_without_a_name_stays_in_the_team(record: Record) -> None:
    team = r4.CareTeam(
        status="suspended",
        subject=subject(),
        participant=[member(reference="Practitioner/p1"), member(display="Bo")],
    )
    id = kept(record, team)
    assert resaved(f"care-team/{id}/", {"note": "x"}).status_code == 303
    now = current(record, r4.CareTeam, id)
    assert now.status == "suspended"
    assert [one.member.reference or one.member.display for one in now.participant] == [
        "Practitioner/p1",
        "Bo",
    ]


def test_no_member_is_lost_in_a_large_team(record: Record) -> None:
    team = r4.CareTeam(
        status="active", subject=subject(), participant=[member(display=f"P{n}") for n in range(60)]
    )
    id = kept(record, team)
    assert resaved(f"care-team/{id}/", {"note": "x"}).status_code == 303
    assert len(current(record, r4.CareTeam, id).participant) == 60


def test_who_leaves_later_is_still_a_member(record: Record) -> None:
    one = member(display="Bo Later")
    one.period = r4.Period(end="2999-01-01")
    kept(record, r4.CareTeam(status="active", subject=subject(), participant=[one]))
    page = staff("physician").get(f"/patients/{who()}/care-team/").content.decode()
    assert "Bo Later" in page and "l-ended" not in page


def test_people_of_one_name_can_be_told_apart(record: Record) -> None:
    for id in ("twin-1", "twin-2"):
        who_ = r4.Reference(reference=f"Practitioner/{id}", display="Kim Lee")
        kept_role = r4.PractitionerRole(active=True, practitioner=who_)
        record.commit(LOCAL, [*_new(r4.Practitioner(id=id)), *_new(kept_role)])
    doctor = staff("physician")
    names = re.findall(
        r'<option value="(Kim Lee[^"]*)"',
        doctor.get(f"/patients/{who()}/care-team/new/").content.decode(),
    )
    assert len(set(names)) == 2
    second = {"member1": names[0], "member2": sorted(set(names))[1], "status": "active"}
    assert post(doctor, "care-team/new/", second).status_code == 303
    made = items(record, CASES["team"])[0].resource
    assert len({one.member.reference for one in made.participant}) == 2
    assert {one.member.display for one in made.participant} == {"Kim Lee"}


def _new(one: Any) -> list[Any]:
    return [Update(one) if one.id else Create(one)]


@pytest.mark.parametrize("name", ["member²", "member99999999999", "member-1"])
def test_a_row_that_is_no_number_breaks_no_form(record: Record, name: str) -> None:
    answer = post(staff("physician"), "care-team/new/", CASES["team"].new | {name: "x"})
    assert answer.status_code == 303


def test_a_row_that_somebody_else_added_is_not_lost(record: Record) -> None:
    doctor, colleague = staff("physician"), staff("nurse", name="bea")
    assert post(doctor, "care-team/new/", CASES["team"].new | {"member3": "Cy"}).status_code == 303
    at = f"care-team/{items(record, CASES['team'])[0].id}/"
    form = fields(doctor.get(f"/patients/{who()}/{at}"))
    assert post(colleague, at, form | {"member4": "Dee"}).status_code == 303
    late = post(doctor, at, {k: v for k, v in form.items() if "4" not in k} | {"note": "Mine"})
    assert late.status_code == 409
    settled = dict(
        re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', late.content.decode())
    )
    assert settled["member4"] == "Dee"


def statuses(record: Record) -> dict[Any, Any]:
    found = Chart(record, LOCAL, who()).items(r4.Flag, 20)
    return {one.resource.code.text: one.resource.status for one in found}


def test_a_code_status_by_mistake_brings_back_the_one_before(record: Record) -> None:
    doctor, case = staff("physician"), CASES["code-status"]
    assert post(doctor, f"{case.forms}new/", case.new).status_code == 303
    full = {**case.new, "code": "full", "detail": ""}
    assert post(doctor, f"{case.forms}new/", full).status_code == 303
    assert statuses(record) == {"DNR: no intubation": "inactive", "Full code": "active"}
    newest = next(one for one in items(record, case) if one.resource.status == "active")
    wrong = {"version": str(newest.version), "reason": "Misheard"}
    assert post(doctor, f"{case.forms}{newest.id}/wrong/", wrong).status_code == 303
    assert statuses(record) == {"DNR: no intubation": "active", "Full code": "entered-in-error"}
    assert "DNR: no intubation" in words("problems/")


def test_undo_of_a_code_status_brings_back_the_one_before(record: Record) -> None:
    doctor, case = staff("physician"), CASES["code-status"]
    post(doctor, f"{case.forms}new/", case.new)
    post(doctor, f"{case.forms}new/", {**case.new, "code": "full", "detail": ""})
    newest = next(one for one in items(record, case) if one.resource.status == "active")
    undo = {"type": "Flag", "item": newest.id, "version": str(newest.version)}
    assert post(doctor, "undo/", undo).status_code in {302, 303}
    assert statuses(record) == {"DNR: no intubation": "active", "Full code": "entered-in-error"}


def test_a_code_status_that_was_ended_on_purpose_brings_back_nothing(record: Record) -> None:
    doctor, case = staff("physician"), CASES["code-status"]
    post(doctor, f"{case.forms}new/", case.new)
    post(doctor, f"{case.forms}new/", {**case.new, "code": "full", "detail": ""})
    newest = next(one for one in items(record, case) if one.resource.status == "active")
    ended = {
        **case.new,
        "code": "full",
        "detail": "",
        "status": "inactive",
        "version": str(newest.version),
    }
    assert post(doctor, f"{case.forms}{newest.id}/", ended).status_code == 303
    assert set(statuses(record).values()) == {"inactive"}


def test_two_code_statuses_in_force_are_both_told(record: Record) -> None:
    kind = coded("urn:osler:flag", "code-status")
    for said in ("DNR of the hospital", "Full code of ours"):
        kept(
            record,
            r4.Flag(
                status="active",
                category=[kind],
                code=r4.CodeableConcept(text=said),
                subject=subject(),
            ),
        )
    page = words("directives/")
    assert "DNR of the hospital" in page and "Full code of ours" in page
    assert "More than one code status is in force" in page
    banner = words("problems/")
    assert "DNR of the hospital" in banner and "Full code of ours" in banner


def test_an_agent_whose_time_is_over_is_told_so_and_keeps_every_number(record: Record) -> None:
    phones = [r4.ContactPoint(system="phone", value=v) for v in ("555-1", "555-2")]
    one = r4.RelatedPerson(
        active=True,
        patient=subject(),
        relationship=[coded(ROLE, "HPOWATT")],
        telecom=phones,
        name=[r4.HumanName(text="Rosa")],
        period=r4.Period(end="2019-01-01"),
    )
    id = kept(record, one)
    assert "Rosa Not any more" in words("directives/")
    assert resaved(f"directives/agents/{id}/", {"phone": "555-3"}).status_code == 303
    now = current(record, r4.RelatedPerson, id)
    assert [each.value for each in now.telecom] == ["555-3", "555-2"]


def test_the_day_of_entry_is_not_told_as_the_day_of_signing(record: Record) -> None:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        new = {k: v for k, v in CASES["directive"].new.items() if k != "date"}
        assert post(staff("physician"), "directives/documents/new/", new).status_code == 303
    assert "Day of signing not recorded, entered Jul 1, 2026" in words("directives/")


def test_a_save_that_changed_nothing_offers_no_undo_of_what_was_before(record: Record) -> None:
    doctor, case = staff("physician"), CASES["goal"]
    assert post(doctor, "goals/new/", case.new).status_code == 303
    made = items(record, case)[0]
    doctor.get(f"/patients/{who()}/goals/")  # The toast of what was added.
    answer = resaved(f"goals/{made.id}/", doctor=doctor)
    assert answer.status_code == 303 and items(record, case)[0].version == made.version
    page = doctor.get(answer["Location"])
    assert "Nothing was changed" in text(page)
    assert f'name="version" value="{made.version}"' not in page.content.decode()


def test_older_entries_are_offered_also_behind_mistakes(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osler.staff.lists.pages.MOST", 3)
    for n in range(4):
        kept(record, goal(state="entered-in-error" if n == 3 else "active"))
    wrong = [
        one for one in Chart(record, LOCAL, who()).items(r4.Goal, 3) if is_mistake(one.resource)
    ]
    page = staff("physician").get(f"/patients/{who()}/goals/").content.decode()
    assert wrong and "?n=6" in page
