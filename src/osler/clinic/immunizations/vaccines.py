"""Vaccines given here, elsewhere or refused: the list, the grid by group, and how one is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.chart.words import display, said
from osler.clinic.lists.concepts import coded_in, keep
from osler.clinic.lists.items import Chart, Item, concept, remarks, set_note
from osler.clinic.lists.mistakes import held
from osler.clinic.terms.tables import CVX, MVX, vaccines
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Version

KINDS = {"given": N_("Given here"), "historical": N_("Given elsewhere"), "refused": N_("Not given")}
V3 = "http://terminology.hl7.org/CodeSystem/v3-"
SITES = {
    "LD": N_("Left deltoid"), "RD": N_("Right deltoid"), "LT": N_("Left thigh"), "RT": N_("Right thigh"),
    "LA": N_("Left arm"), "RA": N_("Right arm"), "BN": N_("Both nostrils"),
}  # fmt: skip
ROUTES = {
    "IM": N_("Into the muscle"), "SQ": N_("Under the skin"), "IDINJ": N_("Into the skin"),
    "NASINHLC": N_("Into the nose"), "PO": N_("By mouth"),
}  # fmt: skip
FUNDING = {"private": N_("Private stock"), "public": N_("Public stock (VFC, state)")}
REASONS = {
    "PATOBJ": N_("Patient or guardian refuses"),
    "MEDPREC": N_("Medical reason not to give it"),
    "IMMUNE": N_("Immune already"),
    "OSTOCK": N_("Out of stock"),
}
_REASON = {
    "PATOBJ": "ActReason",
    "MEDPREC": "ActReason",
    "IMMUNE": "ActReason",
    "OSTOCK": "ActReason",
}
_FUNDING = "http://terminology.hl7.org/CodeSystem/immunization-funding-source"
_ORIGIN = "http://terminology.hl7.org/CodeSystem/immunization-origin"
OTHER = N_("Other")


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a vaccine; most of it only for one that was given here."""

    vaccine: r4.CodeableConcept
    kind: str = "given"
    date: str = ""
    lot: str = ""
    expires: str = ""
    manufacturer: tuple[str, str] = ("", "")
    site: str = ""
    route: str = ""
    dose: str = ""
    funding: str = ""
    vis: str = ""
    reason: str = ""
    performer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """One line of the list."""

    id: str
    version: int
    name: str
    code: str
    kind: str
    date: str
    dose: str
    lot: str
    expires: str
    maker: str
    site: str
    route: str
    why: str
    by: str
    note: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Immunizations:
    """All doses, newest first, and the same by group, oldest first."""

    doses: list[Dose]
    grid: list[tuple[str, list[Dose]]]
    more: bool = False


def read_immunizations(chart: Chart, most: int) -> Immunizations:
    """A patient's vaccines, with one search."""
    found, more = held(chart, r4.Immunization, most)
    doses = [dose_of(one) for one in found]
    groups: dict[str, list[Dose]] = {}
    for one in reversed(doses):
        for group in one.groups or (OTHER,):
            groups.setdefault(group, []).append(one)
    return Immunizations(doses, sorted(groups.items()), more)


def dose_of(item: Item[r4.Immunization]) -> Dose:
    """One as the list shows it."""
    one = item.resource
    code = coded_in(one.vaccineCode, CVX)
    known = next((v for v in vaccines() if v.code == code.zfill(2)), None)
    protocol = next(iter(one.protocolApplied or []), None)
    number = (protocol.doseNumberPositiveInt or protocol.doseNumberString) if protocol else ""
    return Dose(
        id=item.id,
        version=item.version,
        name=said(one.vaccineCode),
        code=code,
        kind="refused"
        if one.status == "not-done"
        else "given"
        if one.primarySource
        else "historical",
        date=str(one.occurrenceDateTime or one.occurrenceString or ""),
        dose=str(number or ""),
        lot=one.lotNumber or "",
        expires=str(one.expirationDate or ""),
        maker=display(one.manufacturer),
        site=said(one.site),
        route=said(one.route),
        why=said(one.statusReason),
        by=", ".join(filter(None, (display(p.actor) for p in one.performer or []))),
        note=remarks(one),
        groups=known.groups if known else (),
    )


