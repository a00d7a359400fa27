"""What a patient has decided beforehand: code status, documents, and who speaks for them."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.care.goals import past
from osler.clinic.chart.words import categorized, code_of, display, said, target
from osler.clinic.lists.items import Chart, Item, concept
from osler.clinic.lists.mistakes import held
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Update

LOINC = "http://loinc.org"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
FLAG = "urn:osler:flag"
CODE_STATUS = "code-status"
CATEGORY = "42348-3"
_MOST = 200
CODES = "urn:osler:code-status"
REASON = "urn:osler:flag|reason"
DISCUSSED = "urn:osler:flag|discussed-with"
ENDED_BY = "urn:osler:flag|ended-by"
"""Extension: the code status that took the place of this one. It comes back where the later one was a mistake."""
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
    signed: str
    recorded: str
    place: str
    status: str
    text: str
    scanned: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """Who speaks for the patient."""

    id: str
    name: str
    kind: str
    phone: str
    start: str
    end: str

    @property
    def over(self) -> bool:
        """Whether they do not speak for the patient any more."""
        return past(self.end)


def read_statuses(chart: Chart, most: int) -> tuple[list[CodeStatus], bool]:
    """Code statuses, those in force first, and whether there are older flags; one search: no category is searched."""
    items, more = held(chart, r4.Flag, most)
    found = [code_status(one) for one in items if is_code_status(one.resource)]
    return sorted(found, key=lambda one: not one.active), more


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
        since=clock.day_of(str(one.period.start or "")) if one.period else "",
        until=clock.day_of(str(one.period.end or "")) if one.period else "",
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


def replaced(chart: Chart, reference: str) -> list[Update]:
    """The ops that end every other code status in force: there is one at a time. `reference` leads to the new one."""
    day, ops = clock.today().isoformat(), []
    for item in _others(chart, reference):
        one = item.resource
        if one.status == "active":
            start = one.period.start if one.period else None
            one.status = "inactive"
            one.period = r4.Period(start=start, end=max(day, clock.day_of(str(start or ""))))
            by = r4.Extension(url=ENDED_BY, valueReference=r4.Reference(reference=reference))
            one.extension = [*_but(one, ENDED_BY), by]
            ops.append(chart.changed(item))
    return ops


def revived(chart: Chart, reference: str) -> list[Update]:
    """The ops that put back in force what a code status ended that was a mistake, where nothing else is in force."""
    others = _others(chart, reference)
    if any(item.resource.status == "active" for item in others):
        return []
    ops = []
    for item in others:
        one = item.resource
        if _ended_by(one) == reference:
            one.status, one.extension = "active", _but(one, ENDED_BY) or None
            one.period = r4.Period(start=one.period.start if one.period else None)
            ops.append(chart.changed(item))
    return ops


def _others(chart: Chart, reference: str) -> list[Item[r4.Flag]]:
    found, _more = held(chart, r4.Flag, _MOST)
    mine = reference.removeprefix("Flag/")
    return [one for one in found if is_code_status(one.resource) and one.id != mine]


def _but(one: r4.Flag, url: str) -> list[r4.Extension]:
    return [e for e in one.extension or [] if e.url != url]


def _ended_by(one: r4.Flag) -> str:
    found = (target(e.valueReference) for e in one.extension or [] if e.url == ENDED_BY)
    return "/".join(next(found, ("", "")))


def read_documents(chart: Chart, most: int) -> tuple[list[Directive], bool]:
    """Documents, newest first, and whether there are older ones; one search."""
    items, more = held(chart, r4.DocumentReference, most, ("category", f"{LOINC}|{CATEGORY}"))
    return [directive(one) for one in items], more


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
        signed=clock.day_of(str(period.start or "")) if period else "",
        recorded=clock.day_of(str(one.date or "")),
        place=next((c.attachment.title or "" for c in one.content), ""),
        status=str(one.status or ""),
        text=one.description or "",
        scanned=any(c.attachment.url for c in one.content),
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


def read_agents(chart: Chart, most: int) -> tuple[list[Agent], bool]:
    """Who speaks for the patient, then who did, and whether there are older ones; one search."""
    wanted = ",".join(f"{ROLES}|{code}" for code in AGENTS)
    pairs = ("relationship", wanted), ("_sort", "-_lastUpdated")
    items, more = held(chart, r4.RelatedPerson, most, *pairs)
    found = [agent(one) for one in items if one.resource.active is not False]
    return sorted(found, key=lambda one: one.over), more


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
        start=clock.day_of(str(one.period.start or "")) if one.period else "",
        end=clock.day_of(str(one.period.end or "")) if one.period else "",
    )
