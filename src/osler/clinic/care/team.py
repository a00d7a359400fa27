"""The care team: people of the practice, people elsewhere and relatives, each with a role and a period."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import code_of, display, said
from osler.clinic.lists.items import Chart, Item, concept
from osler.clinic.practice import practice_name
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.words import N_
from osler.search.parse import parse

ROLES = "urn:osler:care-role"
PRIMARY = "primary-care"
NAMED = {
    PRIMARY: N_("Primary care"),
    "nurse": N_("Nurse"),
    "care-coordinator": N_("Care coordinator"),
    "specialist": N_("Specialist"),
    "pharmacist": N_("Pharmacist"),
    "therapist": N_("Therapist"),
    "social-worker": N_("Social worker"),
    "caregiver": N_("Caregiver"),
    "other": N_("Other"),
}
_STAFF = 200
_RELATIVES = 50


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a team; `reference` is empty for people who are not in the record."""

    name: str
    role: str
    words: str
    reference: str
    start: str
    end: str

    @property
    def kind(self) -> str:
        """Of the practice, a relative, or from elsewhere."""
        return self.reference.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Team:
    """One team of the chart."""

    id: str
    name: str
    status: str
    members: tuple[Member, ...]
    note: str


def read_teams(chart: Chart, most: int) -> list[Team]:
    """The teams, newest first; one search."""
    return [team(one) for one in standing(chart.items(r4.CareTeam, most))]


def team(item: Item[r4.CareTeam]) -> Team:
    """One team as the page shows it."""
    one = item.resource
    return Team(
        id=item.id,
        name=one.name or "",
        status=str(one.status or ""),
        members=tuple(member(p) for p in one.participant or []),
        note=next((n.text for n in one.note or [] if n.text and not n.time), "") or "",
    )


def member(one: r4.CareTeamParticipant) -> Member:
    """One member."""
    role = (one.role or [r4.CodeableConcept()])[0]
    code = code_of(role, ROLES)
    return Member(
        name=display(one.member),
        role=code,
        words=NAMED.get(code) or said(role),
        reference=(one.member.reference if one.member else None) or "",
        start=str(one.period.start or "")[:10] if one.period else "",
        end=str(one.period.end or "")[:10] if one.period else "",
    )


def people(chart: Chart) -> dict[str, str]:
    """Who can be chosen: "name, what they do" → reference; of the practice and the patient's relatives."""
    found: dict[str, str] = {}
    asked = [("active", "true"), ("_count", str(_STAFF)), ("_total", "none")]
    page = chart.record.search(
        chart.principal, parse("PractitionerRole", asked, chart.record.registry)
    )
    for match in page.matches:
        one = decode(match.content)
        if isinstance(one, r4.PractitionerRole) and one.practitioner:
            name, work = display(one.practitioner), ", ".join(map(said, one.code or []))
            if name and one.practitioner.reference:
                found.setdefault(f"{name}, {work}" if work else name, one.practitioner.reference)
    if chart.may_search("RelatedPerson"):
        for item in standing(chart.items(r4.RelatedPerson, _RELATIVES, ("_sort", "-_lastUpdated"))):
            relative = item.resource
            called = _name(relative)
            kin = ", ".join(map(said, relative.relationship or []))
            if called:
                found[f"{called} ({kin})" if kin else called] = f"RelatedPerson/{item.id}"
    return found


def _name(one: r4.RelatedPerson) -> str:
    for name in one.name or []:
        text = name.text or " ".join(filter(None, [*(name.given or []), name.family]))
        if text:
            return text
    return ""


def participant(
    before: r4.CareTeamParticipant | None, name: str, role: str, start: str, end: str, known: str
) -> r4.CareTeamParticipant:
    """A member as the team keeps it; `known` is the reference of who was chosen."""
    made = before or r4.CareTeamParticipant()
    old = member(made)
    if before is None or name != old.name:
        made.member = r4.Reference(reference=known or None, display=name)
    if role != old.role:
        made.role = [concept(ROLES, role, NAMED[role])] if role in NAMED else None
    made.period = r4.Period(start=start or None, end=end or None) if start or end else None
    return made


def blank(chart: Chart) -> r4.CareTeam:
    """A team to fill in."""
    practice = practice_name(chart.record, chart.principal)
    return r4.CareTeam(
        status="active",
        subject=chart.subject,
        managingOrganization=[r4.Reference(display=practice)],
    )
