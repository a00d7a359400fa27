"""Reviewing results: who looked, when, what they said, and what is to follow, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from osler.access import Principal
from osler.clinic.results.reports import REVIEW, TASKS
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Create, Op, Outcome, Record, Update

_OPEN = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
_LONGEST = 2000
_FURTHEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task of review as its reader saw it."""

    task: str
    version: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to be done after a review, and by when."""

    text: str
    due: date | None = None


def review(
    record: Record,
    principal: Principal,
    patient: str,
    chosen: Sequence[Chosen],
    *,
    comment: str = "",
    follow_up: FollowUp | None = None,
) -> list[Outcome]:
    """Mark the reports of these tasks as reviewed by the principal, all or none.

    Raises Conflict where somebody else has reviewed one meanwhile, Invalid where a task is another
    patient's, where nothing was chosen, or where the reviewer is nobody in the record.
    """
    if not chosen:
        raise Invalid("Choose at least one result to review.")
    if not principal.person or not principal.person.startswith("Practitioner/"):
        raise Invalid("A result is reviewed by a practitioner; this account is none.")
    if len(comment) > _LONGEST:
        raise Invalid(
            f"The comment is longer than {_LONGEST} characters. Put the rest into a note."
        )
    ops: list[Op] = []
    for one in chosen:
        task = _open(record, principal, patient, one)
        done = _done(task, principal, comment.strip())
        ops.append(Update(done, if_match=one.version, source="typed"))
    if follow_up is not None:
        about = _open(record, principal, patient, chosen[0]).focus
        ops.append(Create(_follow_up(principal, patient, follow_up, about), source="typed"))
    return record.commit(principal, ops)


def _open(record: Record, principal: Principal, patient: str, one: Chosen) -> r4.Task:
    task = decode(record.read(principal, "Task", one.task).content)
    whose = task.for_ if isinstance(task, r4.Task) else None
    if not isinstance(task, r4.Task) or whose is None or whose.reference != f"Patient/{patient}":
        raise NotFound("There is no such result in this chart.")
    codes = {coding.code for coding in (task.code.coding if task.code else None) or []}
    if REVIEW not in codes:
        raise Invalid("That task is not about reviewing a result.")
    if task.status not in _OPEN:
        by = task.owner.display if task.owner and task.owner.display else "Somebody"
        raise Conflict(
            f"{by} has reviewed this result meanwhile. Load the page anew to see the comment."
        )
    return task


def _done(task: r4.Task, principal: Principal, comment: str) -> r4.Task:
    me = r4.Reference(reference=principal.person, display=principal.name or None)
    now = clock.now().isoformat()
    note = r4.Annotation(authorReference=me, time=now, text=comment) if comment else None
    return msgspec.structs.replace(
        task,
        status="completed",
        owner=me,
        lastModified=now,
        note=[*(task.note or []), *([note] if note else [])] or None,
        output=[
            *(task.output or []),
            r4.task.TaskOutput(type=r4.CodeableConcept(text="Reviewed by"), valueReference=me),
        ],
    )


def _follow_up(
    principal: Principal, patient: str, wanted: FollowUp, focus: r4.Reference | None
) -> r4.Task:
    text = wanted.text.strip()
    if not text:
        raise Invalid("Say what is to follow, or leave the date empty, too.")
    today = clock.today()
    if wanted.due is not None and not today <= wanted.due <= today + _FURTHEST:
        raise Invalid("The follow-up is due on a day from today to ten years from now.")
    me = r4.Reference(reference=principal.person, display=principal.name or None)
    due = r4.Period(end=wanted.due.isoformat()) if wanted.due else None
    return r4.Task(
        status="requested",
        intent="order",
        code=r4.CodeableConcept(
            coding=[r4.Coding(system=TASKS, code="follow-up")], text="Follow-up of a result"
        ),
        description=text,
        focus=focus,
        for_=r4.Reference(reference=f"Patient/{patient}"),
        authoredOn=clock.now().isoformat(),
        requester=me,
        owner=me,
        restriction=r4.task.TaskRestriction(period=due) if due else None,
    )
