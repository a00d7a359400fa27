"""A patient's own consents, with the shipped roles: they apply at once, and end at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osler.access import LOCAL
from osler.access.labels import CATEGORIES
from osler.clinic.privacy import consents, desk
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Create, Record
from tests.clinic.privacy.test_roles import _patient, _staff
from tests.record.cast import observation, patient


def test_a_refusal_hides_and_its_withdrawal_opens_again(
    record: Record, ana: str, weight: str
) -> None:
    me, doctor = _patient(ana), _staff(record, "physician")
    logical = weight.removeprefix("Observation/")
    assert doctor.person is not None
    id = consents.give(record, me, ana, "deny", to=doctor.person)
    with pytest.raises(NotFound):
        record.read(doctor, "Observation", logical)
    (one,) = consents.of_patient(record, me, ana)
    assert (one.effect, one.to, one.about, one.active) == ("deny", "physician", "everything", True)
    consents.withdraw(record, me, ana, id)
    assert record.read(doctor, "Observation", logical).id == logical
    assert [one.active for one in consents.of_patient(record, me, ana)] == [False]
    with pytest.raises(Conflict):
        consents.withdraw(record, me, ana, id)


def test_a_permission_opens_a_sensitive_category(record: Record, ana: str) -> None:
    me, assistant = _patient(ana), _staff(record, "medical-assistant")
    system, code = CATEGORIES["substance-use"].labels[0]
    labelled = observation(ana, meta={"security": [{"system": system, "code": code}]})
    version = record.commit(LOCAL, [Create(labelled)])[0].version
    assert version is not None
    with pytest.raises(NotFound):
        record.read(assistant, "Observation", version.id)
    assert assistant.person is not None
    consents.give(record, me, ana, "permit", to=assistant.person, category="substance-use")
    assert record.read(assistant, "Observation", version.id).id == version.id


def test_what_says_nothing_or_has_passed_is_refused(record: Record, ana: str) -> None:
    me = _patient(ana)
    with pytest.raises(Invalid, match="to whom"):
        consents.give(record, me, ana, "deny")
    with pytest.raises(Invalid, match="no category"):
        consents.give(record, me, ana, "deny", category="anything")
    yesterday = desk.today() - timedelta(days=1)
    with pytest.raises(Invalid, match="has passed"):
        consents.give(record, me, ana, "deny", category="hiv", until=yesterday)
    with pytest.raises(NotFound):
        consents.give(record, me, ana, "deny", to="Practitioner/nobody")


def test_another_patients_consent_cannot_be_withdrawn(record: Record, ana: str) -> None:
    id = consents.give(record, _patient(ana), ana, "deny", category="hiv")
    other = record.commit(LOCAL, [Create(patient(family="Other"))])[0].version
    assert other is not None
    with pytest.raises(NotFound):
        consents.withdraw(record, _patient(other.id), other.id, id)
    with pytest.raises(NotFound):
        consents.withdraw(record, LOCAL, other.id, id)
