"""The lists of a chart: added by plain words, changed over their version, resolved, marked as mistakes; by role."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.record import Record
from tests.staff.lists.conftest import PATIENT
from tests.staff.people import staff, text

SECTIONS = ("problems", "allergies", "medications", "immunizations", "procedures")
NEW = {
    "problems": {"problem": "sugar", "problem_code": "http://hl7.org/fhir/sid/icd-10-cm|E11.9",
                 "status": "active", "verification": "confirmed", "onset": "Mar 2014", "severity": "6736007"},
    "allergies": {"substance": "Penicillins", "type": "allergy", "certainty": "confirmed", "status": "active",
                  "criticality": "high", "reaction1": "Hives", "severity1": "severe", "onset": "at 12"},
    "medications": {"drug": "lisinopril 10 mg oral tablet", "dose": "1", "unit": "tablet", "route": "oral",
                    "frequency": "daily", "source": "patient", "start": "2020"},
    "immunizations": {"kind": "given", "vaccine": "Tdap", "date": "2024-05-03", "lot": "A1", "dose": "1",
                      "manufacturer": "Sanofi Pasteur", "site": "LD", "route": "IM", "funding": "private"},
    "procedures": {"procedure": "Colonoscopy", "status": "completed", "date": "2019", "performer": "Dr. Elsewhere"},
}  # fmt: skip
KINDS = {
    "problems": r4.Condition,
    "allergies": r4.AllergyIntolerance,
    "medications": r4.MedicationStatement,
    "immunizations": r4.Immunization,
    "procedures": r4.Procedure,
}


def who() -> str:
    """The patient of this test: made by the fixture, without any history."""
    return PATIENT[-1]


def at() -> str:
    return f"/patients/{who()}"


def post(client: Any, path: str, **fields: str) -> Any:
    return client.post(f"{at()}/{path}", {"patient": who(), **fields})


def items(record: Record, section: str) -> list[Any]:
    return Chart(record, LOCAL, who()).items(KINDS[section], 50)


def added(record: Record, section: str) -> Any:
    return items(record, section)[0]


@pytest.mark.parametrize("section", SECTIONS)
def test_added_shown_changed_and_marked_as_a_mistake(record: Record, section: str) -> None:
    doctor = staff("physician")
    answer = post(doctor, f"{section}/new/", **NEW[section])
    assert answer.status_code == 303, text(answer)
    made = added(record, section)
    page = doctor.get(f"{at()}/{section}/")
    assert page.status_code == 200
    assert f"{at()}/{section}/{made.id}/" in page.content.decode()
    form = doctor.get(f"{at()}/{section}/{made.id}/")
    assert f'name="version" value="{made.version}"' in form.content.decode()
    changed = NEW[section] | {"note": "Seen again", "version": str(made.version)}
    assert post(doctor, f"{section}/{made.id}/", **changed).status_code == 303
    again = added(record, section)
    assert again.resource.note[0].text == "Seen again" and again.version == made.version + 1
    late = changed | {"note": "Something else"}
    assert post(doctor, f"{section}/{made.id}/", **late).status_code == 409
    no_reason = post(doctor, f"{section}/{made.id}/wrong/", version=str(again.version), reason=" ")
    assert no_reason.status_code == 400
    wrong = post(
        doctor, f"{section}/{made.id}/wrong/", version=str(again.version), reason="Other patient"
    )
    assert wrong.status_code == 303
    gone = doctor.get(f"{at()}/{section}/").content.decode()
    assert f"{at()}/{section}/{made.id}/" not in gone
    assert doctor.get(f"{at()}/{section}/{made.id}/").status_code == 404
    assert "Other patient" in added(record, section).resource.note[-1].text


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("nurse", set(SECTIONS)),
        ("medical-assistant", {"allergies", "medications", "immunizations"}),
        ("biller", set()),
        ("front-desk", set()),
    ],
)
def test_what_a_role_may_not_write_has_no_button_and_is_refused(
    record: Record, section: str, role: str, may: set[str]
) -> None:
    client = staff(role)
    page = client.get(f"{at()}/{section}/")
    assert (f"{section}/new/" in page.content.decode()) == (section in may)
    answer = post(client, f"{section}/new/", **NEW[section])
    assert answer.status_code == (303 if section in may else 403), text(answer)
    assert len(items(record, section)) == (section in may)


def test_a_form_of_another_patient_is_refused(record: Record) -> None:
    fields = NEW["problems"] | {"patient": "b.o-1"}
    assert staff("physician").post(f"{at()}/problems/new/", fields).status_code == 409
    assert items(record, "problems") == []


def test_an_item_of_another_patient_is_not_in_this_chart(record: Record) -> None:
    assert staff("physician").get("/patients/b.o-1/problems/c1/").status_code == 404


def test_words_without_a_code_are_asked_about_and_may_stay_as_typed(record: Record) -> None:
    doctor = staff("physician")
    fields = {"status": "active", "verification": "confirmed", "problem": "heart"}
    asked = post(doctor, "problems/new/", **fields)
    assert asked.status_code == 422 and "Which one do you mean?" in text(asked)
    picks = re.findall(r'name="problem_pick" value="([^"]+)"', asked.content.decode())
    assert picks[-1] == "typed" and len(picks) > 2
    assert post(doctor, "problems/new/", **fields, problem_pick=picks[0]).status_code == 303
    assert post(doctor, "problems/new/", **(fields | {"problem": "bad luck"})).status_code == 303
    assert post(doctor, "problems/new/", **fields, problem_pick="typed").status_code == 303
    codes = {
        one.resource.code.text: bool(one.resource.code.coding) for one in items(record, "problems")
    }
    assert codes["bad luck"] is False and codes["heart"] is False
    assert "Uncoded" in text(doctor.get(f"{at()}/problems/"))


def test_a_code_that_is_none_is_refused(record: Record) -> None:
    fields = NEW["problems"] | {"problem_code": "http://hl7.org/fhir/sid/icd-10-cm|Q00.00000"}
    assert post(staff("physician"), "problems/new/", **fields).status_code == 422


def test_a_duplicate_is_warned_of_once(record: Record) -> None:
    doctor = staff("physician")
    assert post(doctor, "problems/new/", **NEW["problems"]).status_code == 303
    warned = post(doctor, "problems/new/", **NEW["problems"])
    assert warned.status_code == 422 and "On the list already" in text(warned)
    assert 'name="anyway" value="on"' in warned.content.decode()
    assert post(doctor, "problems/new/", **NEW["problems"], anyway="on").status_code == 303


def test_problems_are_resolved_brought_back_and_ordered(record: Record) -> None:
    doctor = staff("physician")
    for name in ("one thing", "another thing"):
        fields = {
            "problem": name,
            "problem_typed": "1",
            "status": "active",
            "verification": "confirmed",
        }
        assert post(doctor, "problems/new/", **fields).status_code == 303
    made = {one.resource.code.text: one for one in items(record, "problems")}
    one, other = made["one thing"], made["another thing"]
    shown = f"{other.id},{one.id}"
    assert post(doctor, f"problems/{one.id}/move/", shown=shown, by="up").status_code == 303
    page = text(doctor.get(f"{at()}/problems/"))
    assert page.index("one thing") < page.rindex("another thing")
    assert (
        post(
            doctor, f"problems/{one.id}/move/", shown=f"{one.id},{other.id}", by="down"
        ).status_code
        == 303
    )
    resolved = post(
        doctor, f"problems/{one.id}/status/", status="resolved", version=str(one.version)
    )
    assert resolved.status_code == 303
    stored = Chart(record, LOCAL, who()).read(r4.Condition, one.id)
    assert stored.resource.abatementDateTime
    back = post(doctor, f"problems/{one.id}/status/", status="active", version=str(stored.version))
    assert back.status_code == 303
    assert not Chart(record, LOCAL, who()).read(r4.Condition, one.id).resource.abatementDateTime


def test_a_diagnosis_of_a_visit_is_put_on_the_list(record: Record) -> None:
    category = r4.CodeableConcept(
        coding=[
            r4.Coding(
                system="http://terminology.hl7.org/CodeSystem/condition-category",
                code="encounter-diagnosis",
            )
        ]
    )
    chart = Chart(record, LOCAL, who())
    made = chart.add(
        r4.Condition(
            category=[category], code=r4.CodeableConcept(text="Croup"), subject=chart.subject
        )
    )
    doctor = staff("physician")
    assert "Diagnoses of visits" in text(doctor.get(f"{at()}/problems/"))
    assert post(doctor, f"problems/{made[0].id}/promote/").status_code == 303
    assert "Diagnoses of visits" not in text(doctor.get(f"{at()}/problems/"))
    assert post(doctor, f"problems/{made[0].id}/promote/").status_code == 400


def test_none_known_is_stated_withdrawn_by_an_allergy_and_refused_while_there_is_one(
    record: Record,
) -> None:
    nurse = staff("nurse")
    assert "Not asked yet" in text(nurse.get(f"{at()}/allergies/"))
    assert post(nurse, "allergies/none-known/").status_code == 303
    assert "Stated by" in text(nurse.get(f"{at()}/allergies/"))
    assert post(nurse, "allergies/none-known/").status_code == 303
    assert len(items(record, "allergies")) == 1
    assert post(nurse, "allergies/new/", **NEW["allergies"]).status_code == 303
    page = text(nurse.get(f"{at()}/allergies/"))
    assert "Penicillins" in page and "Stated by" not in page and "at age 12" in page
    refused = post(nurse, "allergies/none-known/")
    assert refused.status_code == 409 and "Penicillins" in text(refused)


def test_a_drug_that_meets_an_allergy_is_warned_of(record: Record) -> None:
    nurse = staff("nurse")
    assert post(nurse, "allergies/new/", **NEW["allergies"]).status_code == 303
    fields = NEW["medications"] | {"drug": "amoxicillin 500 mg", "drug_typed": "1"}
    warned = post(nurse, "medications/new/", **fields)
    assert warned.status_code == 422 and "Allergy to Penicillins" in text(warned)
    unknown = post(nurse, "medications/new/", **(fields | {"drug": "blue drops"}))
    assert "allergies were not checked" in text(unknown)
    assert post(nurse, "medications/new/", **fields, anyway="on").status_code == 303
    assert "Allergy: Penicillins" in text(nurse.get(f"{at()}/medications/"))


def test_a_drug_is_held_resumed_and_stopped_with_reasons(record: Record) -> None:
    nurse = staff("nurse")
    assert post(nurse, "medications/new/", **NEW["medications"]).status_code == 303
    where = f"medications/{added(record, 'medications').id}/step"
    assert nurse.get(f"{at()}/{where}/hold/").status_code == 200
    for step, reason, status in (("hold", "", 422), ("hold", "Before a procedure", 303), ("resume", "", 303),
                                 ("stop", "Cough", 303), ("hold", "x", 400)):  # fmt: skip
        version = str(added(record, "medications").version)
        assert post(nurse, f"{where}/{step}/", reason=reason, version=version).status_code == status
    stored = added(record, "medications").resource
    assert (
        stored.status == "stopped"
        and stored.statusReason[0].text == "Cough"
        and stored.effectivePeriod.end
    )
    assert [said.text for said in stored.note] == [
        "Hold: Before a procedure",
        "Resume",
        "Stop: Cough",
    ]


def test_the_list_of_drugs_is_reviewed(record: Record) -> None:
    nurse = staff("nurse")
    assert "Not reviewed yet" in text(nurse.get(f"{at()}/medications/"))
    assert post(nurse, "medications/reviewed/").status_code == 303
    assert "Not reviewed yet" not in text(nurse.get(f"{at()}/medications/"))


def test_only_some_may_record_what_was_prescribed(record: Record) -> None:
    fields = NEW["medications"] | {"source": "prescribed", "prescriber": "Dr. Elsewhere"}
    refused = post(staff("nurse"), "medications/new/", **fields)
    assert refused.status_code == 422 and "Your role records" in text(refused)
    assert post(staff("physician"), "medications/new/", **fields).status_code == 303
    requests = Chart(record, LOCAL, who()).items(r4.MedicationRequest, 5)
    assert [one.resource.reportedBoolean for one in requests] == [True]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lot": ""}, "The law wants the lot"),
        ({"date": "2024"}, "Give the day and the month too."),
        ({"kind": "refused"}, "Say why it was not given."),
        ({"expires": "2020"}, "This lot had expired"),
    ],
)
def test_a_vaccine_given_here_has_what_the_law_wants(
    record: Record, fields: dict[str, str], said: str
) -> None:
    answer = post(staff("nurse"), "immunizations/new/", **(NEW["immunizations"] | fields))
    assert answer.status_code == 422 and said in text(answer)


def test_a_vaccine_given_elsewhere_needs_a_year_only(record: Record) -> None:
    nurse = staff("nurse")
    assert (
        post(nurse, "immunizations/new/", kind="historical", vaccine="MMR", date="1990").status_code
        == 303
    )
    page = text(nurse.get(f"{at()}/immunizations/"))
    assert "Measles" in page and "Given elsewhere" in page


def test_terms_are_found_as_one_types_and_by_staff_only(record: Record) -> None:
    doctor = staff("physician")
    answer = doctor.post("/terms/diagnosis/", {"q": "heart attack"})
    assert answer.json()["options"][0]["code"] == "I21.9"
    assert doctor.post("/terms/spells/", {"q": "x"}).status_code == 404
    assert doctor.get("/terms/diagnosis/").status_code == 405


@pytest.mark.parametrize("section", SECTIONS)
def test_a_list_asks_little_of_the_database_whatever_its_length(
    record: Record, counted: Callable[[Callable[[], Any]], int], section: str
) -> None:
    doctor = staff("physician")
    assert post(doctor, f"{section}/new/", **NEW[section]).status_code == 303
    doctor.get(f"{at()}/{section}/")
    few = counted(lambda: doctor.get(f"{at()}/{section}/"))
    one = added(record, section).resource
    one.id = None
    Chart(record, LOCAL, who()).add(*[one] * 40)
    doctor.get(f"{at()}/{section}/")
    many = counted(lambda: doctor.get(f"{at()}/{section}/"))
    assert many <= few + 2  # Now and then a sign of life of the session is among them.
    assert many <= 40
