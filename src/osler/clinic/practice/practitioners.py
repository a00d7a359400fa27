"""The people who work here as the record has them: Practitioner, and PractitionerRole for what they do where."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.practice import parts
from osler.clinic.practice.founding import human_name
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.words import N_
from osler.record import Record, Version
from osler.search.parse import parse

JOBS_SYSTEM = "http://terminology.hl7.org/CodeSystem/practitioner-role"
OWN_JOBS = "urn:osler:practitioner-role"
JOBS: dict[str, tuple[str, str]] = {
    "doctor": (N_("Doctor"), JOBS_SYSTEM),
    "nurse": (N_("Nurse"), JOBS_SYSTEM),
    "pharmacist": (N_("Pharmacist"), JOBS_SYSTEM),
    "researcher": (N_("Researcher"), JOBS_SYSTEM),
    "teacher": (N_("Teacher"), JOBS_SYSTEM),
    "ict": (N_("Computer specialist"), JOBS_SYSTEM),
    "assistant": (N_("Medical assistant"), OWN_JOBS),
    "front-desk": (N_("Front desk"), OWN_JOBS),
    "biller": (N_("Billing"), OWN_JOBS),
    "manager": (N_("Management"), OWN_JOBS),
    "laboratory": (N_("Laboratory"), OWN_JOBS),
}
"""What somebody does here: HL7's codes, and our own where it has none."""
LANGUAGE = "urn:ietf:bcp:47"
LANGUAGES = {
    "en": N_("English"),
    "es": N_("Spanish"),
    "zh": N_("Chinese"),
    "vi": N_("Vietnamese"),
    "tl": N_("Tagalog"),
    "ko": N_("Korean"),
    "ar": N_("Arabic"),
    "fr": N_("French"),
    "ht": N_("Haitian Creole"),
    "ru": N_("Russian"),
    "pt": N_("Portuguese"),
    "de": N_("German"),
    "hi": N_("Hindi"),
    "so": N_("Somali"),
    "ase": N_("American Sign Language"),
}
LABELS = {
    "title": N_("Title"),
    "given": N_("Given names"),
    "family": N_("Family name"),
    "suffix": N_("Credentials"),
    "npi": N_("NPI"),
    "languages": N_("Languages"),
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "active": N_("Works here"),
}
ROLE_LABELS = {
    "organization": N_("Organization"),
    "job": N_("Work"),
    "specialty": N_("Specialties"),
    "sites": N_("Sites"),
    "active": N_("In use"),
}
MOST = 200
Values = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A person as a list shows them."""

    id: str
    name: str
    active: bool
    npi: str
    languages: str


def all_of_them(record: Record, principal: Principal, name: str = "") -> list[Line]:
    """The people whose name begins so, those who work here first; at most `MOST`."""
    pairs = [("_count", str(MOST)), ("_sort", "family"), *([("name", name)] if name else [])]
    query = parse("Practitioner", pairs, record.registry)
    found = (decode(one.content) for one in record.search(principal, query).matches)
    lines = [_line(one) for one in found if isinstance(one, r4.Practitioner)]
    return sorted(lines, key=lambda one: not one.active)


def _line(one: r4.Practitioner) -> Line:
    values = values_of(one)
    spoken = [LANGUAGES.get(code, code) for code in values["languages"]]
    return Line(
        one.id or "",
        called(one),
        bool(values["active"]),
        str(values["npi"]),
        ", ".join(spoken),
    )


def called(one: r4.Practitioner) -> str:
    """How a list names somebody."""
    name = one.name[0] if one.name else None
    if name is None:
        return one.id or ""
    words = [*(name.prefix or ()), *(name.given or ()), name.family]
    written = " ".join(word for word in words if word) or name.text or one.id or ""
    titles = ", ".join(word for word in name.suffix or () if word)
    return f"{written}, {titles}" if titles and titles not in written else written


def roles_of(record: Record, principal: Principal, id: str) -> list[tuple[Version, r4.PractitionerRole]]:  # fmt: skip
    """What somebody does where."""
    pairs = [("practitioner", f"Practitioner/{id}"), ("_count", "50")]
    query = parse("PractitionerRole", pairs, record.registry)
    found = [(one, decode(one.content)) for one in record.search(principal, query).matches]
    return [(version, one) for version, one in found if isinstance(one, r4.PractitionerRole)]


def values_of(found: r4.Practitioner) -> Values:
    """Somebody as the fields of their form."""
    name = found.name[0] if found.name else r4.HumanName()
    if not name.family and name.text:
        name = human_name(name.text)
    spoken = [
        next((c.code for c in one.coding or () if c.code), one.text or "")
        for one in found.communication or ()
    ]
    return {
        "title": " ".join(word for word in name.prefix or () if word),
        "given": " ".join(word for word in name.given or () if word),
        "family": name.family or "",
        "suffix": ", ".join(word for word in name.suffix or () if word),
        "npi": parts.identifier(found.identifier, parts.NPI),
        "languages": [code for code in spoken if code],
        "phone": parts.contact(found.telecom, "phone"),
        "email": parts.contact(found.telecom, "email"),
        "active": "" if found.active is False else "on",
    }


def changed(found: r4.Practitioner, values: Values) -> r4.Practitioner:
    """The person with what the form says; what the form does not know stays."""
    name = found.name[0] if found.name else r4.HumanName(use="official")
    before = values_of(found)
    if any(values[key] != before[key] for key in ("title", "given", "family", "suffix")):
        name.prefix = _words(values["title"])
        name.given, name.family = _words(values["given"]), str(values["family"])
        name.suffix = _listed(values["suffix"])
        name.text = None
        found.name = [name, *(found.name or [])[1:]]
    found.identifier = parts.with_identifier(found.identifier, parts.NPI, str(values["npi"]))
    contacts = {key: str(values[key]) for key in ("phone", "email")}
    found.telecom = parts.with_contacts(found.telecom, contacts)
    if set(values["languages"]) != set(before["languages"]):
        found.communication = [_language(code) for code in values["languages"]] or None
    found.active = bool(values["active"])
    return found


def _words(value: str | list[str]) -> list[str | None] | None:
    return [*str(value).split()] or None


def _listed(value: str | list[str]) -> list[str | None] | None:
    return [part.strip() for part in str(value).split(",") if part.strip()] or None


def _language(code: str) -> r4.CodeableConcept:
    coding = r4.Coding(system=LANGUAGE, code=code, display=LANGUAGES.get(code))
    return r4.CodeableConcept(coding=[coding])


def role_values(found: r4.PractitionerRole) -> Values:
    """What somebody does where as the fields of its form."""
    sites = [parts.reference_id(one, "Location") for one in found.location or ()]
    special = [one.text or _display(one) for one in found.specialty or ()]
    return {
        "organization": parts.reference_id(found.organization, "Organization"),
        "job": parts.coded(found.code, (JOBS_SYSTEM, OWN_JOBS)),
        "specialty": ", ".join(one for one in special if one),
        "sites": [one for one in sites if one],
        "active": "" if found.active is False else "on",
    }


def _display(one: r4.CodeableConcept) -> str:
    return next((c.display or c.code or "" for c in one.coding or ()), "")


def role_changed(found: r4.PractitionerRole, values: Values) -> r4.PractitionerRole:
    """The role with what the form says; codes that the form does not know stay where its words do."""
    before = role_values(found)
    found.active = bool(values["active"])
    if values["organization"] != before["organization"]:
        found.organization = r4.Reference(reference=f"Organization/{values['organization']}")
    if values["job"] != before["job"]:
        found.code = _job(str(values["job"]))
    if values["specialty"] != before["specialty"]:
        found.specialty = [
            r4.CodeableConcept(text=word) for word in _listed(values["specialty"]) or ()
        ] or None
    if set(values["sites"]) != set(before["sites"]):
        found.location = [
            r4.Reference(reference=f"Location/{id}") for id in values["sites"]
        ] or None
    return found


def _job(code: str) -> list[r4.CodeableConcept] | None:
    if code not in JOBS:
        return None
    label, system = JOBS[code]
    coding = r4.Coding(system=system, code=code, display=label)
    return [r4.CodeableConcept(coding=[coding])]
