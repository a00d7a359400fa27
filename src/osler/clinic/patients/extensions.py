"""Extensions of a Patient that US Core names: how they are read, and how they are written anew."""

from __future__ import annotations

from collections.abc import Iterable

from osler.clinic.patients.tables import race
from osler.fhir import r4

_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
RACE = f"{_CORE}race"
ETHNICITY = f"{_CORE}ethnicity"
BIRTH_SEX = f"{_CORE}birthsex"
GENDER_IDENTITY = f"{_CORE}genderIdentity"
INTERPRETER = f"{_CORE}interpreter-needed"
PRONOUNS = "http://hl7.org/fhir/StructureDefinition/individual-pronouns"
NOT_SAME = "urn:osler:another-person-than"
"""A patient who was found alike when this one was registered, and whom somebody said to be another person."""
NEEDED = {"yes": ("373066001", "Yes"), "no": ("373067005", "No")}
SNOMED = "http://snomed.info/sct"


def find(patient: r4.Patient, url: str) -> r4.Extension | None:
    """The first extension of an address."""
    return next((one for one in patient.extension or () if one.url == url), None)


def put(patient: r4.Patient, url: str, made: r4.Extension | None) -> None:
    """Write it instead of any of this address; None takes it away."""
    kept = [one for one in patient.extension or () if one.url != url]
    patient.extension = [*kept, *([made] if made is not None else [])] or None


def code(patient: r4.Patient, url: str) -> str:
    """The code that an extension has, as a code or as a concept."""
    found = find(patient, url)
    if found is None:
        return ""
    if found.valueCode:
        return found.valueCode
    coding = found.valueCodeableConcept.coding if found.valueCodeableConcept else None
    coded = found.valueCoding or next(iter(coding or ()), None)
    return (coded.code or "") if coded else ""


def concept(url: str, system: str, value: str, display: str) -> r4.Extension | None:
    """An extension with a concept; None for no code."""
    if not value:
        return None
    coding = r4.Coding(system=system, code=value, display=display)
    return r4.Extension(
        url=url, valueCodeableConcept=r4.CodeableConcept(coding=[coding], text=display)
    )


def categories(patient: r4.Patient, url: str) -> tuple[str, ...]:
    """The codes of a race or ethnicity: categories first, then details."""
    found = find(patient, url)
    parts = (found.extension if found else None) or ()
    wanted = ("ombCategory", "detailed")
    return tuple(
        one.valueCoding.code or ""
        for name in wanted
        for one in parts
        if one.url == name and one.valueCoding
    )


def category(url: str, codes: Iterable[str]) -> r4.Extension | None:
    """Race or ethnicity as US Core has it: categories, details and the words of all; None for no code."""
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return None
    first = race.RACES if url == RACE else race.ETHNICITIES
    parts, words = [], []
    for one in wanted:
        omb = one in first or one in race.UNANSWERED
        text = {**first, **race.UNANSWERED, **race.RACE_DETAILS, **race.ETHNICITY_DETAILS}[one]
        system = race.NULL if one in race.UNANSWERED else race.SYSTEM
        coding = r4.Coding(system=system, code=one, display=text)
        parts.append(r4.Extension(url="ombCategory" if omb else "detailed", valueCoding=coding))
        words.append(text)
    parts.append(r4.Extension(url="text", valueString=", ".join(words)))
    return r4.Extension(url=url, extension=parts)
