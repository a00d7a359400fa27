"""Editing one thing of an entry loses nothing else of it: ages in months, relapses, reactions, courses under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Record, Update
from tests.staff.lists.conftest import PATIENT
from tests.staff.lists.test_lists import NEW, added, at, post
from tests.staff.people import staff, text


def put(record: Record, json: str) -> None:
    record.commit(LOCAL, [Update(decode(json.replace("$P", PATIENT[0]).encode()))])


def read(record: Record, kind: Any, id: str) -> Any:
    return Chart(record, LOCAL, PATIENT[0]).read(kind, id).resource


def test_six_months_are_not_six_years_and_a_relapse_stays_one(record: Record) -> None:
    put(
        record,
        '{"resourceType":"Condition","id":"eczema","subject":{"reference":"Patient/$P"},"code":{"text":"Eczema"},'
        '"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]}],'
        '"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"relapse"}]},'
        '"onsetAge":{"value":6,"unit":"months","system":"http://unitsofmeasure.org","code":"mo"}}',
    )
    doctor = staff("physician")
    form = doctor.get(f"{at()}/problems/eczema/").content.decode()
    assert 'value="at 6 mo"' in form
    fields = {"problem": "Eczema", "problem_typed": "1", "status": "active", "verification": "confirmed"}  # fmt: skip
    answer = post(doctor, "problems/eczema/", **fields, onset="at 6 mo", note="Itches", version="1")
    assert answer.status_code == 303, text(answer)
    now = read(record, r4.Condition, "eczema")
    assert (now.onsetAge.value, now.onsetAge.code) == (6, "mo")
    assert now.clinicalStatus.coding[0].code == "relapse"
    assert now.note[0].text == "Itches"


def test_reactions_that_the_form_does_not_show_stay(record: Record) -> None:
    four = ",".join(
        f'{{"manifestation":[{{"text":"R{n}"}}],"severity":"severe","description":"D{n}"}}'
        for n in range(4)
    )
    put(
        record,
        '{"resourceType":"AllergyIntolerance","id":"nut","patient":{"reference":"Patient/$P"},"code":{"text":"Nut"},'
        '"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},'
        f'"category":["food","environment"],"reaction":[{four}]}}',
    )
    fields = {"substance": "Nut", "substance_typed": "on", "type": "allergy", "certainty": "confirmed"}  # fmt: skip
    for n in range(3):
        row = f"{n + 1}"
        fields |= {f"reaction{row}": f"R{n}", f"reaction{row}_typed": "1", f"severity{row}": "severe"}  # fmt: skip
    answer = post(
        staff("physician"), "allergies/nut/", **fields, status="active", category="food",
        criticality="high", version="1",
    )  # fmt: skip
    assert answer.status_code == 303, text(answer)
    now = read(record, r4.AllergyIntolerance, "nut")
    assert [one.manifestation[0].text for one in now.reaction] == ["R0", "R1", "R2", "R3"]
    assert [one.description for one in now.reaction] == ["D0", "D1", "D2", "D3"]
    assert (now.category, now.criticality) == (["food", "environment"], "high")


def test_a_course_that_ends_next_week_is_taken_now(record: Record) -> None:
    ends = (clock.now() + timedelta(days=7)).date().isoformat()
    answer = post(staff("physician"), "medications/new/", **NEW["medications"], stop=ends)
    assert answer.status_code == 303, text(answer)
    assert added(record, "medications").resource.status == "active"


def test_who_corrects_the_lot_of_a_vaccine_did_not_give_it(record: Record) -> None:
    nia = staff("nurse", name="nia", person="Practitioner/p1")
    assert post(nia, "immunizations/new/", **NEW["immunizations"]).status_code == 303
    made = added(record, "immunizations")
    other = staff("nurse", name="olga")
    for performer, version in (("", "1"), (made.resource.performer[0].actor.display, "2")):
        fields = NEW["immunizations"] | {"lot": "B2", "performer": performer, "version": version}
        answer = post(other, f"immunizations/{made.id}/", **fields)
        assert answer.status_code == 303, text(answer)
        now = added(record, "immunizations").resource
        assert (now.lotNumber, now.performer[0].actor.reference) == ("B2", "Practitioner/p1")


def test_two_changes_of_one_regimen_are_never_made_one_unasked(record: Record) -> None:
    ada, bea = staff("physician", name="ada"), staff("physician", name="bea")
    assert post(ada, "medications/new/", **NEW["medications"]).status_code == 303
    made = added(record, "medications")
    once = NEW["medications"] | {"version": str(made.version)}
    assert post(ada, f"medications/{made.id}/", **(once | {"dose": "2"})).status_code == 303
    late = post(bea, f"medications/{made.id}/", **(once | {"frequency": "twice"}))
    assert late.status_code == 409
    assert added(record, "medications").resource.dosage[0].text == "Take 2 tablets by mouth daily"
