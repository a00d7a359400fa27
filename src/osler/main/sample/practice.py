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


@dataclass(frozen=True, slots=True)
class Site:
    """One of the two places, with its rooms; each clinician there has two of them."""

    name: str
    line: str
    postal_code: str
    phone: str
    rooms: tuple[str, ...]
    opens: str
    closes: str


SITES = (
    Site(
        "Linden Street",
        "12 Linden Street",
        "43000",
        "(555) 555-0100",
        ("Room 1", "Room 2", "Room 3", "Room 4", "Room 5", "Room 6", "Procedure room"),
        "08:00:00",
        "17:00:00",
    ),
    Site(
        "Mill Pond",
        "340 Mill Pond Road",
        "43002",
        "(555) 555-0140",
        ("Room 11", "Room 12", "Room 13", "Room 14"),
        "07:30:00",
        "18:00:00",
    ),
)
_FIRST_ROOM = {0: 0, 2: 2, 5: 4, 1: 7, 3: 9}
"""Of each clinician's two rooms: 1-2, 3-4, 5-6 at one site, 11-12, 13-14 at the other."""
_PAYERS = ("Harborview Health Plan", "Prairie Mutual", "Public Health Insurance")


@dataclass(frozen=True, slots=True)
class Practice:
    """The resources that every chart refers to."""

    organization: r4.Organization
    laboratory: r4.Organization
    payers: tuple[r4.Organization, ...]
    sites: tuple[r4.Location, ...]
    rooms: tuple[r4.Location, ...]
    staff: tuple[r4.Practitioner, ...]
    support: tuple[r4.Practitioner, ...]
    roles: tuple[r4.PractitionerRole, ...]

    def resources(self) -> Iterator[Resource]:
        """All of them, those first that others refer to."""
        yield self.organization
        yield self.laboratory
        yield from self.payers
        yield from self.sites
        yield from self.rooms
        yield from self.staff
        yield from self.support
        yield from self.roles

    def doctor(self, number: int, *, child: bool) -> r4.Practitioner:
        """The usual clinician of the patient with this number."""
        able = [
            who
            for who, person in zip(self.staff, STAFF, strict=True)
            if person.suffix != "RN" and person.children == child and not person.resident
        ]
        return able[number % len(able)]

    def rooms_of(self, clinician: int) -> tuple[r4.Location, ...]:
        """The two rooms of the clinician with this number."""
        first = _FIRST_ROOM[clinician]
        return self.rooms[first : first + 2]


def build() -> Practice:
    """The practice; the same in every run."""
    organization = _organization(NAME, "prov", "Healthcare Provider")
    sites = tuple(_site(site, organization) for site in SITES)
    return Practice(
        organization=organization,
        laboratory=_organization("Riverbend Clinical Laboratory", "prov", "Healthcare Provider"),
        payers=tuple(_organization(name, "pay", "Payer") for name in _PAYERS),
        sites=sites,
        rooms=tuple(
            _room(name, organization, place)
            for site, place in zip(SITES, sites, strict=True)
            for name in sorted(site.rooms, key=lambda name: name == "Procedure room")
        ),
        staff=tuple(_practitioner(i, person) for i, person in enumerate(STAFF)),
        support=tuple(_colleague(i, person) for i, person in enumerate(SUPPORT)),
        roles=(
            *(
                _role(_practitioner(i, one), one, organization, sites)
                for i, one in enumerate(STAFF)
            ),
            *(_position(i, one, organization, sites) for i, one in enumerate(SUPPORT)),
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
        address=_address("12 Linden Street", "43000"),
    )


def _site(site: Site, organization: r4.Organization) -> r4.Location:
    return r4.Location(
        id=identity("site", site.name),
        text=narrative(f"{site.name}, {NAME}"),
        identifier=[r4.Identifier(system=f"{BASE}/location", value=site.name.lower())],
        status="active",
        name=site.name,
        mode="instance",
        type=[
            concept(
                Code(
                    "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
                    "FMC",
                    "Family medicine clinic",
                )
            )
        ],
        telecom=[r4.ContactPoint(system="phone", value=site.phone, use="work")],
        address=_address(site.line, site.postal_code)[0],
        physicalType=concept(terminology("location-physical-type", "si", "Site")),
        managingOrganization=ref(organization, NAME),
        hoursOfOperation=[
            r4.LocationHoursOfOperation(
                daysOfWeek=["mon", "tue", "wed", "thu", "fri"],
                openingTime=site.opens,
                closingTime=site.closes,
            )
        ],
    )


def _address(line: str, postal_code: str) -> list[r4.Address]:
    return [
        r4.Address(
            use="work",
            line=[line],
            city="Fairhaven",
            state="OH",
            postalCode=postal_code,
            country="US",
        )
    ]


def _room(name: str, organization: r4.Organization, site: r4.Location) -> r4.Location:
    return r4.Location(
        id=identity("location", name),
        text=narrative(f"{name}, {site.name}, {NAME}"),
        status="active",
        name=name,
        mode="instance",
        physicalType=concept(terminology("location-physical-type", "ro", "Room")),
        partOf=ref(site, site.name),
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
    practitioner: r4.Practitioner,
    person: Clinician,
    organization: r4.Organization,
    sites: tuple[r4.Location, ...],
) -> r4.PractitionerRole:
    return r4.PractitionerRole(
        id=identity("role", practitioner.id),
        text=narrative(f"{person.given} {person.family} at {NAME}"),
        active=True,
        practitioner=ref(practitioner, f"{person.given} {person.family}, {person.suffix}"),
        organization=ref(organization, NAME),
        code=[concept(terminology("practitioner-role", *person.role))],
        specialty=[r4.CodeableConcept(text=_specialty(person))],
        location=[ref(sites[person.site], sites[person.site].name)],
        telecom=[r4.ContactPoint(system="phone", value=SITES[person.site].phone, use="work")],
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


def _specialty(person: Clinician) -> str:
    if person.resident:
        return "Family medicine, second-year resident"
    if person.suffix == "RN":
        return "Nursing"
    return "Pediatrics" if person.children else "Family medicine"


def _position(
    number: int,
    person: Colleague,
    organization: r4.Organization,
    sites: tuple[r4.Location, ...],
) -> r4.PractitionerRole:
    name = f"{person.given} {person.family}"
    return r4.PractitionerRole(
        id=identity("position", number),
        text=narrative(f"{name}, {person.title} at {NAME}"),
        active=True,
        practitioner=r4.Reference(reference=f"Practitioner/{support_id(number)}", display=name),
        organization=ref(organization, NAME),
        code=[r4.CodeableConcept(text=person.title)],
        location=[ref(sites[person.site], sites[person.site].name)],
    )
