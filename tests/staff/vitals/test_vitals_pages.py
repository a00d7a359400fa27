"""Entry, flowsheet, correction and growth as pages: who gets in, what is asked, what is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.vitals import latest, person
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Delete, Record, Update
from osler.search.parse import parse
from tests.staff.people import staff, text

_URL = "/patients/ana/vitals/"
_NEW = f"{_URL}new/"


def _tim() -> Update:
    """A boy who was born a year ago."""
    born = (clock.now() - timedelta(days=365)).date().isoformat()
    name = [r4.HumanName(family="Little", given=["Tim"])]
    return Update(r4.Patient(id="tim", gender="male", birthDate=born, name=name))


@pytest.fixture(autouse=True)
def _nothing_measured(record: Record) -> None:
    """What the module's earlier tests measured is gone."""
    page = record.search(LOCAL, parse("Observation", [("_count", "1000")], record.registry))
    record.commit(LOCAL, [Delete("Observation", one.id) for one in page.matches])


@pytest.fixture
def nurse(record: Record) -> Any:
    return staff("nurse", person="Practitioner/p1")


def _form(**values: str) -> dict[str, Any]:
    at = clock.now().strftime("%Y-%m-%dT%H:%M")
    return {"patient": "ana", "at": at, "by": "me", "units": "us", **values}


def _observations(record: Record, patient: str = "ana") -> dict[str, r4.Observation]:
    pairs = [("patient", f"Patient/{patient}"), ("_count", "100")]
    page = record.search(LOCAL, parse("Observation", pairs, record.registry))
    found = [decode(one.content) for one in page.matches]
    return {
        (one.code.coding or [])[0].code or "": one
        for one in found
        if isinstance(one, r4.Observation)
    }


def test_a_whole_rooming_is_one_transaction(record: Record, nurse: Any) -> None:
    answer = nurse.post(
        _NEW,
        _form(
            bp="138/84",
            bp_position="sitting",
            bp_site="left-arm",
            bp_cuff="adult",
            bp_method="automatic",
            bp2="132 80",
            hr="72",
            rhythm="regular",
            rr="16",
            temp="98,6",
            route="oral",
            spo2="97%",
            flow="2",
            weight="159 lb",
            height="5'10\"",
            waist="34",
            pain="0",
            note="Talked during the first",
        ),
    )
    assert answer.status_code == 303 and answer["Location"] == _URL
    found = _observations(record)
    assert set(found) == {
        "85354-9", "8867-4", "9279-1", "8310-5", "59408-5", "29463-7", "8302-2", "8280-0",
        "72514-3", "39156-5",
    }  # fmt: skip
    weight = found["29463-7"].valueQuantity
    assert weight and (str(weight.value), weight.code, weight.unit) == ("159", "[lb_av]", "lb")
    height = found["8302-2"].valueQuantity
    assert height and (str(height.value), height.code) == ("70", "[in_i]")
    temperature = found["8310-5"].valueQuantity
    assert temperature and (str(temperature.value), temperature.code) == ("98.6", "[degF]")
    bmi = found["39156-5"]
    assert bmi.valueQuantity and str(bmi.valueQuantity.value) == "22.8"
    sources = {one.reference for one in bmi.derivedFrom or []}
    assert sources == {
        f"Observation/{found['29463-7'].id}",
        f"Observation/{found['8302-2'].id}",
    }
    one = found["8867-4"]
    assert (one.performer or [])[0].reference == "Practitioner/p1"
    assert one.subject and one.subject.reference == "Patient/ana"
    times = {record.read(LOCAL, "Observation", o.id or "").updated for o in found.values()}
    assert len(times) == 1  # Of one transaction.


def test_what_cannot_be_is_refused_and_kept_typed(record: Record, nurse: Any) -> None:
    answer = nurse.post(_NEW, _form(temp="982", bp="84/138", weight="heavy"))
    said = text(answer)
    assert answer.status_code == 422 and 'value="982"' in answer.content.decode()
    assert "Enter a value from 90 to 110 °F. Did you mean 98.2?" in said
    assert "Did you mean 138/84?" in said
    assert "“heavy” was not understood" in said
    assert _observations(record) == {}


