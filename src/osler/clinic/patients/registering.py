"""Registering a patient: a record number of the practice, the Patient, and what else was asked, in one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from osler.access import Principal
from osler.clinic.patients import coverage, demographics
from osler.clinic.patients import extensions as ext
from osler.clinic.patients.demographics import Values
from osler.clinic.patients.duplicates import Candidate, similar
from osler.clinic.patients.tables import words
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Op, Record, Update, Version, numbering
from osler.search.parse import parse

MRN = "urn:osler:mrn"
"""The system of record numbers; those of a practice have its logical id behind it."""
INCOMPLETE = ("urn:osler:registration", "incomplete")
"""The tag of a patient registered in haste."""
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_SURVEY = "http://terminology.hl7.org/CodeSystem/observation-category"
_DIGITS = 6
_TRIES = 50


@dataclass(frozen=True, slots=True)
class Registration:
    """What was asked. `quick`: only name, birth date, sex and telephone, to be completed later.

    `others` are ids of similar patients who were said to be other people; `photo` is (media type, base64).
    """

    values: Values
    reach: Sequence[Values] = ()
    places: Sequence[Values] = ()
    kin: Sequence[Values] = ()
    coverages: Sequence[Values] = ()
    others: tuple[str, ...] = ()
    quick: bool = False
    photo: tuple[str, str] | None = None
    orientation: str = field(default="")


def register(record: Record, principal: Principal, asked: Registration) -> Version:
    """Write the patient; answers the version.

    Raises:
        Conflict: somebody registered is too similar, and nobody said that it is another person.
        Invalid: what was given is no demographics of anybody.
    """
    candidate = Candidate.of(asked.values, asked.reach, asked.places)
    unsaid = [
        one
        for one in similar(record, principal, candidate)
        if one.certain and one.person.id not in asked.others
    ]
    if unsaid:
        raise Conflict(
            f"{len(unsaid)} registered patients may be this person; open their chart, or say for"
            " each that this is another person."
        )
    patient = _patient(asked)
    patient.identifier = [*_number(record, principal, patient), *(patient.identifier or [])]
    url = f"urn:uuid:{uuid7()}"
    ops: list[Op] = [Create(patient, full_url=url, source="typed")]
    rows = enumerate(asked.coverages, start=1)
    covers = [one for order, row in rows if (one := coverage.made(url, row, order)) is not None]
    coverage.link(record, principal, covers)
    ops += [Create(one, source="typed") for one in covers]
    if asked.orientation:
        ops.append(Create(orientation(url, asked.orientation), source="typed"))
    version = record.commit(principal, ops)[0].version
    assert version is not None, "a create has a version"
    return version


def _patient(asked: Registration) -> r4.Patient:
    patient = r4.Patient(active=True)
    demographics.write_name(patient, asked.values)
    demographics.write_identity(patient, asked.values)
    demographics.write_reach(patient, asked.reach)
    demographics.write_care(patient, asked.values)
    if asked.quick:
        system, code = INCOMPLETE
        patient.meta = r4.Meta(tag=[r4.Coding(system=system, code=code)])
    else:
        demographics.write_background(patient, asked.values)
        demographics.write_places(patient, asked.places)
        demographics.write_kin(patient, asked.kin)
    if asked.photo is not None:
        kind, data = asked.photo
        patient.photo = [r4.Attachment(contentType=kind, data=data)]
    for id in asked.others:
        reference = r4.Reference(reference=f"Patient/{id}")
        patient.extension = [
            *(patient.extension or []),
            r4.Extension(url=ext.NOT_SAME, valueReference=reference),
        ]
    return patient


def _number(record: Record, principal: Principal, patient: r4.Patient) -> list[r4.Identifier]:
    """The next record number of the practice that no patient has, imported ones too."""
    practice = (patient.managingOrganization and patient.managingOrganization.reference) or ""
    if not practice:
        raise Invalid("Choose the practice that the patient is registered with.")
    system = f"{MRN}:{practice.removeprefix('Organization/')}"
    keeper = Principal(
        id="system:record-numbers",
        name="Record numbers",
        roles=frozenset({"local"}),
        on_behalf_of=principal.id,
        origin=principal.origin,
    )
    for _ in range(_TRIES):
        number = f"{numbering.take(record.database, f'mrn:{practice}'):0{_DIGITS}}"
        if not record.find(keeper, "Patient", f"identifier={system}|{number}"):
            kind = r4.Coding(system=_TYPES, code="MR", display="Medical record number")
            return [
                r4.Identifier(
                    use="usual",
                    type=r4.CodeableConcept(coding=[kind]),
                    system=system,
                    value=number,
                    assigner=r4.Reference(reference=practice),
                )
            ]
    raise Conflict(
        f"The next {_TRIES} record numbers of {practice} are all taken; set its counter beyond"
        " the numbers that were imported."
    )


def orientation(patient: str, code: str) -> r4.Observation:
    """Sexual orientation as US Core has it: an Observation."""
    system = ext.SNOMED if code.isdigit() else words.NULL
    said = r4.Coding(system=system, code=code, display=words.ORIENTATIONS.get(code))
    what = r4.Coding(system="http://loinc.org", code="76690-7", display="Sexual orientation")
    kind = r4.Coding(system=_SURVEY, code="social-history", display="Social History")
    return r4.Observation(
        status="final",
        category=[r4.CodeableConcept(coding=[kind])],
        code=r4.CodeableConcept(coding=[what]),
        subject=r4.Reference(reference=patient),
        effectiveDateTime=clock.now().isoformat(timespec="seconds"),
        valueCodeableConcept=r4.CodeableConcept(coding=[said]),
    )


def practices(record: Record, principal: Principal) -> list[tuple[str, str]]:
    """(reference, name) of the organizations where somebody works; patients are registered with one of them."""
    pairs = [
        ("active:not", "false"),
        ("_has:PractitionerRole:organization:active", "true"),
        ("_count", "50"),
    ]
    return _named(record, principal, "Organization", pairs)


def doctors(record: Record, principal: Principal) -> list[tuple[str, str]]:
    """(reference, name) of those who may be somebody's general practitioner."""
    pairs = [
        ("active:not", "false"),
        ("_has:PractitionerRole:practitioner:active", "true"),
        ("_sort", "family"),
        ("_count", "200"),
    ]
    return _named(record, principal, "Practitioner", pairs)


def _named(
    record: Record, principal: Principal, type: str, pairs: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    page = record.search(principal, parse(type, pairs, record.registry))
    return [(f"{type}/{one.id}", _name(decode(one.content))) for one in page.matches]


def _name(resource: Any) -> str:
    if isinstance(resource, r4.Organization):
        return resource.name or "Organization without a name"
    name = next(iter(resource.name or ()), None)
    if name is None:
        return "No name"
    return name.text or " ".join(part for part in (*(name.given or ()), name.family) if part)


def change(
    record: Record,
    principal: Principal,
    patient: r4.Patient,
    version: int | None,
    write: Callable[[r4.Patient], None],
    beside: Sequence[Op] = (),
) -> Version:
    """Write one fieldset of a patient anew, if nobody else has since `version`; answers the new version.

    `beside`: what is written with it, all or none.
    """
    write(patient)
    ops = [Update(patient, if_match=version, source="typed"), *beside]
    outcome = record.commit(principal, ops)[0]
    assert outcome.version is not None, "an update has a version"
    return outcome.version
