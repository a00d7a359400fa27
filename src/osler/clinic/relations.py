"""Who is related to a patient and may act for them, as RelatedPerson."""

from __future__ import annotations

from datetime import date, datetime

from osler.access import Principal
from osler.clinic.practice import human_name
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Create, Record, Update

_CODES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_KINDS = {
    "parent": ("PRN", "parent"),
    "guardian": ("GUARD", "guardian"),
    "carer": ("CAREGIVER", "caregiver"),
}


def read_patient(record: Record, principal: Principal, id: str) -> r4.Patient:
    """The patient. Raises NotFound."""
    resource = decode(record.read(principal, "Patient", id.removeprefix("Patient/")).content)
    assert isinstance(resource, r4.Patient), "a Patient is asked for"
    return resource


def patient_name(patient: r4.Patient) -> str:
    """The name that a patient goes by, in one line."""
    names = sorted(patient.name or [], key=lambda name: name.use not in {"official", "usual"})
    for name in names:
        text = name.text or " ".join(filter(None, [*(name.given or []), name.family]))
        if text:
            return text
    return "Patient without a name"


def birth_date(patient: r4.Patient) -> date | None:
    """The day of birth; None where it is missing or no whole day."""
    try:
        return date.fromisoformat(patient.birthDate or "")
    except ValueError:
        return None


def steward(actor: Principal) -> Principal:
    """Who keeps the record in step with who may act, whatever the actor may write; on the actor's behalf."""
    return Principal(
        id="system:proxies",
        name="Proxy access",
        roles=frozenset({"local"}),
        on_behalf_of=actor.id,
        session=actor.session,
        origin=actor.origin,
    )


def relate(
    record: Record, principal: Principal, patient: str, name: str, kind: str, ends: datetime | None
) -> str:
    """Write who is related to the patient, in which capacity; the reference of the RelatedPerson."""
    code, display = _KINDS[kind]
    person = r4.RelatedPerson(
        active=True,
        patient=r4.Reference(reference=f"Patient/{patient}"),
        relationship=[
            r4.CodeableConcept(coding=[r4.Coding(system=_CODES, code=code, display=display)])
        ],
        name=[human_name(name)],
        period=r4.Period(end=ends.date().isoformat()) if ends else None,
    )
    version = record.commit(principal, [Create(person)])[0].version
    assert version is not None, "a create has a version"
    return f"RelatedPerson/{version.id}"


def unrelate(record: Record, principal: Principal, reference: str, at: datetime) -> None:
    """Write that somebody acts for the patient no more."""
    person = decode(record.read(principal, "RelatedPerson", reference.partition("/")[2]).content)
    assert isinstance(person, r4.RelatedPerson), "a RelatedPerson is asked for"
    person.active = False
    start = person.period.start if person.period else None
    person.period = r4.Period(start=start, end=at.isoformat())
    record.commit(principal, [Update(person)])
