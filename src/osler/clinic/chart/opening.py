"""Everything a chart's first page says, in a bounded number of searches, however long the history.

Each type is one search, newest first and of limited length; one statement each, its audit row included.
What the reader may not read is not asked for, and is named in `Opening.hidden`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.banner import Banner
from osler.clinic.chart.events import Event, event_of, newest_first
from osler.clinic.chart.results import Results, results_of
from osler.clinic.chart.signs import Signs, signs_of
from osler.clinic.chart.standing import Medication, Problem, medications_of, problems_of
from osler.clinic.chart.todo import REVIEW, Todo, todos_of
from osler.clinic.chart.words import coded, display, said, target
from osler.clinic.vitals.reading import Person
from osler.clinic.vitals.signs import Units
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit import clock

_LABS = ("category", "laboratory")
_SIGNS = ("category", "vital-signs")
_OPEN_TYPES = (
    r4.Task,
    r4.MedicationRequest,
    r4.MedicationStatement,
    r4.Appointment,
    r4.Composition,
)
_OPEN = (
    "requested,received,accepted,ready,in-progress,on-hold,active,intended,"
    "proposed,pending,booked,arrived,checked-in,preliminary"
)
"""What waits or is in use, in the words of any of these types."""
_MOST = 300
ROWS = 10
EVENTS = 8


@dataclass(frozen=True, slots=True)
class Member:
    """One of the care team."""

    name: str
    role: str

    @property
    def initials(self) -> str:
        """For the face that is not known; a degree behind a comma is no name."""
        words = [
            word
            for word in self.name.partition(",")[0].split()
            if word[0].isalpha() and not word.endswith(".")
        ]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))


@dataclass(frozen=True, slots=True)
class Opening:
    """The first page of a chart. `hidden` are the types that the reader may not read."""

    problems: tuple[Problem, ...]
    medications: tuple[Medication, ...]
    results: Results
    signs: Signs
    todos: tuple[Todo, ...] = ()
    drafts: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()
    next: Event | None = None
    team: tuple[Member, ...] = ()
    immunizations: tuple[Event, ...] = ()
    hidden: frozenset[str] = frozenset()


def open_chart(
    ask: Asking, banner: Banner, person: str | None, units: Units, who: Person | None = None
) -> Opening:
    """The first page for a reader who is `person`; what the banner has read is not read again.

    `who` is the patient as vital signs are judged by.
    """
    open_ = ask.all_of(_OPEN_TYPES, _MOST, ("status", _OPEN))
    tasks = [one for one in open_ if isinstance(one, r4.Task)]
    to_review = {target(task.focus) for task in tasks if coded(task.code, REVIEW)}
    reports = ask.newest(r4.DiagnosticReport, 12)
    waiting = [one for one in reports if ("DiagnosticReport", one.id or "") in to_review]
    documents = ask.newest(r4.DocumentReference, 8)
    shots = ask.newest(r4.Immunization, 6)
    conditions = ask.newest(r4.Condition, 60, ("category", "problem-list-item"))
    used = [one for one in open_ if isinstance(one, r4.MedicationRequest | r4.MedicationStatement)]
    return Opening(
        problems=problems_of(conditions),
        medications=medications_of(used),
        results=results_of(ask.newest(r4.Observation, 80, _LABS), waiting, ROWS),
        signs=signs_of(ask.newest(r4.Observation, 60, _SIGNS), units, who),
        todos=todos_of(tasks, person),
        drafts=tuple(_events(one for one in open_ if _mine(one, person))),
        events=tuple(_events([*banner.visits, *documents, *reports, *shots])[:EVENTS]),
        next=_next(open_),
        team=_members(one for one in banner.teams if one.status in {None, "active"}),
        immunizations=tuple(_events(shots)),
        hidden=frozenset(ask.hidden),
    )


def _events(found: Iterable[Resource]) -> list[Event]:
    return newest_first(made for one in found if (made := event_of(one)) is not None)


def _next(found: Iterable[Resource]) -> Event | None:
    """The appointment that comes first from now on."""
    coming = _events(one for one in found if isinstance(one, r4.Appointment))
    now = clock.now().timestamp()
    return next((one for one in reversed(coming) if one.moment >= now), None)


def _mine(note: Resource, person: str | None) -> bool:
    """Whether it is a note that waits for the reader's signature."""
    return isinstance(note, r4.Composition) and any(one.reference == person for one in note.author)


def _members(teams: Iterable[r4.CareTeam]) -> tuple[Member, ...]:
    found = [
        Member(display(part.member), ", ".join(filter(None, map(said, part.role or []))))
        for team in teams
        for part in team.participant or []
        if display(part.member) and target(part.member)[0] != "Patient"
    ]
    return tuple(dict.fromkeys(found))
