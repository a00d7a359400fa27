"""A sample patient as FHIR: Patient with identifiers and contacts, and the insurance that pays."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from osler.fhir import r4
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

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
_CDC_RACE = "urn:oid:2.16.840.1.113883.6.238"
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


def patient(
    number: int, person: Person, today: date, practice: Practice, random: Random
) -> r4.Patient:
    """The patient with this number in the roster."""
    born = birth(person, today, random)
    doctor = practice.doctor(number, child=person.age < 18)
    return r4.Patient(
        id=identity("patient", number),
        text=narrative(f"{person.name}, born {born}"),
        extension=[_race(person), _ethnicity(person)],
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
        name=_names(person),
        telecom=_telecom(number, person),
        gender=person.sex,
        birthDate=born.isoformat(),
        address=[_address(random)],
        maritalStatus=_marital(person, random),
        communication=[_language(person)],
        generalPractitioner=[ref(doctor)],
        managingOrganization=ref(practice.organization, NAME),
    )


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
    return r4.Coverage(
        id=identity("coverage", number),
        text=narrative(f"Member of {payer.name}"),
        status="active",
        type=concept(
            Code(
                "http://terminology.hl7.org/CodeSystem/v3-ActCode", "EHCPOL", "extended healthcare"
            )
        ),
        subscriberId=f"M{random.randint(10**8, 10**9 - 1)}",
        beneficiary=ref(patient),
        relationship=concept(terminology("subscriber-relationship", "self", "Self")),
        period=r4.Period(start=date(today.year - 2, 1, 1).isoformat()),
        payor=[ref(payer, payer.name)],
    )


def _names(person: Person) -> list[r4.HumanName]:
    official = r4.HumanName(use="official", family=person.family, given=[*person.given])
    if person.preferred is None:
        return [official]
    return [official, r4.HumanName(use="nickname", given=[person.preferred])]


def _telecom(number: int, person: Person) -> list[r4.ContactPoint]:
    phone = r4.ContactPoint(system="phone", value=f"(555) 555-{2000 + number}", use="mobile")
    if person.age < 18:
        return [phone]
    return [phone, r4.ContactPoint(system="email", value=f"patient{number}@osler.example")]


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
    return concept(terminology("v3-MaritalStatus", code, display))


def _language(person: Person) -> r4.PatientCommunication:
    code = Code("urn:ietf:bcp:47", person.language, _LANGUAGES[person.language])
    return r4.PatientCommunication(language=concept(code), preferred=True)


def _race(person: Person) -> r4.Extension:
    code, display = person.race
    return _category("us-core-race", code, display)


def _ethnicity(person: Person) -> r4.Extension:
    if person.hispanic:
        return _category("us-core-ethnicity", "2135-2", "Hispanic or Latino")
    return _category("us-core-ethnicity", "2186-5", "Not Hispanic or Latino")


def _category(name: str, code: str, display: str) -> r4.Extension:
    coding = Code(_CDC_RACE, code, display).coding()
    return r4.Extension(
        url=f"{_US_CORE}/{name}",
        extension=[
            r4.Extension(url="ombCategory", valueCoding=coding),
            r4.Extension(url="text", valueString=display),
        ],
    )
