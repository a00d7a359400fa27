"""Answers that were kept wrong are corrected over their version, with scores and observations; the past stays."""

from __future__ import annotations

import re
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.clinic.questionnaires.forms import FORMS
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Create, Record
from tests.clinic.questionnaires.test_scores import reaching
from tests.staff.background.test_entries import post, who
from tests.staff.background.test_social import observed, page, responses
from tests.staff.people import staff, text

pytestmark = pytest.mark.database


def asked(record: Record, doctor: Any, name: str, fields: dict[str, str]) -> Any:
    assert post(doctor, f"social/new/{name}/", fields).status_code == 303
    return responses(record)[0]


def amended(doctor: Any, made: Any, fields: dict[str, str], version: int | None = None) -> Any:
    given = {**fields, "version": str(version or made.version)}
    return post(doctor, f"social/{made.id}/change/", given)


def scores(record: Record, code: str) -> list[r4.Observation]:
    return [one for one in observed(record) if one.code.coding[0].code == code]


def test_a_corrected_answer_corrects_the_score_and_nothing_is_lost(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-9", reaching(FORMS["phq-9"], 4))
    form = doctor.get(f"/patients/{who()}/social/{made.id}/change/").content.decode()
    assert f'name="version" value="{made.version}"' in form and 'value="LA6571-9" checked' in form
    assert re.search(r'id="q-score".*?<strong>4</strong>', form, re.DOTALL)
    answer = amended(doctor, made, reaching(FORMS["phq-9"], 15))
    assert answer.status_code == 303, text(answer)
    now = responses(record)[0]
    assert (now.id, now.version, now.resource.status) == (made.id, made.version + 1, "amended")
    assert now.resource.authored == made.resource.authored
    score = scores(record, "44261-6")
    assert len(score) == 1 and score[0].status == "corrected"
    assert score[0].valueQuantity is not None and score[0].valueQuantity.value == 15
    assert score[0].interpretation is not None
    assert score[0].interpretation[0].text == "Moderately severe"
    assert (
        score[0].text is not None and "15" in score[0].text.div and "Mild" not in score[0].text.div
    )
    assert score[0].effectiveDateTime == made.resource.authored
    assert "PHQ-9 15 Moderately severe" in page(doctor) and "amended" in page(doctor)
    before = record.vread(LOCAL, "QuestionnaireResponse", made.id, made.version)
    assert b'"status":"completed"' in before.content
    assert score[0].id is not None
    old = decode(record.vread(LOCAL, "Observation", score[0].id, 1).content)
    assert isinstance(old, r4.Observation) and old.valueQuantity is not None
    assert old.valueQuantity.value == 4


def test_a_stale_correction_overwrites_nothing(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-2", reaching(FORMS["phq-2"], 1))
    assert amended(doctor, made, reaching(FORMS["phq-2"], 5)).status_code == 303
    late = amended(doctor, made, reaching(FORMS["phq-2"], 3))
    assert late.status_code == 409
    assert "More than half the days" in text(late)
    assert responses(record)[0].version == made.version + 1
    assert scores(record, "55758-7")[0].valueQuantity.value == 5  # type: ignore[union-attr]
    assert post(doctor, f"social/{made.id}/change/", reaching(FORMS["phq-2"], 3)).status_code == 400


def test_social_history_that_stands_alone_is_corrected_too(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "smoking", {"72166-2": "8517006"})
    assert amended(doctor, made, {"72166-2": "449868002"}).status_code == 303
    found = scores(record, "72166-2")
    assert [one.status for one in found] == ["corrected"]
    assert found[0].valueCodeableConcept is not None
    assert found[0].valueCodeableConcept.coding is not None
    assert found[0].valueCodeableConcept.coding[0].code == "449868002"
    now = responses(record)[0]
    assert amended(doctor, now, {"72166-2": "asked-declined"}).status_code == 303
    one = scores(record, "72166-2")[0]
    assert one.valueCodeableConcept is None and one.dataAbsentReason is not None


def test_a_score_that_no_answers_make_any_more_is_no_score(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "gad-7", reaching(FORMS["gad-7"], 12))
    declined = reaching(FORMS["gad-7"], 12) | {"69725-0": "asked-declined"}
    assert amended(doctor, made, declined).status_code == 303
    score = scores(record, "70274-6")[0]
    assert score.status == "entered-in-error" and score.note is not None
    assert "Without a score" in text(doctor.get(f"/patients/{who()}/social/{made.id}/"))
    now = responses(record)[0]
    assert amended(doctor, now, reaching(FORMS["gad-7"], 3)).status_code == 303
    values = {one.status: one for one in scores(record, "70274-6")}
    assert set(values) == {"entered-in-error", "final"}
    assert values["final"].valueQuantity is not None and values["final"].valueQuantity.value == 3


def test_what_was_left_open_is_finished_without_being_called_amended(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-2", {"44250-9": "LA6571-9", "partly": "on"})
    assert made.resource.status == "in-progress"
    assert amended(doctor, made, {"44250-9": "LA6571-9"}).status_code == 422
    assert amended(doctor, made, reaching(FORMS["phq-2"], 5)).status_code == 303
    assert responses(record)[0].resource.status == "completed"
    assert scores(record, "55758-7")[0].status == "final"


def test_saved_without_a_change_is_no_amendment(record: Record) -> None:
    doctor = staff("physician")
    fields = reaching(FORMS["hark"], 2)
    made = asked(record, doctor, "hark", fields)
    assert amended(doctor, made, fields).status_code == 303
    now = responses(record)[0]
    assert (now.version, now.resource.status) == (made.version, "completed")


def test_undo_of_a_correction_brings_back_answers_and_score(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-9", reaching(FORMS["phq-9"], 4))
    amended(doctor, made, reaching(FORMS["phq-9"], 15))
    now = responses(record)[0]
    fields = {"type": "QuestionnaireResponse", "item": made.id, "version": str(now.version)}
    assert post(doctor, "undo/", fields).status_code in {302, 303}
    assert responses(record)[0].resource.status == "completed"
    score = scores(record, "44261-6")
    assert [(one.status, int(one.valueQuantity.value)) for one in score] == [("final", 4)]  # type: ignore[union-attr, arg-type]


def test_undo_of_answers_takes_the_score_with_them(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-2", reaching(FORMS["phq-2"], 6))
    fields = {"type": "QuestionnaireResponse", "item": made.id, "version": str(made.version)}
    assert post(doctor, "undo/", fields).status_code in {302, 303}
    assert responses(record)[0].resource.status == "entered-in-error"
    assert [one.status for one in scores(record, "55758-7")] == ["entered-in-error"]


@pytest.mark.parametrize(("role", "code"), [("front-desk", 404), ("biller", 404)])
def test_who_may_not_read_answers_corrects_none(record: Record, role: str, code: int) -> None:
    made = asked(record, staff("physician"), "hark", reaching(FORMS["hark"], 2))
    client = staff(role)
    assert client.get(f"/patients/{who()}/social/{made.id}/change/").status_code == code
    assert amended(client, made, reaching(FORMS["hark"], 0)).status_code == code
    assert responses(record)[0].version == made.version


def test_answers_of_another_patient_are_not_found(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-2", reaching(FORMS["phq-2"], 1))
    fields = {**reaching(FORMS["phq-2"], 5), "version": str(made.version), "patient": "ana"}
    assert doctor.post(f"/patients/ana/social/{made.id}/change/", fields).status_code == 404
    assert responses(record)[0].version == made.version


def test_no_later_answer_that_says_nothing_of_it_ends_an_alarm(record: Record) -> None:
    doctor = staff("physician")
    alarm = reaching(FORMS["phq-9"], 0) | {"44260-8": "LA6569-3"}
    asked(record, doctor, "phq-9", alarm)
    asked(record, doctor, "phq-9", {"declined": "on"})
    asked(record, doctor, "phq-9", {"44250-9": "LA6568-5", "partly": "on"})
    assert "Thoughts of being better off dead" in page(doctor)
    asked(record, doctor, "phq-9", reaching(FORMS["phq-9"], 0))
    assert "Thoughts of being better off dead" not in page(doctor)


def test_declining_the_rest_keeps_what_was_answered(record: Record) -> None:
    doctor = staff("physician")
    made = asked(record, doctor, "phq-9", {"44260-8": "LA6571-9", "declined": "on"})
    answers = {one.linkId: one for one in made.resource.item}
    assert answers["44260-8"].answer[0].valueCoding.code == "LA6571-9"
    assert answers["44250-9"].answer is None and answers["44250-9"].extension
    assert "Thoughts of being better off dead" in page(doctor)


def foreign(form: str, *items: r4.QuestionnaireResponseItem) -> r4.QuestionnaireResponse:
    """A response as another program writes it."""
    return r4.QuestionnaireResponse(
        questionnaire=FORMS[form].canonical,
        status="completed",
        subject=r4.Reference(reference=f"Patient/{who()}"),
        authored="2026-01-05T08:00:00Z",
        item=list(items),
    )


def test_an_answer_that_no_question_has_breaks_no_page_and_is_not_hidden(record: Record) -> None:
    """A program wrote nine days of a week, and a choice that is none: the page stands, and says both."""
    answer = r4.QuestionnaireResponseItemAnswer
    days = r4.QuestionnaireResponseItem(linkId="68515-6", answer=[answer(valueInteger=9)])
    odd = answer(valueCoding=r4.Coding(code="x1", display="Pipe, daily"))
    smoked = r4.QuestionnaireResponseItem(linkId="72166-2", answer=[odd])
    ops = [Create(foreign("activity", days)), Create(foreign("smoking", smoked))]
    record.commit(LOCAL, ops)
    doctor = staff("physician")
    assert "Pipe, daily" in page(doctor)
    made = next(one for one in responses(record) if "89555-7" in one.resource.questionnaire)
    assert " 9 " in text(doctor.get(f"/patients/{who()}/social/{made.id}/"))
    assert amended(doctor, made, {"68516-4": "20", "partly": "on"}).status_code == 303
    kept = next(one for one in responses(record) if one.id == made.id).resource
    assert kept.item[0].answer[0].valueInteger == 9 and kept.item[1].answer[0].valueInteger == 20


def test_a_status_that_was_recorded_since_is_shown_beside_an_older_answer(record: Record) -> None:
    doctor = staff("physician")
    never = r4.Coding(system="http://snomed.info/sct", code="266919005")
    record.commit(LOCAL, [Create(foreign("smoking", r4.QuestionnaireResponseItem(
        linkId="72166-2", answer=[r4.QuestionnaireResponseItemAnswer(valueCoding=never)])))])  # fmt: skip
    later = r4.Observation(
        status="final",
        code=r4.CodeableConcept(coding=[r4.Coding(system="http://loinc.org", code="72166-2")]),
        subject=r4.Reference(reference=f"Patient/{who()}"),
        effectiveDateTime="2026-06-01",
        valueCodeableConcept=r4.CodeableConcept(text="Smokes every day"),
    )
    assert "Smokes every day" not in page(doctor)
    Chart(record, LOCAL, who()).add(later)
    assert "Never smoked" in page(doctor) and "Smokes every day" in page(doctor)