def test_the_unusual_is_asked_about_once(record: Record, nurse: Any) -> None:
    answer = nurse.post(_NEW, _form(hr="210"))
    assert answer.status_code == 422 and "210 /min is unusual. Expected is" in text(answer)
    assert 'name="sure" value="hr:210"' in answer.content.decode()
    assert nurse.post(_NEW, _form(hr="215", sure="hr:210")).status_code == 422
    assert nurse.post(_NEW, _form(hr="210", sure="hr:210")).status_code == 303
    assert "8867-4" in _observations(record)


def test_a_large_change_asks_for_the_unit(record: Record, nurse: Any) -> None:
    nurse.post(_NEW, _form(weight="72 kg"))
    answer = nurse.post(_NEW, _form(weight="72"))  # US customary: 72 lb.
    assert "It was 158.7 lb last time, now 72 lb: lb or kg? Is it right?" in text(answer)
    assert nurse.post(_NEW, _form(weight="72", units="metric")).status_code == 303


def test_not_done_has_its_reason(record: Record, nurse: Any) -> None:
    assert nurse.post(_NEW, _form(weight_absent="refused")).status_code == 303
    one = _observations(record)["29463-7"]
    assert one.valueQuantity is None and one.dataAbsentReason is not None
    assert (one.dataAbsentReason.coding or [])[0].code == "asked-declined"
    assert "Refused" in text(nurse.get(_URL))
    both = nurse.post(_NEW, _form(weight="70 kg", weight_absent="refused"))
    assert "Keep the value or the reason" in text(both)


def test_nothing_is_no_entry(record: Record, nurse: Any) -> None:
    assert "Nothing was entered" in text(nurse.post(_NEW, _form()))


def test_times_are_past_and_after_birth(record: Record, nurse: Any) -> None:
    late = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "has not come yet" in text(nurse.post(_NEW, _form(hr="70", at=late)))
    assert "before the patient was born" in text(
        nurse.post(_NEW, _form(hr="70", at="1950-01-01T10:00"))
    )
    assert nurse.post(_NEW, _form(hr="70", at="2026-01-05T10:30")).status_code == 303
    said = str(_observations(record)["8867-4"].effectiveDateTime)
    assert said.startswith("2026-01-05T")


def test_another_patient_s_form_is_refused(record: Record, nurse: Any) -> None:
    assert nurse.post(_NEW, _form(hr="70", patient="b.o-1")).status_code == 409
    assert _observations(record) == {}


def test_the_flowsheet_has_both_units_and_words(record: Record, nurse: Any) -> None:
    nurse.post(_NEW, _form(bp="150/95", bp_site="left-arm", weight="72 kg", temp="38.4"))
    said = text(nurse.get(_URL))
    for words in (
        "150/95",
        "High",
        "158.7",
        "lb",
        "101.1",
        "°F",
        "Left arm",
        "Last measured today",
    ):
        assert words in said


def test_home_readings_are_marked_and_averaged(record: Record, nurse: Any) -> None:
    for value in ("130/80", "140/90"):
        nurse.post(_NEW, _form(bp=value, by="home"))
    said = text(nurse.get(_URL))
    assert "Home" in said and "135/85" in said and "mean of 2 readings" in said


def test_a_reading_is_taken_back_with_what_was_computed_of_it(record: Record, nurse: Any) -> None:
    nurse.post(_NEW, _form(weight="72 kg", height="178 cm"))
    item = _observations(record)["29463-7"].id
    page = nurse.get(f"{_URL}{item}/")
    assert "A reading is never changed" in text(page)
    assert nurse.post(f"{_URL}{item}/", {"patient": "ana", "version": "1"}).status_code == 422
    form = {"patient": "ana", "version": "1", "reason": "Wrong patient on the scale"}
    assert nurse.post(f"{_URL}{item}/", form).status_code == 303
    after = _observations(record)
    assert after["29463-7"].status == after["39156-5"].status == "entered-in-error"
    assert after["8302-2"].status == "final"
    assert (after["29463-7"].note or [])[0].text == "Wrong patient on the scale"
    assert latest(record, LOCAL, "ana").get("weight") is None
    assert "Entered in error" in text(nurse.get(f"{_URL}{item}/"))
    assert nurse.post(f"{_URL}{item}/", form).status_code == 409  # Version 1 is gone.


