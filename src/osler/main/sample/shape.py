"""What US Core adds to a Patient: race, ethnicity, sex, gender, pronouns, interpreter; and their names."""

from __future__ import annotations

from datetime import date, timedelta

from osler.fhir import r4
from osler.main.sample.make import LOINC, SNOMED, TERMINOLOGY, Code, concept
from osler.main.sample.roster import Person

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
ROLE = f"{TERMINOLOGY}/v3-RoleCode"
VIP = Code(f"{TERMINOLOGY}/v3-ActCode", "CEL", "celebrity information sensitivity")
_CDC_RACE = "urn:oid:2.16.840.1.113883.6.238"
_PRONOUNS = {
    "they": Code(LOINC, "LA29520-6", "they/them/their/theirs/themselves"),
    "she": Code(LOINC, "LA29519-8", "she/her/her/hers/herself"),
    "he": Code(LOINC, "LA29518-0", "he/him/his/his/himself"),
}
_HL7 = "http://hl7.org/fhir/StructureDefinition"


def extensions(person: Person) -> list[r4.Extension]:
    """In the order in which people are asked."""
    found = [_race(person), _ethnicity(person), _birth_sex(person)]
    if person.pronouns is not None:
        found += [_gender_identity(), _pronouns(person.pronouns)]
    if person.interpreter:
        yes = Code(SNOMED, "373066001", "Yes").coding()
        found.append(r4.Extension(url=f"{US_CORE}/us-core-interpreter-needed", valueCoding=yes))
    return found


def names(person: Person, today: date) -> list[r4.HumanName]:
    """The official name; the name to use, and the one before, where there are such."""
    found = [r4.HumanName(use="official", family=person.family, given=[*person.given])]
    if person.preferred is not None:
        found.append(r4.HumanName(use="usual", given=[person.preferred], family=person.family))
    if person.former is not None:
        changed = (today - timedelta(days=410)).isoformat()
        given, family = person.former
        found[0].period = r4.Period(start=changed)
        found.append(
            r4.HumanName(use="old", family=family, given=[given], period=r4.Period(end=changed))
        )
    return found


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
        url=f"{US_CORE}/{name}",
        extension=[
            r4.Extension(url="ombCategory", valueCoding=coding),
            r4.Extension(url="text", valueString=display),
        ],
    )


def _birth_sex(person: Person) -> r4.Extension:
    return r4.Extension(
        url=f"{US_CORE}/us-core-birthsex", valueCode="F" if person.sex == "female" else "M"
    )


def _gender_identity() -> r4.Extension:
    return r4.Extension(
        url=f"{US_CORE}/us-core-genderIdentity",
        valueCodeableConcept=concept(text="Nonbinary"),
    )


def _pronouns(which: str) -> r4.Extension:
    return r4.Extension(
        url=f"{_HL7}/individual-pronouns",
        extension=[r4.Extension(url="value", valueCodeableConcept=concept(_PRONOUNS[which]))],
    )
