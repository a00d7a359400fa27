"""What a patient has decided beforehand: code status, documents, and who speaks for them."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import categorized, code_of, display, said
from osler.clinic.lists.items import Chart, Item, concept
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_

LOINC = "http://loinc.org"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
FLAG = "urn:osler:flag"
CODE_STATUS = "code-status"
CATEGORY = "42348-3"
CODES = "urn:osler:code-status"
REASON = "urn:osler:flag|reason"
DISCUSSED = "urn:osler:flag|discussed-with"
STATUSES = {
    "full": N_("Full code"),
    "dnr": N_("DNR"),
    "dnr-dni": N_("DNR and DNI"),
    "dni": N_("DNI"),
    "comfort": N_("Comfort care only"),
    "limited": N_("Limited treatment"),
}
KINDS = {
    "86533-7": N_("Living will"),
    "64298-3": N_("Power of attorney for health care"),
    "93037-0": N_("Portable medical orders (POLST, MOLST)"),
    "84095-9": N_("DNR order outside a hospital"),
    "81334-5": N_("Personal advance care plan"),
    "75320-2": N_("Other advance directive"),
}
AGENTS = {
    "HPOWATT": N_("Agent by power of attorney for health care"),
    "GUARD": N_("Guardian"),
    "RESPRSN": N_("Responsible person, without a document"),
}


@dataclass(frozen=True, slots=True)
class CodeStatus:
    """How far the patient wants to be treated, as it was discussed."""

    id: str
    text: str
    since: str
    until: str
    discussed: str
    reason: str
    by: str
    active: bool


@dataclass(frozen=True, slots=True)
class Directive:
    """A document."""

    id: str
    kind: str
    date: str
    place: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Agent:
    """Who speaks for the patient."""

    id: str
    name: str
    kind: str
    phone: str
    start: str
    end: str


def read_statuses(chart: Chart, most: int) -> list[CodeStatus]:
    """The code status now, and what it was; one search: flags cannot be found by category."""
    items = [one for one in chart.items(r4.Flag, most) if is_code_status(one.resource)]
    return sorted(map(code_status, standing(items)), key=lambda one: not one.active)


def is_code_status(one: r4.Flag) -> bool:
    """Whether a flag is a code status."""
    return categorized(one.category, CODE_STATUS)


def code_status(item: Item[r4.Flag]) -> CodeStatus:
    """One as the page shows it."""
    one = item.resource
    code = code_of(one.code, CODES)
    return CodeStatus(
        id=item.id,
        text=said(one.code) or STATUSES.get(code, ""),
        since=str(one.period.start or "")[:10] if one.period else "",
        until=str(one.period.end or "")[:10] if one.period else "",
        discussed=detail_of(one, DISCUSSED),
        reason=detail_of(one, REASON),
        by=display(one.author),
        active=one.status == "active",
    )


def detail_of(one: r4.Flag, url: str) -> str:
    """What an extension says."""
    return next((e.valueString or "" for e in one.extension or [] if e.url == url), "")


def put(one: r4.Flag, url: str, text: str) -> None:
    """Set what an extension says."""
    rest = [e for e in one.extension or [] if e.url != url]
    said_now = [r4.Extension(url=url, valueString=text)] if text else []
    one.extension = [*rest, *said_now] or None


def blank_status(chart: Chart) -> r4.Flag:
    """A code status to fill in."""
    return r4.Flag(
        status="active",
        category=[concept(FLAG, CODE_STATUS)],
        code=r4.CodeableConcept(),
        subject=chart.subject,
        author=chart.me,
        period=r4.Period(start=clock.today().isoformat()),
    )


def active_statuses(chart: Chart, most: int = 200) -> list[Item[r4.Flag]]:
    """Those that a new one ends: there is one at a time."""
    return [
        one
        for one in standing(chart.items(r4.Flag, most))
        if one.resource.status == "active" and is_code_status(one.resource)
    ]


def ended(item: Item[r4.Flag], day: str) -> Item[r4.Flag]:
    """The same, not active any more."""
    one = item.resource
    one.status = "inactive"
    start = one.period.start if one.period else None
    one.period = r4.Period(start=start, end=max(day, str(start or "")[:10]))
    return item


def read_documents(chart: Chart, most: int) -> list[Directive]:
    """Documents, newest first; one search."""
    items = chart.items(r4.DocumentReference, most, ("category", f"{LOINC}|{CATEGORY}"))
    return [directive(one) for one in standing(items)]


def is_directive(one: r4.DocumentReference) -> bool:
    """Whether a document is an advance directive."""
    return categorized(one.category, CATEGORY)


def directive(item: Item[r4.DocumentReference]) -> Directive:
    """One as the page shows it."""
    one = item.resource
    code = code_of(one.type, LOINC)
    period = one.context.period if one.context else None
    return Directive(
        id=item.id,
        kind=KINDS.get(code) or said(one.type),
        date=str((period.start if period else None) or one.date or "")[:10],
        place=next((c.attachment.title or "" for c in one.content), ""),
        status=str(one.status or ""),
        text=one.description or "",
    )


def blank_document(chart: Chart) -> r4.DocumentReference:
    """A document to fill in; where the paper is kept is its attachment's title."""
    return r4.DocumentReference(
        status="current",
        category=[concept(LOINC, CATEGORY, "Advance directives")],
        subject=chart.subject,
        date=clock.now().isoformat(),
        author=[chart.me] if chart.me else None,
        content=[r4.DocumentReferenceContent(attachment=r4.Attachment(title=""))],
    )


def read_agents(chart: Chart, most: int) -> list[Agent]:
    """Who speaks for the patient; one search."""
    wanted = ",".join(f"{ROLES}|{code}" for code in AGENTS)
    items = chart.items(
        r4.RelatedPerson, most, ("relationship", wanted), ("_sort", "-_lastUpdated")
    )
    return [agent(one) for one in standing(items) if one.resource.active is not False]


def is_agent(one: r4.RelatedPerson) -> bool:
    """Whether a related person speaks for the patient."""
    return categorized(one.relationship, *AGENTS)


def agent(item: Item[r4.RelatedPerson]) -> Agent:
    """One as the page shows it."""
    one = item.resource
    name = (one.name or [r4.HumanName()])[0]
    codes = [code_of(kind, ROLES) for kind in one.relationship or []]
    return Agent(
        id=item.id,
        name=name.text or " ".join(filter(None, [*(name.given or []), name.family])),
        kind=next((code for code in codes if code in AGENTS), ""),
        phone=next((t.value or "" for t in one.telecom or [] if t.system == "phone"), ""),
        start=str(one.period.start or "")[:10] if one.period else "",
        end=str(one.period.end or "")[:10] if one.period else "",
    )
