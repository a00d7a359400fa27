"""Restrictions of use and disclosure, as Consents that the access policy enforces. 45 CFR 164.522(a); GDPR Art. 18."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from osler.access import Principal
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import Kind
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.record import Create, Record

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_CATEGORY = "http://loinc.org"
_PRIVACY = "59284-0"
_ACTOR = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_POLICY = "urn:osler:policy:restriction"


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is denied: to whom (references; empty: everybody but the patient), of which sort, for what, how long.

    `labels` are Codings (system, code) of sensitive data, `purposes` codes of v3-PurposeOfUse such as
    HPAYMT (the self-pay restriction), `types` resource types; empty means all.
    """

    actors: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    types: tuple[str, ...] = ()
    until: date | None = None

    @property
    def says_something(self) -> bool:
        """Whether it is narrower than everything to everybody for ever."""
        return bool(self.actors or self.purposes or self.labels or self.types)


def agree(
    record: Record, principal: Principal, id: str, restriction: Restriction, note: str
) -> str:
    """Agree to a restriction: from this moment the policy enforces it. The Consent's logical id."""
    found = desk.open_case(record, principal, id, Kind.RESTRICTION)
    if not restriction.says_something:
        raise Invalid("Say what is restricted: to whom, for which purpose, or which kind of data.")
    if restriction.until is not None and restriction.until < desk.today():
        raise Invalid("The day until which it lasts has gone by.", expression="until")
    for one in restriction.actors:
        desk.exists(record, principal, one)
    requests.end(found, principal, "completed", "granted", desk.said(note, "What was agreed"))
    consent = consent_of(found.patient or "", restriction)
    place = "urn:uuid:00000000-0000-4000-8000-000000000001"
    desk.output(found.task, "consent", reference=place)
    return desk.save(record, principal, found, Create(consent, full_url=place))[0]


def consent_of(patient: str, restriction: Restriction) -> r4.Consent:
    """The restriction as a Consent whose root provision denies."""
    period = r4.Period(start=desk.today().isoformat())
    if restriction.until is not None:
        period.end = restriction.until.isoformat()
    return r4.Consent(
        status="active",
        scope=_concept(_SCOPE, "patient-privacy"),
        category=[_concept(_CATEGORY, _PRIVACY)],
        patient=r4.Reference(reference=f"Patient/{patient}"),
        dateTime=desk.moment(),
        policyRule=r4.CodeableConcept(text="Restriction agreed with the patient"),
        policy=[r4.ConsentPolicy(uri=_POLICY)],
        provision=r4.ConsentProvision(
            type="deny",
            period=period,
            actor=_actors(restriction.actors),
            purpose=[r4.Coding(system=_PURPOSE, code=code) for code in restriction.purposes]
            or None,
            securityLabel=[r4.Coding(system=s, code=c) for s, c in restriction.labels] or None,
            class_=[
                r4.Coding(system="http://hl7.org/fhir/resource-types", code=type)
                for type in restriction.types
            ]
            or None,
        ),
    )


def _actors(references: Sequence[str]) -> list[r4.ConsentProvisionActor] | None:
    role = _concept(_ACTOR, "IRCP")
    return [
        r4.ConsentProvisionActor(role=role, reference=r4.Reference(reference=one))
        for one in references
    ] or None


def _concept(system: str, code: str) -> r4.CodeableConcept:
    return r4.CodeableConcept(coding=[r4.Coding(system=system, code=code)])
