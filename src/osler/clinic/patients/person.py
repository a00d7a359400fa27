"""What one needs of a patient to tell them from others, taken from the resource."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access.labels import CATEGORIES, VIP
from osler.fhir import r4
from osler.search import lookup

SSN = "http://hl7.org/fhir/sid/us-ssn"
_VIP = frozenset(CATEGORIES[VIP].labels)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient in the few words of a list. `name` is the official one, `used` the name to use if another."""

    id: str
    name: str
    used: str = ""
    family: str = ""
    given: str = ""
    born: str = ""
    sex: str = ""
    number: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str = ""
    city: str = ""
    ssn4: str = ""
    active: bool = True
    dead: bool = False
    vip: bool = False
    replaced_by: str = ""
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @property
    def phone(self) -> str:
        """The first telephone number."""
        return self.phones[0] if self.phones else ""

    @property
    def initials(self) -> str:
        """For a picture where there is none."""
        return (self.given[:1] + self.family[:1]).upper() or self.name[:1].upper()


def person(patient: r4.Patient) -> Person:
    """The patient in few words."""
    names = patient.name or []
    official = official_name(patient)
    usual = next((one for one in names if one.use == "usual" and one is not official), None)
    place = next(iter(patient.address or ()), None)
    return Person(
        id=patient.id or "",
        name=text_of(official),
        used=text_of(usual) if usual else "",
        family=(official.family or "") if official else "",
        given=(official.given or [""])[0] or "" if official else "",
        born=patient.birthDate or "",
        sex=patient.gender or "",
        number=record_number(patient),
        phones=_contacts(patient, "phone", "sms"),
        emails=_contacts(patient, "email"),
        address=", ".join(
            part
            for part in (*(place.line or ()), place.city, place.state, place.postalCode)
            if part
        )
        if place
        else "",
        city=(place.city or "") if place else "",
        ssn4=ssn4(patient),
        active=patient.active is not False,
        dead=bool(patient.deceasedBoolean or patient.deceasedDateTime),
        vip=is_vip(patient),
        replaced_by=replaced_by(patient),
        words=frozenset(lookup.name_words(names)),
        numbers=frozenset(lookup.bare(one.value) for one in patient.identifier or () if one.value),
    )


def official_name(patient: r4.Patient) -> r4.HumanName | None:
    """The name in the papers; without one, any that is not old."""
    names = patient.name or []
    for fits in (
        lambda one: one.use == "official",
        lambda one: one.use not in {"old", "maiden", "usual", "nickname"},
    ):
        for one in names:
            if fits(one):
                return one
    return names[0] if names else None


def text_of(name: r4.HumanName | None) -> str:
    """A name as one reads it."""
    if name is None:
        return "No name"
    parts = [*(name.given or []), name.family, *(name.suffix or [])]
    return name.text or " ".join(part for part in parts if part) or "No name"


def record_number(patient: r4.Patient) -> str:
    """The medical record number; empty without one."""
    usual = [one for one in patient.identifier or () if one.use == "usual" and one.value]
    return (usual[0].value or "") if usual else ""


def ssn4(patient: r4.Patient) -> str:
    """The last four digits of the social security number."""
    for one in patient.identifier or ():
        if one.system == SSN and one.value:
            return lookup.digits(one.value)[-4:]
    return ""


def is_vip(patient: r4.Patient) -> bool:
    """Whether the chart is only for those who treat the patient."""
    labels = patient.meta.security if patient.meta else None
    return any((one.system, one.code) in _VIP for one in labels or ())


def replaced_by(patient: r4.Patient) -> str:
    """The logical id of the patient into whom this one was merged; empty if it was not."""
    for link in patient.link or ():
        if link.type == "replaced-by" and link.other.reference:
            return link.other.reference.removeprefix("Patient/")
    return ""


def _contacts(patient: r4.Patient, *systems: str) -> tuple[str, ...]:
    some = [one for one in patient.telecom or () if one.value and one.system in systems]
    some = [one for one in some if one.use != "old"]
    return tuple(one.value or "" for one in sorted(some, key=lambda one: one.rank or 99))
