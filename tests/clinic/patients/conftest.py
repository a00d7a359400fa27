"""A record with a handful of patients who are easily taken for one another."""

from __future__ import annotations

from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.record import Record, Update
from tests.record.cast import made

__all__ = ["people", "record"]


def patient(id: str, given: str, family: str, born: str, **more: Any) -> Any:
    return made(
        resourceType="Patient",
        id=id,
        name=[{"use": "official", "family": family, "given": given.split()}],
        birthDate=born,
        **more,
    )


def mrn(value: str) -> list[dict[str, str]]:
    return [{"use": "usual", "system": "urn:osler:mrn", "value": value}]


def phone(*values: str) -> list[dict[str, str]]:
    return [{"system": "phone", "value": value} for value in values]


def organization(id: str) -> Any:
    return made(resourceType="Organization", id=id, name=id)


def staff(record: Record, role: str, practice: str, id: str = "p1") -> Principal:
    """Somebody of the staff of a practice."""
    code = f"{id}-{practice}"
    record.commit(
        LOCAL,
        [
            Update(made(resourceType="Practitioner", id=id, name=[{"family": id}])),
            Update(
                made(
                    resourceType="PractitionerRole",
                    id=code,
                    active=True,
                    practitioner={"reference": f"Practitioner/{id}"},
                    organization={"reference": f"Organization/{practice}"},
                )
            ),
        ],
    )
    return Principal(id=id, name=id, roles=frozenset({role}), person=f"Practitioner/{id}")


PEOPLE = (
    organization("here"),
    organization("there"),
    patient("okafor", "Chinedu Paul", "Okafor", "1968-03-14", identifier=mrn("MRN-000123"),
            telecom=phone("(617) 555-0142"), managingOrganization={"reference": "Organization/here"}),
    patient("okafor2", "Chidi", "Okafor", "1968-04-03", identifier=mrn("MRN-000124"),
            managingOrganization={"reference": "Organization/here"}),
    patient("smith", "Katherine", "Smith", "1980-01-02", telecom=phone("+1 617-555-0199")),
    patient("smyth", "Catherine", "Smyth", "1981-05-06"),
    patient("mueller", "Jürgen", "Müller", "1955-12-31"),
    patient("lopez", "María José", "García López", "1990-07-08"),
    patient("oneil", "Sean", "O’Neil", "2001-02-03", identifier=mrn("19680314")),
    patient("cruz", "Ana", "de la Cruz", "1977-09-10"),
    patient("far", "Chioma", "Okafor", "1970-01-01",
            managingOrganization={"reference": "Organization/there"}),
    patient("gone", "Chinedu", "Okafor", "1968-03-14", active=False,
            link=[{"type": "replaced-by", "other": {"reference": "Patient/okafor"}}]),
)  # fmt: skip


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    return Record(database, base_url="http://localhost/fhir")


@pytest.fixture(scope="module")
def people(record: Record) -> Record:
    record.commit(LOCAL, [Update(one) for one in PEOPLE])
    married: Any = decode(record.read(LOCAL, "Patient", "smith").content)
    married.name.append(r4.HumanName(use="maiden", family="Whitfield"))
    record.commit(LOCAL, [Update(married)])
    return record
