"""The privacy desk with the shipped roles: the patient asks, the officer answers, others see nothing of it."""

from __future__ import annotations

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.privacy import (
    amendments,
    breaches,
    desk,
    disclosures,
    requests,
    restrictions,
    reviews,
)
from osler.clinic.privacy.codes import Kind
from osler.clinic.privacy.disclosures import Disclosure
from osler.clinic.privacy.restrictions import Restriction
from osler.kit import clock
from osler.kit.errors import Conflict, NotAllowed, NotFound, OslerError
from osler.record import Create, Record
from tests.record.cast import made, patient


@pytest.fixture
def officer(record: Record) -> Principal:
    return _staff(record, "privacy-officer")


def _staff(record: Record, role: str) -> Principal:
    """Somebody of one role who works at an organization of the record."""
    one = record.commit(
        LOCAL,
        [
            Create(
                made(resourceType="Practitioner", name=[{"family": role}]),
                full_url="urn:uuid:00000000-0000-4000-8000-000000000001",
            ),
            Create(
                made(resourceType="Organization", name="Practice"),
                full_url="urn:uuid:00000000-0000-4000-8000-000000000002",
            ),
            Create(
                made(
                    resourceType="PractitionerRole",
                    active=True,
                    practitioner={"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"},
                    organization={"reference": "urn:uuid:00000000-0000-4000-8000-000000000002"},
                )
            ),
        ],
    )
    assert one[0].version is not None
    return Principal(
        id=f"account-{role}-{one[0].version.id}",
        name=role,
        roles=frozenset({role}),
        person=f"Practitioner/{one[0].version.id}",
    )


def _patient(id: str) -> Principal:
    return Principal(
        id=f"account-{id}",
        name="Ana",
        roles=frozenset({"patient"}),
        person=f"Patient/{id}",
        patient=id,
    )


def test_a_patient_asks_and_the_officer_answers(
    record: Record, ana: str, weight: str, officer: Principal
) -> None:
    me = _patient(ana)
    id = requests.receive(record, me, Kind.AMENDMENT, ana, "The weight is wrong", focus=weight)
    assert [one.id for one in desk.cases(record, officer, patient=ana)] == [id]
    requests.start(record, officer, id)
    requests.deny(record, officer, id, "The entry is accurate")
    assert desk.case(record, me, id).task.status == "rejected"
    amendments.disagree(record, me, id, "I was weighed with my coat on")
    assert amendments.kinds_appended(record, officer, id) == {"disagreement"}
    amendments.rebut(record, officer, id, "The coat was taken off")
    assert amendments.kinds_appended(record, me, id) == {"disagreement", "rebuttal"}


def test_a_patient_takes_back_what_nobody_began(
    record: Record, ana: str, officer: Principal
) -> None:
    me = _patient(ana)
    first = requests.receive(record, me, Kind.ACCESS, ana, "A copy, please")
    requests.take_back(record, me, first)
    assert desk.case(record, officer, first).task.status == "cancelled"
    second = requests.receive(record, me, Kind.ACCESS, ana, "A copy after all")
    requests.start(record, officer, second)
    with pytest.raises(Conflict, match="works on"):
        requests.take_back(record, me, second)


def test_a_patient_cannot_answer_the_own_request(record: Record, ana: str) -> None:
    me = _patient(ana)
    id = requests.receive(record, me, Kind.ACCESS, ana, "A copy, please")
    with pytest.raises(NotAllowed):
        requests.grant(record, me, id, "Granted by myself")
    with pytest.raises(OslerError):
        requests.extend(record, me, id, "Later is fine")
    assert desk.case(record, me, id).task.status == "requested"


def test_another_patient_sees_nothing_of_it(record: Record, ana: str) -> None:
    id = requests.receive(record, _patient(ana), Kind.ACCESS, ana, "A copy, please")
    other = record.commit(LOCAL, [Create(patient(family="Other"))])[0].version
    assert other is not None
    with pytest.raises(NotFound):
        desk.case(record, _patient(other.id), id)
    with pytest.raises(OslerError):
        requests.receive(record, _patient(other.id), Kind.ACCESS, ana, "Ana's record for me")


def test_a_patient_reads_the_accounting_of_their_disclosures(
    record: Record, ana: str, officer: Principal
) -> None:
    disclosed = Disclosure(
        at=clock.now(),
        recipient="Registry",
        address="",
        what="Immunizations",
        purpose="PUBHLTH",
        why="State law",
        by="Desk",
    )
    disclosures.disclose(record, officer, ana, disclosed)
    assert [one.recipient for one in disclosures.accounting(record, _patient(ana), ana)] == [
        "Registry"
    ]


def test_the_officer_agrees_to_a_restriction_that_is_enforced(
    record: Record, ana: str, weight: str, officer: Principal
) -> None:
    physician = _staff(record, "physician")
    logical = weight.removeprefix("Observation/")
    assert record.read(physician, "Observation", logical).id == logical
    id = requests.receive(record, _patient(ana), Kind.RESTRICTION, ana, "Not this doctor")
    assert physician.person is not None
    restriction = Restriction(actors=(physician.person,))
    restrictions.agree(record, officer, id, restriction, "Agreed on the telephone")
    with pytest.raises(NotFound):
        record.read(physician, "Observation", logical)


def test_a_breach_case_is_the_officers_and_not_the_billers(
    record: Record, officer: Principal
) -> None:
    id = breaches.discover(record, officer, "A lost laptop", discovered=desk.today())
    assert desk.case(record, officer, id).kind is Kind.BREACH
    with pytest.raises(NotFound):
        desk.case(record, _staff(record, "biller"), id)


def test_the_officer_sees_the_entry_that_is_to_be_amended_and_no_other(
    record: Record, ana: str, weight: str, officer: Principal
) -> None:
    logical = weight.removeprefix("Observation/")
    with pytest.raises(NotFound):
        record.read(officer, "Observation", logical)
    requests.receive(record, _patient(ana), Kind.AMENDMENT, ana, "It is wrong", focus=weight)
    assert record.read(officer, "Observation", logical).id == logical


def test_broken_glass_is_reviewed_by_the_officer(
    record: Record, ana: str, officer: Principal
) -> None:
    physician = _staff(record, "physician")
    glass = record.break_glass(physician, ana, "Found unconscious, needs the allergies")
    case = reviews.review(record, officer, glass.task, "improper", "Was not on duty")
    assert case is not None
    assert breaches.affected_patients(desk.case(record, officer, case)) == [ana]
    assert desk.case(record, officer, glass.task).task.status == "completed"
