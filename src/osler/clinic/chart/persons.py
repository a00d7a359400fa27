"""A patient as a banner names them: names, sex, pronouns, numbers, who looks after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osler.clinic.chart.words import categorized, display, said
from osler.fhir import r4
from osler.fhir.r4.datatypes import Extension

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_PRONOUNS = "http://hl7.org/fhir/StructureDefinition/individual-pronouns"
_PRONOUN = "pronoun"
_GENDER = (
    f"{_US_CORE}genderIdentity",
    "http://hl7.org/fhir/StructureDefinition/individual-genderIdentity",
)
_INTERPRETER = (
    f"{_US_CORE}interpreter-needed",
    "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
)
_YES = frozenset({"373066001", "Y"})
_RESTRICTED = frozenset({"R", "V"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is. `goes_by` is the name to use where it differs; `mrn` the practice's own number."""

    family: str
    given: str
    prefix: str
    goes_by: str
    birth_date: str
    deceased: bool
    died: str
    sex: str
    gender: str
    pronouns: str
    mrn: str
    pcp: str
    interpreter: str
    restricted: bool
    photo: bool

    @property
    def initials(self) -> str:
        """Two letters for a face that is not known."""
        letters = [part[0] for part in (self.given, self.family) if part]
        return "".join(letters).upper() or "?"

    @property
    def name(self) -> str:
        """The family name in capitals, as it stands in banners and titles."""
        return ", ".join(part for part in (self.family.upper(), self.given) if part) or self.goes_by


def person_of(patient: r4.Patient) -> Person:
    """The patient as the banner names them."""
    official = _official(patient.name or [])
    given = _words(official.given) if official else ""
    goes_by = _goes_by(patient.name or [], given.split(" ")[0])
    died = patient.deceasedDateTime or ""
    return Person(
        family=_family(official),
        given=given,
        prefix=_words(official.prefix) if official else "",
        goes_by=goes_by,
        birth_date=patient.birthDate or "",
        deceased=bool(died or patient.deceasedBoolean),
        died=died,
        sex=patient.gender or "",
        gender=_extended(patient, _GENDER),
        pronouns=_extended(patient, (_PRONOUNS,)),
        mrn=_mrn(patient),
        pcp=next((text for one in patient.generalPractitioner or [] if (text := display(one))), ""),
        interpreter=_interpreter(patient),
        restricted=any(
            one.code in _RESTRICTED for one in (patient.meta.security if patient.meta else []) or []
        ),
        photo=bool(patient.photo),
    )


def _official(names: list[r4.HumanName]) -> r4.HumanName | None:
    held = [one for one in names if one.use not in {"old", "maiden", "nickname", "temp"}]
    first = next((one for one in held if one.use == "official"), None)
    return first or next(iter(held or names), None)


def _family(name: r4.HumanName | None) -> str:
    if name is None:
        return ""
    return name.family or ("" if name.given else name.text or "")


def _words(parts: Sequence[str | None] | None) -> str:
    return " ".join(filter(None, parts or []))


def _goes_by(names: list[r4.HumanName], given: str) -> str:
    """The name to use, where it is not the first given name anyway."""
    usual = next((one for one in names if one.use in {"usual", "nickname"}), None)
    if usual is None:
        return ""
    text = _words(usual.given) or usual.text or usual.family or ""
    return "" if text.casefold() == given.casefold() else text


def _mrn(patient: r4.Patient) -> str:
    numbers = [one for one in patient.identifier or [] if one.value]
    medical = [one for one in numbers if categorized([one.type] if one.type else [], "MR")]
    usual = [one for one in numbers if one.use == "usual"]
    return next((one.value or "" for one in (*usual, *medical)), "")


def _interpreter(patient: r4.Patient) -> str:
    """The language for which an interpreter is needed; "yes" where no language is recorded."""
    needed = any(
        one.valueBoolean or (one.valueCoding is not None and one.valueCoding.code in _YES)
        for one in patient.extension or []
        if one.url in _INTERPRETER
    )
    if not needed:
        return ""
    spoken = sorted(patient.communication or [], key=lambda one: not one.preferred)
    return next((said(one.language) for one in spoken), "") or "yes"


def _extended(patient: r4.Patient, urls: Iterable[str]) -> str:
    """What an extension says, also one with parts ("value")."""
    for one in patient.extension or []:
        if one.url in urls:
            found = _value(one) or next(
                (text for part in one.extension or [] if (text := _value(part))), ""
            )
            if found:
                return found
    return ""


def _value(one: Extension) -> str:
    if one.valueCoding is not None:
        return one.valueCoding.display or one.valueCoding.code or ""
    return said(one.valueCodeableConcept) or one.valueString or one.valueCode or ""
