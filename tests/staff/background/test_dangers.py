"""What must not happen to family history, operations, stays and devices: a value that turns into another or is lost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.kit import clock
from osler.record import Record
from tests.staff.background.entered import ROLE, coded, current, kept, resaved, subject, words
from tests.staff.background.test_entries import CASES, items, post, who
from tests.staff.lists.test_two_at_once import fields
from tests.staff.people import staff, text

pytestmark = pytest.mark.database


def relative(**more: Any) -> r4.FamilyMemberHistory:
    kin = more.pop("kin", "MTH")
    return r4.FamilyMemberHistory(
        status="completed", patient=subject(), relationship=coded(ROLE, kin, kin), **more
    )


def aged(value: int, code: str) -> r4.Age:
    return r4.Age(value=Decimal(value), system="http://unitsofmeasure.org", code=code, unit=code)


def test_an_age_in_months_is_not_one_in_years(record: Record) -> None:
    illness = r4.FamilyMemberHistoryCondition(
        code=r4.CodeableConcept(text="Seizures"), onsetAge=aged(6, "mo")
    )
    id = kept(record, relative(deceasedAge=aged(9, "mo"), condition=[illness]))
    assert "Died at 9 mo" in words("family/") and "at 6 mo" in words("family/")
    assert resaved(f"family/{id}/", {"note": "Checked"}).status_code == 303
    now = current(record, r4.FamilyMemberHistory, id)
    assert now.deceasedAge.code == "mo" and now.condition[0].onsetAge.code == "mo"
    assert resaved(f"family/{id}/", {"onset1": "52"}).status_code == 303
    onset = current(record, r4.FamilyMemberHistory, id).condition[0].onsetAge
    assert (onset.value, onset.code) == (52, "a")


def test_ages_in_words_and_ranges_and_dates_of_death_survive_a_note(record: Record) -> None:
    low, high = r4.Quantity(value=Decimal(50)), r4.Quantity(value=Decimal(59))
    illness = r4.FamilyMemberHistoryCondition(
        code=r4.CodeableConcept(text="Stroke"), onsetRange=r4.Range(low=low, high=high)
    )
    other = r4.FamilyMemberHistoryCondition(
        code=r4.CodeableConcept(text="Eczema"), onsetString="in childhood"
    )
    id = kept(record, relative(deceasedDate="2001-05-02", condition=[illness, other]))
    assert "Died May 2, 2001" in words("family/") and "50–59" in words("family/")
    assert resaved(f"family/{id}/", {"note": "Checked"}).status_code == 303
    now = current(record, r4.FamilyMemberHistory, id)
    assert now.deceasedDate == "2001-05-02" and now.note[0].text == "Checked"
    assert now.condition[0].onsetRange.high.value == 59
    assert now.condition[1].onsetString == "in childhood"


def test_two_illnesses_of_one_name_stay_two(record: Record) -> None:
    cancers = [
        r4.FamilyMemberHistoryCondition(
            code=r4.CodeableConcept(text="Cancer"), onsetAge=aged(years, "a")
        )
        for years in (40, 60)
    ]
    id = kept(record, relative(condition=cancers))
    assert resaved(f"family/{id}/", {"name": "Ana"}).status_code == 303
    onsets = [one.onsetAge.value for one in current(record, r4.FamilyMemberHistory, id).condition]
    assert onsets == [40, 60]
    assert resaved(f"family/{id}/", {"onset2": "61"}).status_code == 303
    onsets = [one.onsetAge.value for one in current(record, r4.FamilyMemberHistory, id).condition]
    assert onsets == [40, 61]


def test_a_brother_does_not_become_another_relative(record: Record) -> None:
    id = kept(record, relative(kin="BRO"))
    assert resaved(f"family/{id}/", {"name": "Luis"}).status_code == 303
    now = current(record, r4.FamilyMemberHistory, id)
    assert now.relationship.coding[0].code == "BRO" and now.name == "Luis"


def test_an_unknown_father_is_not_an_unknown_family(record: Record) -> None:
    absent = coded("http://terminology.hl7.org/CodeSystem/history-absent-reason", "withheld")
    kept(record, relative(kin="FTH", dataAbsentReason=absent))
    page = words("family/")
    assert "Family history unknown" not in page
    assert "Father" in page and "did not want to say" in page


def test_an_age_is_one_of_the_year_in_which_it_was_told(record: Record) -> None:
    id = kept(record, relative(ageAge=aged(64, "a"), date="2016-03-01"))
    assert "64 in 2016" in words("family/")
    assert resaved(f"family/{id}/", {"note": "x"}).status_code == 303
    assert current(record, r4.FamilyMemberHistory, id).date == "2016-03-01"
    assert resaved(f"family/{id}/", {"age": "74"}).status_code == 303
    assert current(record, r4.FamilyMemberHistory, id).date == clock.today().isoformat()


def test_nobody_is_known_to_have_what_a_relative_has(record: Record) -> None:
    doctor = staff("physician")
    none = {"say": "none", "of": "Odd cancer", "of_typed": "1"}
    assert post(doctor, "family/statement/", none).status_code == 303
    assert post(doctor, "family/statement/", none).status_code == 422
    ill = {"kin": "MTH", "condition1": "Odd cancer", "condition1_typed": "1"}
    assert post(doctor, "family/new/", ill).status_code == 303
    assert "No known family history" not in words("family/")
    again = post(doctor, "family/statement/", none)
    assert again.status_code == 422 and "A relative is recorded with it: Mother" in text(again)


def test_what_was_typed_into_a_statement_is_not_dropped(record: Record) -> None:
    typed = {"say": "unknown", "of": "Odd cancer", "of_typed": "1"}
    answer = post(staff("physician"), "family/statement/", typed)
    assert answer.status_code == 422 and "Family history unknown" not in words("family/")


def test_what_was_not_done_is_not_told_as_an_operation(record: Record) -> None:
    kind = coded("http://snomed.info/sct", "387713003")
    one = r4.Procedure(
        status="not-done",
        category=kind,
        code=r4.CodeableConcept(text="Appendectomy"),
        subject=subject(),
    )
    kept(record, one)
    assert "Appendectomy Uncoded Not done" in words("surgical-history/")


def test_an_operation_keeps_its_period_its_time_and_its_implant(record: Record) -> None:
    device = r4.Device(status="entered-in-error", patient=subject(), modelNumber="M1")
    used = r4.Reference(reference=f"Device/{kept(record, device)}", display="Old stent")
    one = r4.Procedure(
        status="completed",
        category=coded("http://snomed.info/sct", "387713003"),
        code=r4.CodeableConcept(text="Stent"),
        subject=subject(),
        performedPeriod=r4.Period(start="2019-05-01T09:00:00Z", end="2019-05-01T11:00:00Z"),
        focalDevice=[r4.ProcedureFocalDevice(manipulated=used)],
    )
    id = kept(record, one)
    assert "Old stent" not in words("surgical-history/")
    assert resaved(f"surgical-history/operations/{id}/", {"outcome": "Good"}).status_code == 303
    now = current(record, r4.Procedure, id)
    assert now.performedPeriod.end and now.performedDateTime is None and now.outcome.text == "Good"
    assert now.focalDevice[0].manipulated.reference == used.reference


def test_a_stay_that_was_called_off_is_none(record: Record) -> None:
    kind = r4.Coding(system="http://terminology.hl7.org/CodeSystem/v3-ActCode", code="ACUTE")
    cases: list[tuple[Any, str]] = [("cancelled", "Never There"), ("planned", "Soon There")]
    for status, place in cases:
        hospital = r4.Reference(display=place)
        kept(
            record,
            r4.Encounter(status=status, class_=kind, subject=subject(), serviceProvider=hospital),
        )
    page = words("surgical-history/")
    assert "Never There" not in page and "Soon There Planned" in page


@pytest.mark.parametrize("role", ["front-desk", "practice-admin"])
def test_who_may_not_read_operations_is_not_told_that_there_are_none(
    record: Record, role: str
) -> None:
    assert "No operations recorded" not in words("surgical-history/", role)


def test_the_day_of_a_stay_is_the_practices(record: Record) -> None:
    """Half past one in the morning in UTC is the evening before where the practice of the tests is west of it."""
    clock.days_of("America/Chicago")
    try:
        kind = r4.Coding(system="http://terminology.hl7.org/CodeSystem/v3-ActCode", code="IMP")
        period = r4.Period(start="2026-03-02T01:30:00Z", end="2026-03-05T01:30:00Z")
        stay = r4.Encounter(status="finished", class_=kind, subject=subject(), period=period)
        id = kept(record, stay)
        page = staff("physician").get(f"/patients/{who()}/surgical-history/stays/{id}/")
        assert fields(page)["start"] == "Mar 1, 2026"
        assert resaved(f"surgical-history/stays/{id}/", {"hospital": "X"}).status_code == 303
        assert current(record, r4.Encounter, id).period.start == "2026-03-02T01:30:00Z"
    finally:
        clock.days_of("UTC")


def device(**more: Any) -> r4.Device:
    return r4.Device(
        patient=subject(),
        deviceName=[r4.DeviceDeviceName(name="Stent", type="user-friendly-name")],
        **more,
    )


def test_an_identifier_without_its_text_survives_a_change(record: Record) -> None:
    carrier = r4.DeviceUdiCarrier(deviceIdentifier="51022222233336")
    id = kept(record, device(status="active", udiCarrier=[carrier]))
    assert resaved(f"devices/{id}/", {"status": "inactive"}).status_code == 303
    now = current(record, r4.Device, id)
    assert now.status == "inactive" and now.udiCarrier[0].deviceIdentifier == "51022222233336"


def test_a_label_that_cannot_be_read_is_no_obstacle_to_another_change(record: Record) -> None:
    carrier = r4.DeviceUdiCarrier(deviceIdentifier="123", carrierHRF="(01)123")
    id = kept(record, device(status="active", udiCarrier=[carrier]))
    assert resaved(f"devices/{id}/", {"status": "inactive"}).status_code == 303
    assert current(record, r4.Device, id).udiCarrier[0].carrierHRF == "(01)123"


def test_a_device_of_which_nobody_knows_is_not_told_as_gone(record: Record) -> None:
    id = kept(record, device(status="unknown"))
    page = words("devices/")
    assert "Not active any more" not in page and "Not known whether it is in use" in page
    assert resaved(f"devices/{id}/", {"note": "x"}).status_code == 303
    assert current(record, r4.Device, id).status == "unknown"


def test_a_label_takes_away_nothing_that_was_typed(record: Record) -> None:
    doctor = staff("physician")
    typed = {"udi": "(01)10884521062856", "serial": "S-77", "name": "Stent", "status": "active"}
    shown = post(doctor, "devices/new/", typed).content.decode()
    assert 'name="serial" value="S-77"' in shown
    first = {"udi": "(01)10884521062856(10)L7", "name": "Stent", "status": "active"}
    read = post(doctor, "devices/new/", first).content.decode()
    assert 'name="lot" value="L7"' in read
    other = {
        **first,
        "udi": "(01)51022222233336",
        "confirmed": "(01)10884521062856(10)L7",
        "lot": "L7",
    }
    assert 'name="lot" value="L7"' not in post(doctor, "devices/new/", other).content.decode()


def test_a_device_by_mistake_is_not_in_use(record: Record) -> None:
    doctor, case = staff("physician"), CASES["device"]
    assert post(doctor, "devices/new/", case.new).status_code == 303
    made = items(record, case)[0]
    wrong = {"version": str(made.version), "reason": "Other patient"}
    assert post(doctor, f"devices/{made.id}/wrong/", wrong).status_code == 303
    uses = Chart(record, LOCAL, who()).items(r4.DeviceUseStatement, 9, ("_sort", "-_lastUpdated"))
    assert [one.resource.status for one in uses] == ["entered-in-error"]


def test_two_dates_of_implantation_are_not_one_upon_the_other(record: Record) -> None:
    """Only the use changed, so the device has no new version: the second of two is told all the same."""
    doctor, colleague = staff("physician"), staff("nurse", name="bea")
    assert post(doctor, "devices/new/", CASES["device"].new).status_code == 303
    at = f"devices/{items(record, CASES['device'])[0].id}/"
    form = fields(doctor.get(f"/patients/{who()}/{at}"))
    assert post(colleague, at, form | {"implanted": "Apr 2020"}).status_code == 303
    late = post(doctor, at, form | {"implanted": "May 2020"})
    assert late.status_code == 422 and "2020-04" in text(late)
    again = re.search(r'name="used" value="(\w+)"', late.content.decode())
    assert again is not None
    sent = form | {"implanted": "May 2020", "used": again[1]}
    assert post(doctor, at, sent).status_code == 303


def test_who_only_reads_a_device_sees_no_hidden_fields(record: Record) -> None:
    assert post(staff("physician"), "devices/new/", CASES["device"].new).status_code == 303
    page = staff("medical-assistant").get(
        f"/patients/{who()}/devices/{items(record, CASES['device'])[0].id}/"
    )
    assert "<dt></dt>" not in page.content.decode()
