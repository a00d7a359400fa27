"""What is still to be done about a patient: open tasks, the late and urgent ones first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.chart.values import instant_of
from osler.clinic.chart.words import code_of, coded, display, said, target
from osler.fhir import r4
from osler.kit import clock

TASKS = "urn:osler:task"
REVIEW = "review-result"
_URGENT = frozenset({"urgent", "asap", "stat"})


@dataclass(frozen=True, slots=True)
class Todo:
    """One open task: `code` is ours (empty for others), `mine` where it is the reader's."""

    id: str
    code: str
    text: str
    due: str
    late: bool
    urgent: bool
    mine: bool
    owner: str
    focus: tuple[str, str]


def todos_of(tasks: Iterable[r4.Task], person: str | None) -> tuple[Todo, ...]:
    """Those that are shown as things to do; results to review are told with the results."""
    found = [_todo(one, person) for one in tasks if not coded(one.code, REVIEW)]
    return tuple(sorted(found, key=lambda one: (not one.late, not one.urgent, one.due or "9")))


def _todo(one: r4.Task, person: str | None) -> Todo:
    period = one.restriction.period if one.restriction else None
    due = str((period.end if period else None) or "")
    moment = instant_of(due)
    return Todo(
        id=one.id or "",
        code=code_of(one.code, TASKS),
        text=one.description or said(one.code),
        due=due,
        late=_late(due) if moment else False,
        urgent=str(one.priority or "") in _URGENT,
        mine=bool(person and one.owner and one.owner.reference == person),
        owner=display(one.owner),
        focus=target(one.focus),
    )


def _late(due: str) -> bool:
    """Whether the time has passed; a day has passed when it is over."""
    moment, now = instant_of(due), clock.now()
    if moment is None:
        return False
    return moment.date() < now.date() if len(due) <= 10 else moment < now
