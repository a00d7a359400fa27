"""A patient's own consents: given, listed in words, withdrawn as easily as given. GDPR Art. 7; 42 CFR 2.31."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from osler.access import Principal
from osler.access.labels import ACT_CODE, CATEGORIES
from osler.clinic.privacy import desk
from osler.clinic.privacy.restrictions import Restriction, consent_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Create, Record, Update
from osler.search.parse import parse

Effect = Literal["permit", "deny"]
_MOST = "200"


@dataclass(frozen=True, slots=True)
class Given:
    """One consent: what it does, in words, and its version for a change that overwrites nobody's."""

    id: str
    version: int
    effect: Effect
    to: str
    about: str
    since: str
    until: str
    active: bool


def give(
    record: Record,
    principal: Principal,
    patient: str,
    effect: Effect,
    *,
    to: str = "",
    category: str = "",
    until: date | None = None,
) -> str:
    """Write a consent that permits or denies; the policy follows it from then on. Its logical id.

    `to` is a reference such as "Practitioner/1" (empty: everybody who works here), `category` a
    sensitive category of `access.labels` (empty: everything).

    Raises:
        Invalid: neither a person nor a category, or a day that has passed.
    """
    if until is not None and until < desk.today():
        raise Invalid(f"{until} has passed; leave it empty for a consent without an end.")
    if not to and not category:
        raise Invalid("Say to whom, or which kind of data; all of it to everybody says nothing.")
    if category and category not in CATEGORIES:
        raise Invalid(f"There is no category {category!r}.")
    if to:
        desk.exists(record, principal, to)
    labels = CATEGORIES[category].labels if category else ()
    wanted = Restriction(
        actors=(to,) if to else (),
        labels=tuple((system or ACT_CODE, code) for system, code in labels),
        until=until,
    )
    consent = consent_of(patient, wanted)
    assert consent.provision is not None
    consent.provision.type = effect
    words = "Consent given by the patient" if effect == "permit" else "Refusal by the patient"
    consent.policyRule = r4.CodeableConcept(text=words)
    outcome = record.commit(principal, [Create(consent)])[0]
    assert outcome.version is not None
    return outcome.version.id


def withdraw(record: Record, principal: Principal, patient: str, id: str) -> None:
    """End a consent at once; what was done on it before stays right.

    Raises:
        NotFound: no such consent of this patient. Conflict: it has ended already.
    """
    version = record.read(principal, "Consent", id)
    consent = decode(version.content)
    assert isinstance(consent, r4.Consent)
    if desk.patient_of(consent.patient) != patient:
        raise NotFound(f"There is no Consent/{id}.")
    if consent.status != "active":
        raise Conflict("This consent has ended already.")
    consent.status = "inactive"
    record.commit(principal, [Update(consent, if_match=version.version)])


def of_patient(record: Record, principal: Principal, patient: str) -> list[Given]:
    """All consents of a patient, those in force first, the newest first."""
    pairs = [("patient", f"Patient/{patient}"), ("_count", _MOST)]
    page = record.search(principal, parse("Consent", pairs, record.registry))
    found = []
    for match in page.matches:
        consent = decode(match.content)
        assert isinstance(consent, r4.Consent)
        found.append(_given(record, principal, consent, match.version))
    return sorted(found, key=lambda one: (one.active, one.since), reverse=True)


def _given(record: Record, principal: Principal, consent: r4.Consent, version: int) -> Given:
    provision = consent.provision or r4.ConsentProvision()
    period = provision.period or r4.Period()
    actors = [one.reference for one in provision.actor or []]
    names = [one.display or _name(record, principal, one.reference or "") for one in actors]
    return Given(
        id=consent.id or "",
        version=version,
        effect="deny" if provision.type == "deny" else "permit",
        to=", ".join(names) or "everybody who works here",
        about=_about(provision),
        since=(period.start or consent.dateTime or "")[:10],
        until=(period.end or "")[:10],
        active=consent.status == "active",
    )


def _about(provision: r4.ConsentProvision) -> str:
    """What it is about, by the categories whose labels it has."""
    labels = {(one.system, one.code) for one in provision.securityLabel or []}
    names = [one.name for one in CATEGORIES.values() if labels and labels & set(one.labels)]
    purposes = [one.display or one.code or "" for one in provision.purpose or []]
    types = [one.code or "" for one in provision.class_ or []]
    return ", ".join([*names, *types, *(f"for {one}" for one in purposes)]) or "everything"


def _name(record: Record, principal: Principal, reference: str) -> str:
    """How a person or an organization is called; the reference where nothing better is known."""
    try:
        found = desk.exists(record, principal, reference)
    except (NotFound, ValueError):
        return reference
    match found:
        case r4.Organization(name=str(name)):
            return name
        case r4.Practitioner(name=[first, *_]):
            parts = [*(first.given or []), first.family]
            return first.text or " ".join(part for part in parts if part) or reference
        case _:
            return reference
