"""Organizations as the practice's administrator sees them: the practice, its departments, payers and laboratories."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.practice import parts
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import NotAllowed
from osler.kit.words import N_
from osler.record import Record
from osler.search.parse import parse

TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
OURS = "urn:osler:organization-type"
"""Laboratories: HL7's code system of organizations has no code for them."""
KINDS: dict[str, tuple[str, str]] = {
    "prov": (N_("Practice"), TYPES),
    "dept": (N_("Department"), TYPES),
    "pay": (N_("Payer"), TYPES),
    "lab": (N_("Laboratory"), OURS),
    "other": (N_("Other"), TYPES),
}
"""What an organization can be, by code: how it is called, and the system of the code."""
_SAME = {"ins": "pay", "team": "dept"}
MOST = 500
LABELS = {
    "name": N_("Name"),
    "kind": N_("Kind"),
    "active": N_("In use"),
    "npi": N_("NPI"),
    "tax": N_("Tax number (EIN)"),
    "part_of": N_("Part of"),
    "phone": N_("Telephone"),
    "fax": N_("Fax"),
    "email": N_("E-mail"),
    "url": N_("Web site"),
    "line": N_("Street"),
    "city": N_("City"),
    "state": N_("State"),
    "postal": N_("ZIP code"),
    "country": N_("Country"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An organization as a list shows it; `ours`: somebody of the directory works for it."""

    id: str
    name: str
    kind: str
    active: bool
    phone: str
    city: str
    part_of: str
    ours: bool = False

    @property
    def employs(self) -> bool:
        """Whether somebody may work for it, and a place belong to it."""
        return self.ours or self.kind in {"dept", "lab"}


def all_of_them(record: Record, principal: Principal) -> list[Line]:
    """Every organization that the principal may see, those in use first."""
    query = parse("Organization", [("_count", str(MOST)), ("_sort", "name")], record.registry)
    found = (decode(one.content) for one in record.search(principal, query).matches)
    ours = _employers(record, principal)
    lines = [_line(one, ours) for one in found if isinstance(one, r4.Organization)]
    return sorted(lines, key=lambda one: (not one.active, one.name.casefold()))


def _employers(record: Record, principal: Principal) -> frozenset[str]:
    """The ids of those that somebody works for: other practices and hospitals are only written to."""
    pairs = [("_has:PractitionerRole:organization:active", "true"), ("_count", str(MOST))]
    try:
        page = record.search(principal, parse("Organization", pairs, record.registry))
    except NotAllowed:
        return frozenset()
    return frozenset(one.id for one in page.matches)


def _line(one: r4.Organization, ours: frozenset[str]) -> Line:
    values = values_of(one)
    return Line(
        one.id or "",
        values["name"] or one.id or "",
        values["kind"],
        bool(values["active"]),
        values["phone"],
        values["city"],
        values["part_of"],
        one.id in ours,
    )


def values_of(found: r4.Organization) -> dict[str, str]:
    """An organization as the fields of its form."""
    code = parts.coded(found.type, (OURS, TYPES))
    return {
        "name": found.name or "",
        "kind": _SAME.get(code, code if code in KINDS else "other"),
        "active": "" if found.active is False else "on",
        "npi": parts.identifier(found.identifier, parts.NPI),
        "tax": parts.identifier(found.identifier, parts.TAX),
        "part_of": parts.reference_id(found.partOf, "Organization"),
        **{one: parts.contact(found.telecom, one) for one in ("phone", "fax", "email", "url")},
        **parts.address_values(found.address[0] if found.address else None),
    }


def changed(found: r4.Organization, values: parts.Values) -> r4.Organization:
    """The organization with what the form says; what the form does not know stays."""
    if values_of(found)["kind"] != values["kind"] or not found.type:
        label, system = KINDS[values["kind"]]
        found.type = [
            r4.CodeableConcept(
                coding=[r4.Coding(system=system, code=values["kind"], display=label)]
            )
        ]
    if (found.name or "") != values["name"]:
        # The name that it had goes on leading to it.
        found.alias = [*(found.alias or []), *([found.name] if found.name else [])] or None
    found.name, found.active = values["name"], bool(values["active"])
    found.identifier = parts.with_identifier(found.identifier, parts.NPI, values["npi"])
    found.identifier = parts.with_identifier(found.identifier, parts.TAX, values["tax"])
    found.telecom = parts.with_contacts(found.telecom, values)
    first = parts.with_address(found.address[0] if found.address else None, values)
    found.address = [*([first] if first else []), *(found.address or [])[1:]] or None
    part = values["part_of"]
    if part != parts.reference_id(found.partOf, "Organization"):
        found.partOf = r4.Reference(reference=f"Organization/{part}") if part else None
    return found
