"""What organizations, places and people have in common as forms see them: numbers, addresses, telephones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.kit.words import N_

NPI = "http://hl7.org/fhir/sid/us-npi"
TAX = "urn:oid:2.16.840.1.113883.4.4"
"""Employer identification numbers of the IRS, as HL7's registry of systems names them."""
_NPI_PREFIX = "80840"
"""The issuer that stands before an NPI when its check digit is computed (45 CFR 162.406)."""
_STREETS = 3
Values = Mapping[str, str]
Coded = TypeVar("Coded")


def valid_npi(text: str) -> bool:
    """Whether ten digits are an NPI: the last is the Luhn check digit of the others behind 80840."""
    if not re.fullmatch(r"[12]\d{9}", text):
        return False
    total = 0
    for at, digit in enumerate(reversed(_NPI_PREFIX + text)):
        doubled = int(digit) * (1 + at % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def checked_npi(text: str) -> str:
    """The number, without spaces. Raises Invalid where it is none."""
    number = re.sub(r"[\s-]", "", text)
    if number and not valid_npi(number):
        raise Invalid(N_("That is no NPI: it has ten digits, and the last one checks the others."))
    return number


def identifier(found: Sequence[r4.Identifier] | None, system: str) -> str:
    """The number of a system; "" without one."""
    return next((one.value or "" for one in found or () if one.system == system), "")


def with_identifier(
    found: Sequence[r4.Identifier] | None, system: str, value: str
) -> list[r4.Identifier] | None:
    """The identifiers with this number of a system instead of any before; others stay as they are."""
    if identifier(found, system) == value:
        return list(found) if found else None
    others = [one for one in found or () if one.system != system]
    mine = [r4.Identifier(system=system, value=value)] if value else []
    return [*mine, *others] or None


def contact(found: Sequence[r4.ContactPoint] | None, system: str) -> str:
    """The first telephone, fax or e-mail; "" without one."""
    return next((one.value or "" for one in found or () if one.system == system), "")


def with_contacts(
    found: Sequence[r4.ContactPoint] | None, values: Values
) -> list[r4.ContactPoint] | None:
    """The contacts with the first of each kind (phone, fax, email, url) as the form has it."""
    kept = list(found or ())
    for system in ("phone", "fax", "email", "url"):
        if system not in values:
            continue
        first = next((one for one in kept if one.system == system), None)
        value = values[system]
        if first is None and value:
            kept.append(r4.ContactPoint(system=system, value=value, use="work"))
        elif first is not None and value:
            first.value = value
        elif first is not None:
            kept.remove(first)
    return kept or None


def address_values(found: r4.Address | None) -> dict[str, str]:
    """An address as the fields of a form."""
    one = found or r4.Address()
    return {
        "line": "\n".join(line for line in one.line or () if line),
        "city": one.city or "",
        "state": one.state or "",
        "postal": one.postalCode or "",
        "country": one.country or "",
    }


def with_address(found: r4.Address | None, values: Values) -> r4.Address | None:
    """The address with what the form says; None where it says nothing."""
    made = found or r4.Address(use="work")
    lines = [line.strip() for line in values["line"].splitlines() if line.strip()]
    made.line = [*lines[:_STREETS]] or None
    made.city, made.state = values["city"] or None, values["state"] or None
    made.postalCode, made.country = values["postal"] or None, values["country"] or None
    made.text = None if made.text and found is not None else made.text
    said = (made.line, made.city, made.state, made.postalCode, made.country)
    return made if any(said) else None


def coded(found: Sequence[r4.CodeableConcept] | None, systems: Sequence[str]) -> str:
    """The first code of one of these systems; "" without one."""
    every = (coding for one in found or () for coding in one.coding or ())
    return next((one.code or "" for one in every if one.system in systems), "")


def reference_id(found: r4.Reference | None, type: str) -> str:
    """The id of a reference to a type; "" where it leads elsewhere."""
    text = (found.reference or "") if found else ""
    return text.removeprefix(f"{type}/") if text.startswith(f"{type}/") else ""
