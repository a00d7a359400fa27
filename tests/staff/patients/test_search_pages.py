"""The search pages: with and without script, by one line and by fields, and never a name in an address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osler.access import LOCAL
from osler.kit import clock
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.patients.conftest import desk, sets
from tests.staff.people import patient, text


@pytest.fixture(autouse=True)
def _people(practice: Record) -> None:
    for id, family, where in (
        ("a1", "Adeyemi", "here"),
        ("a2", "Adeyemo", "here"),
        ("a3", "Adeyinka", "there"),
    ):
        one = made(
            resourceType="Patient", id=id, name=[{"family": family, "given": ["Ola"]}], gender="female",
            birthDate="1970-02-03", active=True, managingOrganization={"reference": f"Organization/{where}"},
            identifier=[{"use": "usual", "value": f"MRN-{id}"}], telecom=[{"system": "phone", "value": "555-0101"}],
        )  # fmt: skip
        practice.commit(LOCAL, [Update(one)])


def test_a_search_without_script_is_a_page_with_two_identifiers_of_each() -> None:
    said = text(desk().post("/patients/", {"q": "ola adey"}))
    assert "Adeyemi" in said
    assert "MRN-a1" in said
    assert "Feb 3, 1970" in said
    assert "Similar name" in said
    assert "Adeyinka" not in said


def test_while_typing_only_the_list_comes_back() -> None:
    answer = desk().post("/patients/", {"q": "adeyemi"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Adeyemi" in text(answer)


def test_what_is_typed_is_not_taken_from_the_address() -> None:
    assert "Adeyemi" not in text(desk().get("/patients/?q=adeyemi"))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"name": "adey", "gender": "female"}, True),
        ({"name": "adey", "gender": "male"}, False),
        ({"number": "mrn a1"}, True),
        ({"phone": "(555) 0101"}, True),
        ({"born_from": "1970-01-01", "born_until": "1970-12-31"}, True),
        ({"born_from": "1971-01-01"}, False),
        ({"state": "deceased", "name": "adey"}, False),
        ({"state": "active", "name": "adey"}, True),
        ({}, False),
    ],
)
def test_by_fields(fields: dict[str, str], found: bool) -> None:
    said = text(desk().post("/patients/by-fields/", fields))
    assert ("Adeyemi" in said) == found
    assert "Adeyinka" not in said


def test_a_problem_is_not_for_the_desk_to_search_by() -> None:
    answer = desk().post("/patients/by-fields/", {"problem": "I10"})
    assert answer.status_code == 200
    assert "Adeyemi" not in text(answer)


def test_patients_have_no_such_page() -> None:
    assert patient().post("/patients/", {"q": "adeyemi"}).status_code == 403


def test_a_payer_is_found_by_its_name_and_by_the_member(practice: Record) -> None:
    payer = made(resourceType="Organization", id="blue", name="Blue, Health | Mutual", active=True)
    practice.commit(LOCAL, [Update(payer)])
    browser = desk()
    rows = sets(coverages=[{"payer": "Blue, Health | Mutual", "member": "XQ77"}])
    sent = {**rows, "patient": "a1", "version": "-"}  # There is none yet.
    answer = browser.post("/patients/a1/details/insurance/", sent)
    assert answer.status_code == 303, text(answer)
    for said in ("blue", "XQ77"):
        page = text(browser.post("/patients/by-fields/", {"payer": said}))
        assert "Adeyemi" in page
        assert "Adeyemo" not in page
    assert "Adeyemi" not in text(browser.post("/patients/by-fields/", {"payer": "green"}))


def test_before_anything_is_typed_who_is_here_today_stands_there(practice: Record) -> None:
    assert "Here today" not in text(desk().get("/patients/"))
    visit = made(
        resourceType="Appointment", id="visit", status="booked", start=clock.now().isoformat(),
        end=(clock.now() + timedelta(minutes=20)).isoformat(),
        participant=[{"actor": {"reference": "Patient/a1"}, "status": "accepted"}],
    )  # fmt: skip
    practice.commit(LOCAL, [Update(visit)])
    page = text(desk().get("/patients/"))
    assert "Here today" in page and "Adeyemi" in page and "Expected" in page
    assert "Here today" not in text(desk().post("/patients/", {"q": "ade"}))
