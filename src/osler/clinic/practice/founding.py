"""The practice at the beginning: its organization, its first place and its first member of staff."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit.errors import Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Record

_TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
_ROLES = "http://terminology.hl7.org/CodeSystem/practitioner-role"
_EMPLOYS = "active=true&_has:PractitionerRole:organization:active=true"
_WORK = {
    "physician": ("doctor", "Doctor"),
    "nurse": ("nurse", "Nurse"),
    "pharmacist": ("pharmacist", "Pharmacist"),
}


@dataclass(frozen=True, slots=True)
class NewPractice:
    """What is asked of a practice at the beginning; the rest is entered later."""

    name: str
    phone: str = ""
    line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


def found_practice(
    record: Record, principal: Principal, practice: NewPractice, name: str, work: str | None
) -> str:
    """Write the practice, its place, its first member of staff and what they do there.

    `name` is the person's, `work` the role of their clinical work if any. Answers the reference of their
    Practitioner. Raises Invalid where a name is missing.
    """
    if not practice.name.strip() or not name.strip():
        raise Invalid("The practice and its administrator need names.")
    organization, place, person = _urn(), _urn(), _urn()
    title = practice.name.strip()
    made: list[tuple[str, Resource]] = [
        (organization, _organization(practice)),
        (place, _location(practice, organization)),
        (person, r4.Practitioner(active=True, name=[human_name(name)])),
        (_urn(), _role(person, name, organization, title, place, work)),
    ]
    ops = [Create(resource, full_url=url) for url, resource in made]
    version = record.commit(principal, ops)[2].version
    assert version is not None, "a create has a version"
    return f"Practitioner/{version.id}"


def human_name(text: str) -> r4.HumanName:
    """A name written in one line: the last word is taken for the family name."""
    words = text.split()
    return r4.HumanName(text=" ".join(words), family=words[-1], given=[*words[:-1]] or None)


def practice_name(record: Record, principal: Principal) -> str:
    """The name of a practice somebody works at, for mails and printed codes; "Your practice" without one."""
    for id in record.find(principal, "Organization", _EMPLOYS):
        resource = decode(record.read(principal, "Organization", id).content)
        if isinstance(resource, r4.Organization) and resource.name:
            return resource.name
    return "Your practice"


def _urn() -> str:
    return f"urn:uuid:{uuid7()}"


def _organization(practice: NewPractice) -> r4.Organization:
    kind = r4.Coding(system=_TYPES, code="prov", display="Healthcare Provider")
    phone = r4.ContactPoint(system="phone", value=practice.phone.strip(), use="work")
    return r4.Organization(
        active=True,
        name=practice.name.strip(),
        type=[r4.CodeableConcept(coding=[kind])],
        telecom=[phone] if practice.phone.strip() else None,
        address=_address(practice),
    )


def _location(practice: NewPractice, organization: str) -> r4.Location:
    address = _address(practice)
    return r4.Location(
        status="active",
        mode="instance",
        name=practice.name.strip(),
        address=address[0] if address else None,
        managingOrganization=r4.Reference(reference=organization),
    )


def _address(practice: NewPractice) -> list[r4.Address] | None:
    parts = {
        "line": [practice.line.strip()] if practice.line.strip() else None,
        "city": practice.city.strip() or None,
        "state": practice.state.strip() or None,
        "postalCode": practice.postal_code.strip() or None,
        "country": practice.country.strip() or None,
    }
    return [r4.Address(use="work", **parts)] if any(parts.values()) else None  # type: ignore[arg-type]


def _role(
    person: str, name: str, organization: str, title: str, place: str, work: str | None
) -> r4.PractitionerRole:
    coding = None
    if work in _WORK:
        code, display = _WORK[work]
        coding = [r4.Coding(system=_ROLES, code=code, display=display)]
    return r4.PractitionerRole(
        active=True,
        practitioner=r4.Reference(reference=person, display=" ".join(name.split())),
        organization=r4.Reference(reference=organization, display=title),
        location=[r4.Reference(reference=place)],
        code=[r4.CodeableConcept(coding=coding)] if coding else None,
    )