def test_a_reading_of_another_chart_is_not_here(record: Record, nurse: Any) -> None:
    nurse.post(_NEW, _form(hr="70"))
    item = _observations(record)["8867-4"].id
    assert nurse.get(f"/patients/b.o-1/vitals/{item}/").status_code == 404


def test_a_field_answers_when_it_is_left(record: Record, nurse: Any) -> None:
    answer = nurse.post(f"{_URL}check/?field=weight", _form(weight="72kg", height="178cm"))
    assert "72.0 kg = 158.7 lb" in text(answer) and "BMI 22.7" in text(answer)
    answer = nurse.post(f"{_URL}check/?field=temp", _form(temp="982"))
    assert "Did you mean 98.2?" in text(answer)
    assert nurse.post(f"{_URL}check/?field=nothing", _form()).status_code == 404
    assert _observations(record) == {}


@pytest.mark.parametrize(
    ("role", "sees", "writes"),
    [("physician", 200, 303), ("nurse", 200, 303), ("front-desk", 403, 403)],
)
def test_who_gets_in(record: Record, role: str, sees: int, writes: int) -> None:
    client = staff(role, person="Practitioner/p1")
    seen = client.get(_URL)
    assert seen.status_code == sees or "Vitals" not in text(seen)
    assert (client.post(_NEW, _form(hr="70")).status_code == 303) == (writes == 303)
    assert bool(_observations(record)) == (writes == 303)


def _many(record: Record, start: int, number: int) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    ops = []
    for i in range(start, start + number):
        at = (now - timedelta(hours=7 * i)).isoformat()
        ops.append(
            Update(
                decode(
                    b'{"resourceType":"Observation","id":"o%d","status":"final","category":[{"coding":'
                    b'[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",'
                    b'"code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org",'
                    b'"code":"8867-4"}]},"subject":{"reference":"Patient/ana"},"effectiveDateTime":"%s",'
                    b'"valueQuantity":{"value":70,"system":"http://unitsofmeasure.org","code":"/min"}}'
                    % (i, at.encode())
                )
            )
        )
    record.commit(LOCAL, ops)


def test_the_number_of_statements_does_not_grow(record: Record, nurse: Any, counted: Any) -> None:
    def sent() -> dict[str, int]:
        """The least of three: now and then a session or a parameter is looked at again."""
        pages = {url: lambda url=url: nurse.get(url) for url in (_URL, _NEW)}
        return {url: min(counted(page) for _ in range(3)) for url, page in pages.items()}

    _many(record, 0, 3)
    few = sent()
    _many(record, 3, 300)
    many = sent()
    assert many == few and max(many.values()) <= 40


def test_older_columns_are_a_page_further(record: Record, nurse: Any) -> None:
    _many(record, 0, 30)
    import re

    seen, url = set(), _URL
    for _ in range(5):
        page = nurse.get(url).content.decode()
        seen |= set(re.findall(r"/vitals/(o\d+)/", page))
        older = re.search(r'href="(\?before=[^"]+)"', page)
        if older is None:
            break
        url = _URL + older[1]
    assert seen == {f"o{i}" for i in range(30)}


def test_a_child_s_percentiles_are_stored_and_drawn(record: Record, nurse: Any) -> None:
    record.commit(LOCAL, [_tim()])
    form = _form(weight="9.65 kg", height="75.7 cm", head="46.1 cm", gestation="32+4")
    answer = nurse.post("/patients/tim/vitals/new/", {**form, "patient": "tim"})
    assert answer.status_code == 303, text(answer)
    found = _observations(record, "tim")
    head = found["8289-1"].valueQuantity
    assert head and head.code == "%" and 45 < float(head.value or 0) < 55
    assert "77606-2" in found and "59576-9" not in found
    assert found["76516-4"].valueQuantity and str(found["76516-4"].valueQuantity.value) == "228"
    said = text(nurse.get("/patients/tim/growth/"))
    assert "Born at 32+4 weeks" in said and "corrected 10.3 months" in said
    assert "World Health Organization" in said and "percentile" in said


def test_growth_says_what_it_needs(record: Record, nurse: Any) -> None:
    assert "need the sex" in text(nurse.get("/patients/ana/growth/"))


def test_the_person_of_a_patient() -> None:
    who = person(r4.Patient(gender="female", birthDate="1961-05-02"))
    assert who.sex == "female" and who.born is not None and who.born.year == 1961
