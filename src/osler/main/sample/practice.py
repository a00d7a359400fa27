"""The sample practice itself: organization, rooms, staff with their roles, and payers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample.make import BASE, Code, concept, identity, narrative, ref, terminology
from osler.main.sample.roster import STAFF, SUPPORT, Clinician, Colleague

NAME = "Linden Street Family Practice"
_DEGREES = "http://terminology.hl7.org/CodeSystem/v2-0360"
_DEGREE = {
    "MD": ("MD", "Doctor of Medicine"),
    "NP": ("NP", "Nurse Practitioner"),
    "RN": ("RN", "Registered Nurse"),
}
_ROOMS = ("Room 1", "Room 2", "Room 3")
_PAYERS = ("Harborview Health Plan", "Prairie Mutual", "Public Health Insurance")


@dataclass(frozen=True, slots=True)
class Practice:
    """The resources that every chart refers to."""

    organization: r4.Organization
    laboratory: r4.Organization
    payers: tuple[r4.Organization, ...]
    rooms: tuple[r4.Location, ...]
    staff: tuple[r4.Practitioner, ...]
    support: tuple[r4.Practitioner, ...]
    roles: tuple[r4.PractitionerRole, ...]

    def resources(self) -> Iterator[Resource]:
        """All of them, those first that others refer to."""
        yield self.organization
        yield self.laboratory
        yield from self.payers
        yield from self.rooms
        yield from self.staff
        yield from self.support
        yield from self.roles

    def doctor(self, number: int, *, child: bool) -> r4.Practitioner:
        """The usual clinician of the patient with this number."""
        able = [
            who
            for who, person in zip(self.staff, STAFF, strict=True)
            if person.suffix != "RN" and person.children == child
        ]
        return able[number % len(able)]


def build() -> Practice:
    """The practice; the same in every run."""
    organization = _organization(NAME, "prov", "Healthcare Provider")
    return Practice(
        organization=organization,
        laboratory=_organization("Riverbend Clinical Laboratory", "prov", "Healthcare Provider"),
        payers=tuple(_organization(name, "pay", "Payer") for name in _PAYERS),
        rooms=tuple(_room(name, organization) for name in _ROOMS),
        staff=tuple(_practitioner(i, person) for i, person in enumerate(STAFF)),
        support=tuple(_colleague(i, person) for i, person in enumerate(SUPPORT)),
        roles=(
            *(_role(_practitioner(i, one), one, organization) for i, one in enumerate(STAFF)),
            *(_position(i, one, organization) for i, one in enumerate(SUPPORT)),
        ),
    )


def _organization(name: str, kind: str, display: str) -> r4.Organization:
    return r4.Organization(
        id=identity("organization", name),
        text=narrative(name),
        identifier=[r4.Identifier(system=f"{BASE}/organization", value=name.lower())],
        active=True,
        name=name,
        type=[concept(terminology("organization-type", kind, display))],
        telecom=[r4.ContactPoint(system="phone", value="(555) 555-0100", use="work")],
        address=[
            r4.Address(
                use="work",
                line=["12 Linden Street"],
                city="Fairhaven",
                state="OH",
                postalCode="43000",
                country="US",
            )
        ],
    )


def _room(name: str, organization: r4.Organization) -> r4.Location:
    return r4.Location(
        id=identity("location", name),
        text=narrative(f"{name}, {NAME}"),
        status="active",
        name=name,
        mode="instance",
        physicalType=concept(terminology("location-physical-type", "ro", "Room")),
        managingOrganization=ref(organization, NAME),
    )


def _practitioner(number: int, person: Clinician) -> r4.Practitioner:
    name = f"{person.given} {person.family}, {person.suffix}"
    return r4.Practitioner(
        id=identity("practitioner", number),
        text=narrative(name),
        identifier=[r4.Identifier(system=f"{BASE}/staff", value=f"S{number + 1:03}")],
        active=True,
        name=[
            r4.HumanName(
                use="official",
                text=name,
                family=person.family,
                given=[person.given],
                suffix=[person.suffix],
            )
        ],
        telecom=[r4.ContactPoint(system="phone", value=f"(555) 555-01{number + 10}", use="work")],
        gender=person.sex,
        qualification=[
            r4.PractitionerQualification(code=concept(Code(_DEGREES, *_DEGREE[person.suffix])))
        ],
    )


def _role(
    practitioner: r4.Practitioner, person: Clinician, organization: r4.Organization
) -> r4.PractitionerRole:
    return r4.PractitionerRole(
        id=identity("role", practitioner.id),
        text=narrative(f"{person.given} {person.family} at {NAME}"),
        active=True,
        practitioner=ref(practitioner, f"{person.given} {person.family}, {person.suffix}"),
        organization=ref(organization, NAME),
        code=[concept(terminology("practitioner-role", *person.role))],
    )


def support_id(number: int) -> str:
    """The id of the Practitioner of somebody who works with those who treat patients."""
    return identity("support", number)


def _colleague(number: int, person: Colleague) -> r4.Practitioner:
    name = f"{person.given} {person.family}"
    return r4.Practitioner(
        id=support_id(number),
        text=narrative(f"{name}, {person.title}"),
        identifier=[r4.Identifier(system=f"{BASE}/staff", value=f"A{number + 1:03}")],
        active=True,
        name=[r4.HumanName(use="official", text=name, family=person.family, given=[person.given])],
        gender=person.sex,
    )


def _position(number: int, person: Colleague, organization: r4.Organization) -> r4.PractitionerRole:
    name = f"{person.given} {person.family}"
    return r4.PractitionerRole(
        id=identity("position", number),
        text=narrative(f"{name}, {person.title} at {NAME}"),
        active=True,
        practitioner=r4.Reference(reference=f"Practitioner/{support_id(number)}", display=name),
        organization=ref(organization, NAME),
        code=[r4.CodeableConcept(text=person.title)],
    )
