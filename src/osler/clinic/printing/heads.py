"""What stands on top of paper: the practice's letterhead, and who the patient is, on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import NotAllowed
from osler.record import Record
from osler.search.parse import parse

_EMPLOYS = (("active", "true"), ("_has:PractitionerRole:organization:active", "true"))


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The practice: its name, and lines with its address and numbers."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientHead:
    """The patient by two identifiers and more, in one line for each page."""

    name: str
    born: str
    sex: str
    number: str


def letterhead(record: Record, principal: Principal, organization: str | None = None) -> Letterhead:
    """The letterhead of an organization (its logical id), or of the practice."""
    pairs = [("_id", organization)] if organization else [*_EMPLOYS]
    query = parse("Organization", [*pairs, ("_count", "1")], record.registry)
    try:
        found = [decode(one.content) for one in record.search(principal, query).matches]
    except NotAllowed:
        found = []
    one = found[0] if found else None
    if not isinstance(one, r4.Organization):
        return Letterhead("")
    numbers = [f"{c.system} {c.value}" for c in one.telecom or () if c.value and c.system]
    addresses = [_address(each) for each in (one.address or [])[:1]]
    return Letterhead(
        one.name or "", tuple(line for line in [*addresses, ", ".join(numbers)] if line)
    )


def _address(one: r4.Address) -> str:
    if one.text:
        return one.text
    city = " ".join(filter(None, (one.state, one.postalCode)))
    parts: list[str | None] = [*(one.line or []), one.city, city, one.country]
    return ", ".join(filter(None, parts))


def patient_head(patient: r4.Patient) -> PatientHead:
    """A patient on paper: family name in capitals first, birth date with the month in letters, record number."""
    names = sorted(patient.name or [], key=lambda name: name.use != "official")
    one = names[0] if names else r4.HumanName(text="No name")
    given = " ".join(filter(None, one.given or []))
    name = f"{one.family.upper()}, {given}".strip(", ") if one.family else one.text or given
    numbers = (each.value for each in patient.identifier or () if each.use == "usual")
    return PatientHead(
        name, long_day(patient.birthDate), (patient.gender or "").capitalize(), next(numbers, None) or ""
    )  # fmt: skip


def long_day(text: str | None) -> str:
    """A FHIR date where the practice is, its month in letters; partial ones as they are."""
    try:
        whole = date.fromisoformat(clock.day_of(text or ""))
    except ValueError:
        return text or "unknown"
    return f"{whole:%b} {whole.day}, {whole.year}"
