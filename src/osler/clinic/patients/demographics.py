"""The fieldsets of a patient's demographics: read from the Patient, and written into it without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from osler.clinic.patients import extensions as ext
from osler.clinic.patients.person import SSN, official_name
from osler.clinic.patients.tables import words
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.search import lookup

Values = Mapping[str, Any]
_FORMER = frozenset({"old", "maiden"})


# ---- name


def read_name(patient: r4.Patient) -> dict[str, Any]:
    """The official name in parts, the name to use, former family names."""
    name = official_name(patient)
    others = [one for one in patient.name or () if one is not name]
    usual = next((one for one in others if one.use == "usual"), None)
    given = list(name.given or []) if name else []
    return {
        "title": " ".join(filter(None, name.prefix or [])) if name else "",
        "given": given[0] if given else "",
        "middle": " ".join(one for one in given[1:] if one),
        "family": (name.family or "") if name else "",
        "suffix": " ".join(filter(None, name.suffix or [])) if name else "",
        "usual": _usual_text(usual),
        "former": ", ".join(_spoken(one) for one in others if one.use in _FORMER),
    }


def write_name(patient: r4.Patient, values: Values) -> None:
    """The names as given; names of other uses stay."""
    given, family = _text(values, "given"), _text(values, "family")
    if not given and not family:
        raise Invalid("A patient needs a name: enter the family name, the given name or both.")
    current = official_name(patient)
    official = current if current is not None else r4.HumanName()
    official.use = "official"  # Its period, and what else is known of it, stays.
    official.text = None
    official.prefix = _same_or(official.prefix, _text(values, "title"))
    official.given = _same_or(official.given, f"{given} {_text(values, 'middle')}")
    official.family = family or None
    official.suffix = _same_or(official.suffix, _text(values, "suffix"))
    others = [one for one in patient.name or () if one is not current]
    names = [official, *_usual(others, _text(values, "usual"), family)]
    names += _former(others, _text(values, "former"))
    patient.name = [*names, *(one for one in others if one.use not in {*_FORMER, "usual"})]


def _same_or(before: list[Any] | None, text: str) -> list[Any] | None:
    """The words of a text; as they were put together before where they are the same: "Ana María" is one name."""
    words = text.split()
    same = words == " ".join(filter(None, before or [])).split()
    return (before if same else words) or None


def _usual(others: Sequence[r4.HumanName], text: str, family: str) -> list[r4.HumanName]:
    before = next((one for one in others if one.use == "usual"), None)
    if not text:
        return []
    if before is not None and _usual_text(before) == text:
        return [before]
    first, _, last = text.rpartition(" ")
    return [
        r4.HumanName(use="usual", given=[first or last], family=(last if first else family) or None)
    ]


def _former(others: Sequence[r4.HumanName], said: str) -> list[r4.HumanName]:
    before = {_spoken(one): one for one in others if one.use in _FORMER}
    names = []
    for text in filter(None, (one.strip() for one in said.split(","))):
        first, _, last = text.rpartition(" ")
        made = r4.HumanName(use="old", given=[first] if first else None, family=last)
        names.append(before.get(text) or made)
    return names


def _usual_text(name: r4.HumanName | None) -> str:
    if name is None:
        return ""
    return name.text or " ".join(one for one in name.given or () if one) or name.family or ""


def _spoken(name: r4.HumanName) -> str:
    return name.text or " ".join(one for one in (*(name.given or ()), name.family) if one)


# ---- birth, sex and gender


def read_identity(patient: r4.Patient) -> dict[str, Any]:
    """Birth date, sexes, identity, pronouns."""
    return {
        "born": patient.birthDate or "",
        "gender": patient.gender or "",
        "birth_sex": ext.code(patient, ext.BIRTH_SEX),
        "identity": ext.code(patient, ext.GENDER_IDENTITY),
        "pronouns": ext.code(patient, ext.PRONOUNS),
    }


def write_identity(patient: r4.Patient, values: Values) -> None:
    """The same into the Patient."""
    patient.birthDate = _text(values, "born") or None
    patient.gender = _text(values, "gender") or None
    if "birth_sex" not in values:
        return  # a quick registration asks no more
    sex = _text(values, "birth_sex")
    made = r4.Extension(url=ext.BIRTH_SEX, valueCode=sex) if sex else None
    ext.put(patient, ext.BIRTH_SEX, made)
    code = _text(values, "identity")
    system = words.IDENTITY if code.isdigit() else words.NULL
    text = words.GENDER_IDENTITIES.get(code, code)
    ext.put(patient, ext.GENDER_IDENTITY, ext.concept(ext.GENDER_IDENTITY, system, code, text))
    code = _text(values, "pronouns")
    made = None
    if code:
        coding = r4.Coding(system="http://loinc.org", code=code, display=words.PRONOUNS.get(code))
        value = r4.Extension(url="value", valueCodeableConcept=r4.CodeableConcept(coding=[coding]))
        made = r4.Extension(url=ext.PRONOUNS, extension=[value])
    ext.put(patient, ext.PRONOUNS, made)


# ---- background


def read_background(patient: r4.Patient) -> dict[str, Any]:
    """Race, ethnicity, language, interpreter, marital status."""
    spoken = sorted(patient.communication or (), key=lambda one: not one.preferred)
    coding = next((c for one in spoken for c in one.language.coding or ()), None)
    needed = ext.code(patient, ext.INTERPRETER)
    marital = next(iter((patient.maritalStatus and patient.maritalStatus.coding) or ()), None)
    return {
        "race": list(ext.categories(patient, ext.RACE)),
        "ethnicity": list(ext.categories(patient, ext.ETHNICITY)),
        "language": (coding.code or "") if coding else "",
        "interpreter": next((k for k, v in ext.NEEDED.items() if v[0] == needed), ""),
        "marital": (marital.code or "") if marital else "",
    }


def write_background(patient: r4.Patient, values: Values) -> None:
    """The same into the Patient."""
    for name, url in (("race", ext.RACE), ("ethnicity", ext.ETHNICITY)):
        ext.put(patient, url, ext.category(url, values.get(name) or ()))
    language = _text(values, "language")
    if language:
        spoken = r4.CodeableConcept(
            coding=[
                r4.Coding(
                    system=words.LANGUAGE, code=language, display=words.LANGUAGES.get(language)
                )
            ]
        )
        patient.communication = [r4.PatientCommunication(language=spoken, preferred=True)]
    else:
        patient.communication = None
    needed = ext.NEEDED.get(_text(values, "interpreter"))
    made = None
    if needed:
        coding = r4.Coding(system=ext.SNOMED, code=needed[0], display=needed[1])
        made = r4.Extension(url=ext.INTERPRETER, valueCoding=coding)
    ext.put(patient, ext.INTERPRETER, made)
    marital = _text(values, "marital")
    system = words.NULL if marital == "UNK" else words.MARITAL
    patient.maritalStatus = _concept(system, marital, words.MARITAL_STATUS)


# ---- places and ways to reach


def read_places(patient: r4.Patient) -> list[dict[str, Any]]:
    """The addresses."""
    return [
        {
            "use": one.use or "home",
            "line1": (one.line or [""])[0] or "",
            "line2": ", ".join(line for line in (one.line or [])[1:] if line),
            "city": one.city or "",
            "state": one.state or "",
            "postal": one.postalCode or "",
            "country": one.country or "",
        }
        for one in patient.address or ()
    ]


def write_places(patient: r4.Patient, rows: Sequence[Values]) -> None:
    """The addresses as given; rows without a word are none."""
    made = []
    for row in rows:
        lines: list[str | None] = [
            line for line in (_text(row, "line1"), _text(row, "line2")) if line
        ]
        if lines or any(_text(row, name) for name in ("city", "state", "postal")):
            made.append(
                r4.Address(
                    use=_text(row, "use") or "home",
                    line=lines or None,
                    city=_text(row, "city") or None,
                    state=_text(row, "state") or None,
                    postalCode=_text(row, "postal") or None,
                    country=_text(row, "country") or None,
                )
            )
    patient.address = made or None


def read_reach(patient: r4.Patient) -> list[dict[str, Any]]:
    """Telephones and e-mail addresses, the preferred first."""
    some = sorted(patient.telecom or (), key=lambda one: one.rank or 99)
    return [
        {"system": one.system or "phone", "value": one.value or "", "use": one.use or ""}
        for one in some
    ]


def write_reach(patient: r4.Patient, rows: Sequence[Values]) -> None:
    """The same; their order is their rank."""
    wanted = [row for row in rows if _text(row, "value")]
    patient.telecom = [
        r4.ContactPoint(
            system=_text(row, "system") or "phone",
            value=_text(row, "value"),
            use=_text(row, "use") or None,
            rank=rank,
        )
        for rank, row in enumerate(wanted, start=1)
    ] or None


# ---- people around


def read_kin(patient: r4.Patient) -> list[dict[str, Any]]:
    """Contacts, next of kin, guardians."""
    found = []
    for one in patient.contact or ():
        codings = [c for concept in one.relationship or () for c in concept.coding or ()]
        found.append(
            {
                "kind": next((c.code for c in codings if c.system == words.CONTACT), "") or "",
                "relation": next((c.code for c in codings if c.system == words.ROLE), "") or "",
                "name": _spoken(one.name) if one.name else "",
                "phone": next((t.value for t in one.telecom or () if t.value), "") or "",
            }
        )
    return found


def write_kin(patient: r4.Patient, rows: Sequence[Values]) -> None:
    """The same into the Patient."""
    made = []
    for row in rows:
        name, phone = _text(row, "name"), _text(row, "phone")
        if not name and not phone:
            continue
        first, _, last = name.rpartition(" ")
        relations = [
            _concept(words.CONTACT, _text(row, "kind"), words.CONTACT_KINDS),
            _concept(words.ROLE, _text(row, "relation"), words.RELATIONSHIPS),
        ]
        made.append(
            r4.PatientContact(
                relationship=[one for one in relations if one] or None,
                name=r4.HumanName(given=[first] if first else None, family=last) if name else None,
                telecom=[r4.ContactPoint(system="phone", value=phone)] if phone else None,
            )
        )
    patient.contact = made or None


# ---- identifiers and care


def read_care(patient: r4.Patient) -> dict[str, Any]:
    """General practitioner, practice, and the end of the social security number."""
    doctor = next((one.reference for one in patient.generalPractitioner or () if one.reference), "")
    practice = patient.managingOrganization
    number = next((one.value for one in patient.identifier or () if one.system == SSN), "")
    return {
        "doctor": doctor or "",
        "practice": (practice.reference or "") if practice else "",
        "ssn4": lookup.digits(number or "")[-4:],
    }


def write_care(patient: r4.Patient, values: Values) -> None:
    """The same; a social security number that is left empty stays as it is."""
    doctor, practice = _text(values, "doctor"), _text(values, "practice")
    patient.generalPractitioner = [r4.Reference(reference=doctor)] if doctor else None
    if practice:
        patient.managingOrganization = r4.Reference(reference=practice)
    number = lookup.digits(_text(values, "ssn"))
    if not number:
        return
    if not re.fullmatch(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}", number):
        raise Invalid("A social security number has nine digits and is none of those never given.")
    kept = [one for one in patient.identifier or () if one.system != SSN]
    patient.identifier = [*kept, r4.Identifier(system=SSN, value=number)]


def _text(values: Values, name: str) -> Any:
    """Any: forms offer codes of FHIR's lists alone, and the record checks every one."""
    return " ".join(str(values.get(name) or "").split())


def _list(values: Values, name: str) -> Any:
    text = _text(values, name)
    return [text] if text else None


def _concept(system: str, code: str, table: Mapping[str, str]) -> r4.CodeableConcept | None:
    if not code:
        return None
    text = table.get(code, code)
    return r4.CodeableConcept(coding=[r4.Coding(system=system, code=code, display=text)], text=text)
