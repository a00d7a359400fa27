"""Sites and rooms: Locations with their hours, what they are part of, and whether they are in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from osler.access import Principal
from osler.clinic.practice import parts
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Record
from osler.search.parse import parse

PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
KINDS = {
    "si": N_("Site"),
    "bu": N_("Building"),
    "wi": N_("Wing or floor"),
    "ro": N_("Room"),
    "ve": N_("Vehicle"),
    "ho": N_("Patient's home"),
}
STATUSES = {
    "active": N_("In use"),
    "suspended": N_("Closed for a while"),
    "inactive": N_("Out of use"),
}
DAYS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
LABELS = {
    "name": N_("Name"),
    "kind": N_("Kind"),
    "status": N_("Use"),
    "part_of": N_("Part of"),
    "organization": N_("Organization"),
    "description": N_("Note"),
    "phone": N_("Telephone"),
    "fax": N_("Fax"),
    "email": N_("E-mail"),
    "line": N_("Street"),
    "city": N_("City"),
    "state": N_("State"),
    "postal": N_("ZIP code"),
    "country": N_("Country"),
    "zone": N_("Time zone"),
    **DAYS,
    "closed": N_("Closed on"),
}
MOST = 500
_SPAN = re.compile(r"\s*(\d{1,2}):?(\d{2})?\s*(?:-|–|to)\s*(\d{1,2}):?(\d{2})?\s*")
_REGIONS = tuple(
    f"{one}/" for one in ("America", "Pacific", "Europe", "Asia", "Africa", "Australia")
)
_WHOLE = frozenset({"24 h", "24h", "all day"})


@dataclass(frozen=True, slots=True)
class Line:
    """A place as a list shows it; `depth` is how deep it lies in others."""

    id: str
    name: str
    kind: str
    status: str
    part_of: str
    city: str
    phone: str
    hours: tuple[tuple[str, str], ...]
    depth: int = 0


def all_of_them(record: Record, principal: Principal) -> list[Line]:
    """Every place that the principal may see: each followed by what is part of it."""
    query = parse("Location", [("_count", str(MOST)), ("_sort", "name")], record.registry)
    found = (decode(one.content) for one in record.search(principal, query).matches)
    lines = {one.id or "": _line(one) for one in found if isinstance(one, r4.Location)}
    inside: dict[str, list[Line]] = {}
    for one in lines.values():
        inside.setdefault(one.part_of if one.part_of in lines else "", []).append(one)
    return list(_nested(inside, "", 0, set()))


def _nested(
    inside: Mapping[str, list[Line]], under: str, depth: int, seen: set[str]
) -> Iterable[Line]:
    order = sorted(
        inside.get(under, ()), key=lambda one: (one.status == "inactive", one.name.casefold())
    )
    for one in order:
        if one.id not in seen:  # Two places that are part of each other end here.
            seen.add(one.id)
            fields = {name: getattr(one, name) for name in Line.__slots__}
            yield Line(**{**fields, "depth": depth})
            yield from _nested(inside, one.id, depth + 1, seen)


def _line(one: r4.Location) -> Line:
    values = values_of(one)
    hours = tuple((DAYS[day], values[day]) for day in DAYS if values[day])
    return Line(
        one.id or "",
        values["name"] or one.id or "",
        KINDS.get(values["kind"], ""),
        values["status"],
        values["part_of"],
        values["city"],
        values["phone"],
        hours,
    )


def values_of(found: r4.Location) -> dict[str, str]:
    """A place as the fields of its form."""
    kind = [found.physicalType] if found.physicalType else []
    zone = next((e for e in found.extension or () if e.url == ZONE), None)
    return {
        "name": found.name or "",
        "kind": parts.coded(kind, (PHYSICAL,)),
        "status": found.status or "active",
        "part_of": parts.reference_id(found.partOf, "Location"),
        "organization": parts.reference_id(found.managingOrganization, "Organization"),
        "description": found.description or "",
        **{one: parts.contact(found.telecom, one) for one in ("phone", "fax", "email")},
        **parts.address_values(found.address),
        "zone": str(getattr(zone, "valueCode", "") or "") if zone else "",
        **_hours_values(found.hoursOfOperation or ()),
        "closed": found.availabilityExceptions or "",
    }


def _hours_values(found: Iterable[r4.LocationHoursOfOperation]) -> dict[str, str]:
    spans: dict[str, list[str]] = {day: [] for day in DAYS}
    for one in found:
        text = "24 h" if one.allDay else f"{_short(one.openingTime)}-{_short(one.closingTime)}"
        for day in one.daysOfWeek or ():
            if day in spans:
                spans[day].append(text)
    return {day: ", ".join(sorted(texts)) for day, texts in spans.items()}


def _short(time: Any) -> str:
    return str(time or "00:00")[:5]


def changed(found: r4.Location, values: parts.Values) -> r4.Location:
    """The place with what the form says; what the form does not know stays. Raises Invalid for odd hours."""
    before = values_of(found)
    if (found.name or "") != values["name"]:
        found.alias = [*(found.alias or []), *([found.name] if found.name else [])] or None
    found.name, found.status = values["name"], values["status"]  # type: ignore[assignment]  # one of the three
    found.mode = found.mode or "instance"
    found.description = values["description"] or None
    found.availabilityExceptions = values["closed"] or None
    if values["kind"] != before["kind"]:
        found.physicalType = _kind(values["kind"])
    if values["part_of"] != before["part_of"]:
        found.partOf = _to("Location", values["part_of"])
    if values["organization"] != before["organization"]:
        found.managingOrganization = _to("Organization", values["organization"])
    found.telecom = parts.with_contacts(found.telecom, values)
    found.address = parts.with_address(found.address, values)
    if values["zone"] != before["zone"]:
        others = [one for one in found.extension or () if one.url != ZONE]
        mine = [r4.Extension(url=ZONE, valueCode=values["zone"])] if values["zone"] else []
        found.extension = [*others, *mine] or None
    if any(values[day] != before[day] for day in DAYS):
        found.hoursOfOperation = _hours({day: values[day] for day in DAYS})
    return found


def _kind(code: str) -> r4.CodeableConcept | None:
    if not code:
        return None
    return r4.CodeableConcept(coding=[r4.Coding(system=PHYSICAL, code=code, display=KINDS[code])])


def _to(type: str, id: str) -> r4.Reference | None:
    return r4.Reference(reference=f"{type}/{id}") if id else None


def _hours(values: Mapping[str, str]) -> list[r4.LocationHoursOfOperation] | None:
    """Days with the same hours share one entry."""
    days: dict[tuple[str, str], list[str]] = {}
    for day, text in values.items():
        for span in spans(text):
            days.setdefault(span, []).append(day)
    made = [
        r4.LocationHoursOfOperation(daysOfWeek=[*on], allDay=True)  # type: ignore[list-item]  # of DAYS
        if begins == "24 h"
        else r4.LocationHoursOfOperation(daysOfWeek=[*on], openingTime=begins, closingTime=ends)  # type: ignore[list-item]  # as above
        for (begins, ends), on in days.items()
    ]
    return made or None


def spans(text: str) -> list[tuple[str, str]]:
    """The hours of a day as written: "8-12, 13:00-17:30"; "" is closed. Raises Invalid for what is no span."""
    if text.strip().casefold() in _WHOLE:
        return [("24 h", "")]
    found = [_span(part) for part in text.split(",") if part.strip()]
    for (_, ended), (begins, _) in zip(sorted(found), sorted(found)[1:], strict=False):
        if begins < ended:
            raise Invalid(N_("The hours of one day overlap."))
    return sorted(found)


def _span(text: str) -> tuple[str, str]:
    match = _SPAN.fullmatch(text)
    if match:
        begins = f"{int(match[1]):02d}:{match[2] or '00'}:00"
        ends = f"{int(match[3]):02d}:{match[4] or '00'}:00"
        good = all(one[:2] <= "23" and one[3:5] <= "59" for one in (begins, ends))
        if good and begins < ends:
            return begins, ends
    raise Invalid(
        N_("Write hours as 08:00-12:00, 13:00-17:00, or 24 h; leave it empty when closed.")
    )


def zones() -> list[str]:
    """The time zones there are, America's first."""
    named = [one for one in available_timezones() if one.startswith(_REGIONS)]
    return sorted(named, key=lambda one: (not one.startswith("America/"), one))


def under_itself(lines: Iterable[Line], id: str, under: str) -> bool:
    """Whether a place would become part of itself, through others or at once."""
    above = {one.id: one.part_of for one in lines}
    seen: set[str] = set()
    while under and under not in seen:
        if under == id:
            return True
        seen.add(under)
        under = above.get(under, "")
    return False