def add(chart: Chart, entered: Entered) -> Version:
    """Record a vaccine."""
    check(entered)
    made = r4.Immunization(
        status="completed",
        vaccineCode=entered.vaccine,
        patient=chart.subject,
        occurrenceDateTime=entered.date,
        recorded=clock.now().isoformat(),
    )
    _fill(chart, made, entered)
    return chart.add(made)[0]


def edit(chart: Chart, item: Item[r4.Immunization], entered: Entered, version: int) -> Version:
    """Change one, over the version that the form was made from."""
    item.resource.vaccineCode = keep(item.resource.vaccineCode, entered.vaccine)
    _fill(chart, item.resource, entered)
    return chart.change(item, version)


def check(entered: Entered) -> None:
    """Raises Invalid for what cannot be: no date, an expired lot, no reason for a refusal."""
    if not entered.date:
        raise Invalid("When was it? Give the date, or the year.")
    if entered.kind == "refused" and not entered.reason:
        raise Invalid("Say why it was not given.")
    if (
        entered.kind == "given"
        and entered.expires
        and entered.expires < entered.date[: len(entered.expires)]
    ):
        raise Invalid("This lot had expired on the day it was given. Check both dates.")


def _fill(chart: Chart, one: r4.Immunization, entered: Entered) -> None:
    check(entered)
    given = entered.kind == "given"
    one.status = "not-done" if entered.kind == "refused" else "completed"
    one.statusReason = _reason(entered.reason) if entered.kind == "refused" else None
    one.occurrenceDateTime, one.occurrenceString = entered.date, None
    one.primarySource = entered.kind != "historical"
    one.reportOrigin = None if one.primarySource else concept(_ORIGIN, "record", "Other Record")
    one.lotNumber = entered.lot.strip() or None
    one.expirationDate = entered.expires or None
    one.manufacturer = _maker(*entered.manufacturer)
    one.site = _of(SITES, entered.site, f"{V3}ActSite") if given else None
    one.route = _of(ROUTES, entered.route, f"{V3}RouteOfAdministration") if given else None
    one.fundingSource = _of(FUNDING, entered.funding, _FUNDING) if given else None
    one.protocolApplied = _dose(entered.dose)
    education = (
        r4.ImmunizationEducation(documentType="VIS", publicationDate=entered.vis)
        if entered.vis
        else None
    )
    one.education = [education] if education else None
    one.performer = _performer(chart, entered, one.performer)
    set_note(one, entered.note)


def _of(table: dict[str, str], code: str, system: str) -> r4.CodeableConcept | None:
    return concept(system, code, table[code], table[code]) if code in table else None


def _reason(code: str) -> r4.CodeableConcept:
    if code in REASONS:
        return concept(f"{V3}{_REASON[code]}", code, None, REASONS[code])
    return r4.CodeableConcept(text=code)


def _maker(code: str, name: str) -> r4.Reference | None:
    if not name:
        return None
    identifier = r4.Identifier(system=MVX, value=code) if code else None
    return r4.Reference(identifier=identifier, display=name)


def _dose(text: str) -> list[r4.ImmunizationProtocolApplied] | None:
    if not text.strip():
        return None
    if text.strip().isdecimal() and int(text) > 0:
        return [r4.ImmunizationProtocolApplied(doseNumberPositiveInt=int(Decimal(text)))]
    return [r4.ImmunizationProtocolApplied(doseNumberString=text.strip())]


def _performer(
    chart: Chart, entered: Entered, before: list[r4.ImmunizationPerformer] | None
) -> list[r4.ImmunizationPerformer] | None:
    """Who gave it; whoever only corrects the lot later did not give it."""
    said = ", ".join(filter(None, (display(one.actor) for one in before or [])))
    given = entered.kind == "given"
    if before and (entered.performer == said or (given and not entered.performer)):
        return before
    if entered.performer:
        return [r4.ImmunizationPerformer(actor=r4.Reference(display=entered.performer))]
    if given and chart.me is not None:
        return [r4.ImmunizationPerformer(actor=chart.me)]
    return None
