"""The patient whose glass is to be broken is found by what is exactly known, and nobody is browsed."""

from __future__ import annotations

import pytest

from osler.access import LOCAL, Principal
from osler.kit.database import Database
from osler.kit.errors import NotAllowed, NotFound
from osler.record import Create, Record
from tests.record.cast import patient

DOCTOR = Principal(id="d", name="A doctor", roles=frozenset({"physician"}), person="Practitioner/d")


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    record = Record(database)
    record.commit(
        LOCAL,
        [
            Create(patient(family="García Márquez", birthDate="1968-11-13")),
            Create(patient(family="Twin", birthDate="2001-02-03")),
            Create(patient(family="Twin", birthDate="2001-02-03")),
            Create(
                patient(
                    family="Lee",
                    birthDate="1990-01-01",
                    identifier=[{"system": "urn:mrn", "value": "L7"}],
                )
            ),
        ],
    )
    return record


@pytest.mark.parametrize(
    "text",
    [
        "García Márquez 1968-11-13",
        "garcia 1968-11-13",
        "1968-11-13, Marquez",
        "garcia marquez 1968-11-13",
    ],
)
def test_by_name_and_birth_date(record: Record, text: str) -> None:
    found = record.locate(DOCTOR, text)
    assert b"1968-11-13" in record.read(LOCAL, "Patient", found).content


def test_by_the_record_number(record: Record) -> None:
    assert b'"Lee"' in record.read(LOCAL, "Patient", record.locate(DOCTOR, "L7")).content


@pytest.mark.parametrize(
    "text",
    ["García", "1968-11-13", "G 1968-11-13", "García 1968-11-14", "Twin 2001-02-03", "", "%"],
)
def test_what_is_known_in_part_finds_nobody(record: Record, text: str) -> None:
    with pytest.raises(NotFound, match="No single patient"):
        record.locate(DOCTOR, text)


def test_only_for_whoever_may_break_the_glass(record: Record) -> None:
    biller = Principal(id="b", roles=frozenset({"biller"}), person="Practitioner/b")
    with pytest.raises(NotAllowed):
        record.locate(biller, "L7")


def test_every_look_is_in_the_audit(record: Record, database: Database) -> None:
    found = record.locate(DOCTOR, "L7")
    with database.connection() as conn:
        row = conn.execute(
            "SELECT outcome, patients FROM audit WHERE action = 'locate' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    assert row == ("success", [found])
