"""How pages call a patient, and whom they take a name for: nobody is mistaken for their namesake."""

from __future__ import annotations

import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.kit.database import Database
from osler.kit.errors import Invalid, NotFound
from osler.record import Create, Record
from osler.ui.people import find_patient, label, with_dates
from tests.pages import use


def namesake(born: str, number: str) -> r4.Patient:
    return r4.Patient(
        name=[r4.HumanName(use="official", given=["Ana"], family="Namesake")],
        birthDate=born,
        identifier=[r4.Identifier(use="usual", system="urn:test:mrn", value=number)],
    )


@pytest.fixture(autouse=True)
def pages(database: Database) -> None:
    use(database.url)


@pytest.mark.database
def test_name_birth_date_and_number_stand_together() -> None:
    assert label(namesake("1980-02-03", "M-1")) == "Ana Namesake, born Feb 3, 1980, M-1"
    assert label(r4.Patient(birthDate="1980")) == "No name, born 1980"


@pytest.mark.database
def test_dates_are_taken_as_the_reader_types_them() -> None:
    from django.utils import translation

    assert with_dates("Garcia 5/2/1961") == "Garcia 1961-05-02"
    with translation.override("es"):
        assert with_dates("Garcia 2/5/1961") == "Garcia 1961-05-02"
    for same in ("Garcia 1961-05-02", "MRN-7", "13/13/1961", "12-345-6789"):
        assert with_dates(same) == same


@pytest.mark.database
def test_patients_of_the_same_name_are_told_apart(database: Database) -> None:
    record = Record(database)
    made = [
        outcome.version
        for born, number in (("1980-02-03", "M-1"), ("1991-04-05", "M-2"), ("1991-04-05", "M-3"))
        for outcome in record.commit(LOCAL, [Create(namesake(born, number))])
    ]
    first, second, third = (version.id for version in made if version is not None)
    assert find_patient(record, LOCAL, "M-2") == second
    assert find_patient(record, LOCAL, third) == third
    assert find_patient(record, LOCAL, "Namesake 1980-02-03") == first
    with pytest.raises(Invalid) as several:
        find_patient(record, LOCAL, "Ana Namesake 1991-04-05")
    assert "born Apr 5, 1991, M-2" in str(several.value)
    assert "born Apr 5, 1991, M-3" in str(several.value)
    with pytest.raises(NotFound):
        find_patient(record, LOCAL, "Namesake 1975-01-01")
