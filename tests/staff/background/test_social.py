"""Questionnaires: asked, scored while one answers, kept as response and observations, declined, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.clinic.questionnaires.forms import FORMS
from osler.fhir import r4
from osler.record import Record
from tests.clinic.questionnaires.test_scores import reaching
from tests.staff.background.test_entries import post, who
from tests.staff.people import staff, text

pytestmark = pytest.mark.database


def responses(record: Record) -> Any:
    return Chart(record, LOCAL, who()).items(r4.QuestionnaireResponse, 20, ("_sort", "-authored"))


def observed(record: Record) -> list[Any]:
    return [one.resource for one in Chart(record, LOCAL, who()).items(r4.Observation, 50)]


def page(client: Any) -> str:
    return text(client.get(f"/patients/{who()}/social/"))


def test_a_score_is_kept_with_the_answers_it_came_from(record: Record) -> None:
    doctor = staff("physician")
    answer = post(doctor, "social/new/gad-7/", reaching(FORMS["gad-7"], 12))
    assert answer.status_code == 303, text(answer)
    kept = responses(record)[0].resource
    assert kept.status == "completed" and len(kept.item) == 7
    score = observed(record)[0]
    assert score.code.coding[0].code == "70274-6" and score.valueQuantity.value == 12
    assert score.category[0].coding[0].code == "survey"
    assert (
        score.derivedFrom[0].reference.split("/_history")[0] == f"QuestionnaireResponse/{kept.id}"
    )
    words = page(doctor)
    assert "GAD-7 12 Moderate" in words
    assert post(doctor, "social/new/gad-7/", reaching(FORMS["gad-7"], 4)).status_code == 303
    assert "Over time" in page(doctor)


def test_the_score_shows_while_one_answers(record: Record) -> None:
    doctor = staff("physician")
    half = dict(list(reaching(FORMS["phq-9"], 0).items())[:4])
    assert "5 questions are open" in text(post(doctor, "social/score/phq-9/", half))
    whole = reaching(FORMS["phq-9"], 15)
    assert "15 Moderately severe" in text(post(doctor, "social/score/phq-9/", whole))
    alarm = text(post(doctor, "social/score/phq-9/", {"44260-8": "LA6569-3"}))
    assert "988" in alarm
    assert responses(record) == []


def test_item_9_leads_to_the_answers_and_stays_on_the_page(record: Record) -> None:
    doctor = staff("physician")
    answers = reaching(FORMS["phq-9"], 0) | {"44260-8": "LA6569-3"}
    answer = post(doctor, "social/new/phq-9/", answers)
    assert answer.status_code == 303 and responses(record)[0].id in answer.headers["Location"]
    assert "Do not leave the patient alone" in text(doctor.get(answer.headers["Location"]))
    assert "Thoughts of being better off dead" in page(doctor)
    assert post(doctor, "social/new/phq-9/", reaching(FORMS["phq-9"], 0)).status_code == 303
    assert "Thoughts of being better off dead" not in page(doctor)


def test_open_questions_are_asked_and_partial_answers_can_be_kept(record: Record) -> None:
    doctor = staff("physician")
    half = {"44250-9": "LA6568-5"}
    refused = post(doctor, "social/new/phq-2/", half)
    assert refused.status_code == 422 and "Not answered" in text(refused)
    assert 'value="LA6568-5" checked' in refused.content.decode()
    assert post(doctor, "social/new/phq-2/", {**half, "partly": "on"}).status_code == 303
    assert responses(record)[0].resource.status == "in-progress" and observed(record) == []
    assert "not finished" in page(doctor)
    nothing = post(doctor, "social/new/phq-2/", {"partly": "on"})
    assert nothing.status_code == 422 and "Nothing was answered" in text(nothing)
    assert 'name="partly" checked' in nothing.content.decode()


def test_declined_is_kept_as_declined(record: Record) -> None:
    doctor = staff("physician")
    assert post(doctor, "social/new/smoking/", {"declined": "on"}).status_code == 303
    made = observed(record)[0]
    assert (
        made.dataAbsentReason.coding[0].code == "asked-declined"
        and made.valueCodeableConcept is None
    )
    assert "Asked, declined" in page(doctor)


def test_smoking_status_is_us_cores(record: Record) -> None:
    doctor = staff("physician")
    assert post(doctor, "social/new/smoking/", {"72166-2": "8517006"}).status_code == 303
    made = observed(record)[0]
    assert made.category[0].coding[0].code == "social-history"
    assert made.code.coding[0].code == "72166-2"
    assert made.valueCodeableConcept.coding[0].system == "http://snomed.info/sct"
    assert "Former smoker" in page(doctor)


def test_work_has_its_industry(record: Record) -> None:
    fields = {"11341-5": "Welder", "86188-0": "Shipyard"}
    assert post(staff("physician"), "social/new/work/", fields).status_code == 303
    made = observed(record)[0]
    assert made.valueCodeableConcept.text == "Welder"
    assert made.component[0].valueCodeableConcept.text == "Shipyard"


def test_a_mistake_takes_the_score_with_it(record: Record) -> None:
    doctor = staff("physician")
    assert post(doctor, "social/new/hark/", reaching(FORMS["hark"], 2)).status_code == 303
    made = responses(record)[0]
    fields = {"version": str(made.version), "reason": "Other patient"}
    assert post(doctor, f"social/{made.id}/wrong/", fields).status_code == 303
    assert responses(record)[0].resource.status == "entered-in-error"
    assert {one.status for one in observed(record)} == {"entered-in-error"}
    assert doctor.get(f"/patients/{who()}/social/{made.id}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "may"),
    [("nurse", True), ("medical-assistant", True), ("front-desk", False), ("biller", False)],
)
def test_by_role(record: Record, role: str, may: bool) -> None:
    client = staff(role)
    assert ("social/new/" in client.get(f"/patients/{who()}/social/").content.decode()) is may
    answer = post(client, "social/new/phq-2/", reaching(FORMS["phq-2"], 1))
    assert answer.status_code == (303 if may else 403)
    assert len(responses(record)) == may


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_drawn(record: Record, name: str) -> None:
    answer = staff("nurse").get(f"/patients/{who()}/social/new/{name}/")
    assert answer.status_code == 200
    drawn = answer.content.decode()
    assert all(f'name="{one.code}"' in drawn for one in FORMS[name].questions)


def test_many_responses_ask_no_more(
    record: Record, counted: Callable[[Callable[[], Any]], int]
) -> None:
    doctor = staff("physician")
    at = f"/patients/{who()}/social/"
    post(doctor, "social/new/phq-2/", reaching(FORMS["phq-2"], 1))
    doctor.get(at)
    few = counted(lambda: doctor.get(at))
    for score in range(4):
        post(doctor, "social/new/phq-2/", reaching(FORMS["phq-2"], score))
    doctor.get(at)
    assert counted(lambda: doctor.get(at)) <= few + 2
