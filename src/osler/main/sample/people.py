"""A sample patient as FHIR: Patient as US Core has it, and the insurance that pays."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from osler.fhir import r4
from osler.main.sample import shape
from osler.main.sample.make import (
    BASE,
    Code,
    concept,
    identity,
    narrative,
    ref,
    terminology,
    years_before,
)
from osler.main.sample.practice import NAME, Practice
from osler.main.sample.roster import Person

DIED = timedelta(days=40)
"""How long ago who has died in the sample died."""
_STREETS = ("Maple Avenue", "Mill Road", "Orchard Lane", "River Street", "Station Road")
_LANGUAGES = {
    "ar": "Arabic",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "ht": "Haitian",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "so": "Somali",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_HELPERS = (
    ("Daughter", "DAU", "natural daughter", "Ellen"),
    ("Wife", "WIFE", "wife", "Joan"),
    ("Brother", "BRO", "brother", "Martin"),
    ("Friend", "FRND", "unrelated friend", "Sam"),
)


def patient(
    number: int, person: Person, today: date, practice: Practice, random: Random
) -> r4.Patient:
    """The patient with this number in the roster."""
    born = birth(person, today, random)
    doctor = practice.doctor(number, child=person.age < 18)
    made = r4.Patient(
        id=identity("patient", number),
        meta=r4.Meta(security=[shape.VIP.coding()]) if "vip" in person.marks else None,
        text=narrative(f"{person.name}, born {born}"),
        extension=shape.extensions(person),
        identifier=[
            r4.Identifier(
                use="usual",
                type=concept(terminology("v2-0203", "MR", "Medical record number")),
                system=f"{BASE}/mrn",
                value=f"L{100_000 + number}",
                assigner=ref(practice.organization, NAME),
            )
        ],
        active=True,
        name=shape.names(person, today),
        telecom=_telecom(number, person),
        gender=person.sex,
        birthDate=born.isoformat(),
        address=_addresses(person, today, random),
        maritalStatus=_marital(person, random),
        contact=_contact(number, person),
        communication=[_language(person)],
        generalPractitioner=[ref(doctor, doctor.name[0].text if doctor.name else None)],
        managingOrganization=ref(practice.organization, NAME),
    )
    if "deceased" in person.marks:
        made.deceasedDateTime = (today - DIED).isoformat()
    return made


def birth(person: Person, today: date, random: Random) -> date:
    """The day of birth that makes this person as old as the roster says."""
    month, dom = random.randint(1, 12), random.randint(1, 28)
    if person.days is not None:
        return today - timedelta(days=person.days)
    month, dom = person.birthday or (month, dom)
    return years_before(today, person.age, month=month, dom=dom)


def coverage(
    number: int, patient: r4.Patient, today: date, practice: Practice, random: Random
) -> r4.Coverage:
    """The patient's insurance, since the beginning of a recent year."""
    payer = practice.payers[number % len(practice.payers)]
    member = f"M{random.randint(10**8, 10**9 - 1)}"
    group = f"G{1000 + number % 7}"
    return r4.Coverage(
        id=identity("coverage", number),
        text=narrative(f"Member of {payer.name}"),
        identifier=[
            r4.Identifier(
                type=concept(terminology("v2-0203", "MB", "Member Number")),
                system=f"{BASE}/member",
                value=member,
            )
        ],
        status="active",
        type=concept(
            Code(
                "http://terminology.hl7.org/CodeSystem/v3-ActCode", "EHCPOL", "extended healthcare"
            )
        ),
        subscriberId=member,
        beneficiary=ref(patient),
        relationship=concept(terminology("subscriber-relationship", "self", "Self")),
        period=r4.Period(start=date(today.year - 2, 1, 1).isoformat()),
        payor=[ref(payer, payer.name)],
        class_=[_class("group", "Group", group, None), _class("plan", "Plan", "P1", "Plus")],
        order=1,
    )


def _class(code: str, display: str, value: str, name: str | None) -> r4.CoverageClass:
    return r4.CoverageClass(
        type=concept(terminology("coverage-class", code, display)), value=value, name=name
    )


def _telecom(number: int, person: Person) -> list[r4.ContactPoint]:
    phone = r4.ContactPoint(
        system="phone", value=f"(555) 555-{2000 + number}", use="mobile", rank=1
    )
    if person.age < 18:
        return [phone]
    mail = r4.ContactPoint(system="email", value=f"patient{number}@osler.example", use="home")
    if person.age < 70:
        return [phone, mail]
    return [phone, r4.ContactPoint(system="phone", value=f"(555) 555-{3000 + number}", use="home")]


def _addresses(person: Person, today: date, random: Random) -> list[r4.Address]:
    home = _address(random)
    if person.former is None:
        return [home]
    moved = today - timedelta(days=400)
    home.period = r4.Period(start=moved.isoformat())
    before = r4.Address(
        use="old",
        line=["77 Canal Street"],
        city="Port Haven",
        state="OH",
        postalCode="43011",
        country="US",
        period=r4.Period(end=moved.isoformat()),
    )
    return [home, before]


def _address(random: Random) -> r4.Address:
    return r4.Address(
        use="home",
        line=[f"{random.randint(1, 240)} {random.choice(_STREETS)}"],
        city="Fairhaven",
        state="OH",
        postalCode="43000",
        country="US",
    )


def _marital(person: Person, random: Random) -> r4.CodeableConcept | None:
    if person.age < 18:
        return None
    codes = (("M", "Married"), ("S", "Never Married"), ("D", "Divorced"), ("W", "Widowed"))
    odds = (50, 10, 20, 20) if person.age > 60 else (50, 40, 10, 0)
    code, display = random.choices(codes, odds)[0]
    if person.former is not None:  # The new name has nothing to do with a marriage.
        code, display = codes[1]
    return concept(terminology("v3-MaritalStatus", code, display))


def _contact(number: int, person: Person) -> list[r4.PatientContact] | None:
    """A parent of a child; somebody near to who is old."""
    phone = r4.ContactPoint(system="phone", value=f"(555) 555-{4000 + number}", use="mobile")
    if person.age < 18:
        code, given = Code(shape.ROLE, "MTH", "mother"), "Denise" if number == 7 else "Laura"
    elif person.age >= 70 or "new" in person.marks:
        _, role, display, given = _HELPERS[number % len(_HELPERS)]
        code = Code(shape.ROLE, role, display)
    else:
        return None
    return [
        r4.PatientContact(
            relationship=[
                concept(terminology("v2-0131", "C", "Emergency Contact")),
                concept(code),
            ],
            name=r4.HumanName(family=person.family, given=[given]),
            telecom=[phone],
        )
    ]


def _language(person: Person) -> r4.PatientCommunication:
    code = Code("urn:ietf:bcp:47", person.language, _LANGUAGES[person.language])
    return r4.PatientCommunication(language=concept(code), preferred=True)
