"""Everything a chart's first page says, in a bounded number of searches, however long the history.

Each type is one search, newest first and of limited length; one statement each, its audit row included.
What the reader may not read is not asked for, and is named in `Opening.hidden`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from osler.access import Principal
from osler.clinic.chart.asking import Asking, order
from osler.clinic.chart.events import Event, event_of, newest_first
from osler.clinic.chart.results import Results, results_of
from osler.clinic.chart.signs import Signs, signs_of
from osler.clinic.chart.standing import Medication, Problem, medications_of, problems_of
from osler.clinic.chart.todo import REVIEW, Todo, todos_of
from osler.clinic.chart.words import coded, display, said, target
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit import clock
from osler.record import Record

R = TypeVar("R", bound=Resource)
MayRead = Callable[[str], bool]
_LABS = ("category", "laboratory")
_SIGNS = ("category", "vital-signs")
_COMING = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "waitlist"})
_OPEN = "requested,received,accepted,ready,in-progress,on-hold"
ROWS = 10
EVENTS = 8


@dataclass(frozen=True, slots=True)
class Member:
    """One of the care team."""

    name: str
    role: str

    @property
    def initials(self) -> str:
        """For the face that is not known."""
        words = [word for word in self.name.split() if word[0].isalpha() and not word.endswith(".")]
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
    record: Record,
    principal: Principal,
    patient: str,
    visits: Sequence[r4.Encounter],
    may_read: MayRead,
) -> Opening:
    """The first page for a reader; `visits` are the newest ones, which the banner has read."""
    ask = _Reader(Asking(record, principal, patient), may_read, set())
    tasks = ask.newest(r4.Task, 30, ("status", _OPEN))
    to_review = {target(task.focus) for task in tasks if coded(task.code, REVIEW)}
    reports = ask.newest(r4.DiagnosticReport, 12)
    waiting = [one for one in reports if ("DiagnosticReport", one.id or "") in to_review]
    notes = ask.newest(r4.Composition, 12)
    documents = ask.newest(r4.DocumentReference, 6)
    coming = ask.some(
        r4.Appointment, 3, ("date", f"ge{clock.now().isoformat()}"), ("_sort", "date")
    )
    shots = ask.newest(r4.Immunization, 6)
    conditions = ask.newest(r4.Condition, 60, ("category", "problem-list-item"))
    orders = ask.newest(r4.MedicationRequest, 60, ("status", "active,on-hold"))
    taken = ask.newest(r4.MedicationStatement, 20, ("status", "active,intended,on-hold"))
    return Opening(
        problems=problems_of(conditions),
        medications=medications_of([*orders, *taken]),
        results=results_of(ask.newest(r4.Observation, 80, _LABS), waiting, ROWS),
        signs=signs_of(ask.newest(r4.Observation, 60, _SIGNS)),
        todos=todos_of(tasks, principal.person),
        drafts=tuple(_events(one for one in notes if _mine(one, principal))),
        events=tuple(_events([*visits, *notes, *documents, *reports, *shots])[:EVENTS]),
        next=next(iter(_events(one for one in coming if one.status in _COMING)[::-1]), None),
        team=_members(ask.some(r4.CareTeam, 3, ("status", "active"))),
        immunizations=tuple(_events(shots)),
        hidden=frozenset(ask.hidden),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Searches of the types that the reader may read; the others answer nothing and are noted."""

    asking: Asking
    may_read: MayRead
    hidden: set[str]

    def some(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        if self.may_read(kind.__name__):
            return self.asking.some(kind, count, *pairs)
        self.hidden.add(kind.__name__)
        return []

    def newest(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        return self.some(kind, count, *pairs, ("_sort", order(kind)))


def _events(found: Iterable[Resource]) -> list[Event]:
    return newest_first(made for one in found if (made := event_of(one)) is not None)


def _mine(note: r4.Composition, principal: Principal) -> bool:
    """Whether it is a note that waits for the reader's signature."""
    return note.status == "preliminary" and any(
        one.reference == principal.person for one in note.author
    )


def _members(teams: Iterable[r4.CareTeam]) -> tuple[Member, ...]:
    found = [
        Member(display(part.member), ", ".join(filter(None, map(said, part.role or []))))
        for team in teams
        for part in team.participant or []
        if display(part.member) and target(part.member)[0] != "Patient"
    ]
    return tuple(dict.fromkeys(found))
