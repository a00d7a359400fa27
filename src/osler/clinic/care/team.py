"""The care team: people of the practice, people elsewhere and relatives, each with a role and a period."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.care.goals import past
from osler.clinic.chart.words import code_of, display, said
from osler.clinic.lists.items import Chart, Item, concept, remarks
from osler.clinic.lists.mistakes import held, standing
from osler.clinic.practice import practice_name
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
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
STATUSES = {
    "active": N_("Active"),
    "inactive": N_("Inactive"),
    "proposed": N_("Proposed"),
    "suspended": N_("On hold"),
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

    @property
    def over(self) -> bool:
        """Whether they have left the team: an end that is still to come is none."""
        return past(self.end)


@dataclass(frozen=True, slots=True)
class Team:
    """One team of the chart."""

    id: str
    name: str
    status: str
    words: str
    members: tuple[Member, ...]
    note: str


def read_teams(chart: Chart, most: int) -> tuple[list[Team], bool]:
    """The teams, newest first, and whether there are older ones; one search."""
    items, more = held(chart, r4.CareTeam, most)
    return [team(one) for one in items], more


def team(item: Item[r4.CareTeam]) -> Team:
    """One team as the page shows it."""
    one = item.resource
    return Team(
        id=item.id,
        name=one.name or "",
        status=str(one.status or ""),
        words=STATUSES.get(str(one.status), str(one.status or "")),
        members=tuple(member(p) for p in one.participant or []),
        note=remarks(one),
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
        start=clock.day_of(str(one.period.start or "")) if one.period else "",
        end=clock.day_of(str(one.period.end or "")) if one.period else "",
    )


def called(who: Member) -> str:
    """What a form calls a member: somebody whose name is not known stays in the team all the same."""
    return who.name or who.reference or "?"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody to choose: how a member refers to them, and their name."""

    reference: str
    name: str


def people(chart: Chart) -> dict[str, Known]:
    """Who can be chosen, by "name, what they do": of the practice and relatives. No two are called alike."""
    found: dict[str, Known] = {}
    asked = [("active", "true"), ("_count", str(_STAFF)), ("_total", "none")]
    page = chart.record.search(
        chart.principal, parse("PractitionerRole", asked, chart.record.registry)
    )
    for match in page.matches:
        one = decode(match.content)
        if isinstance(one, r4.PractitionerRole) and one.practitioner:
            name, work = display(one.practitioner), ", ".join(map(said, one.code or []))
            if name and one.practitioner.reference:
                known = Known(one.practitioner.reference, name)
                _offer(found, f"{name}, {work}" if work else name, known)
    if chart.may_search("RelatedPerson"):
        for item in standing(chart.items(r4.RelatedPerson, _RELATIVES, ("_sort", "-_lastUpdated"))):
            relative = item.resource
            name, kin = _name(relative), ", ".join(map(said, relative.relationship or []))
            if name:
                known = Known(f"RelatedPerson/{item.id}", name)
                _offer(found, f"{name} ({kin})" if kin else name, known)
    return found


def _offer(found: dict[str, Known], label: str, known: Known) -> None:
    """Of two people who are called alike, the second is told apart by the end of their id."""
    if label in found and found[label] != known:
        label = f"{label} [{known.reference[-4:]}]"
    found.setdefault(label, known)


def _name(one: r4.RelatedPerson) -> str:
    for name in one.name or []:
        text = name.text or " ".join(filter(None, [*(name.given or []), name.family]))
        if text:
            return text
    return ""


def participant(
    before: r4.CareTeamParticipant | None,
    name: str,
    role: str,
    start: str,
    end: str,
    known: Known | None,
) -> r4.CareTeamParticipant:
    """A member as the team keeps it; `known` is who was chosen. Another person is a member of their own."""
    made, old = before or r4.CareTeamParticipant(), member(before or r4.CareTeamParticipant())
    if known is not None and known.reference != old.reference:
        made.member, made.onBehalfOf = (
            r4.Reference(reference=known.reference, display=known.name),
            None,
        )
    elif known is None and (before is None or name != called(old)):
        made.member, made.onBehalfOf = r4.Reference(display=name), None
    if role != old.role:
        made.role = [concept(ROLES, role, NAMED[role])] if role in NAMED else None
    if (start, end) != (old.start, old.end):
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
