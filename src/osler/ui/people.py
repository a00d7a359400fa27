"""How pages call a patient: the name, the birth date and the record number, never the name alone."""

from __future__ import annotations

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Gone, NotAllowed, NotFound
from osler.record import Record


def patient_label(record: Record, principal: Principal, id: str | None) -> str:
    """The patient of a logical id in one line; the id alone where the principal may not see more."""
    if not id:
        return ""
    try:
        patient = decode(record.read(principal, "Patient", id).content)
    except (NotFound, NotAllowed, Gone):
        return f"Patient {id}"
    assert isinstance(patient, r4.Patient)
    return label(patient)


def label(patient: r4.Patient) -> str:
    """Name, birth date, record number of a patient."""
    number = next(
        (one.value for one in patient.identifier or [] if one.use == "usual" and one.value), None
    )
    born = f"born {patient.birthDate}" if patient.birthDate else None
    return ", ".join(part for part in (name(patient), born, number) if part)


def name(patient: r4.Patient) -> str:
    """The official name as one reads it."""
    names = patient.name or []
    one = next((n for n in names if n.use == "official"), names[0] if names else None)
    if one is None:
        return "No name"
    parts = [*(one.given or []), one.family]
    return one.text or " ".join(part for part in parts if part) or "No name"
