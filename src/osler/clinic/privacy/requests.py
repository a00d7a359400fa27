"""A patient's requests: received, extended once, granted or denied with a letter, withdrawn."""

from __future__ import annotations

from datetime import date, timedelta

from osler.access import Principal
from osler.clinic.privacy import desk
from osler.clinic.privacy.codes import ASKED_BY_PATIENTS, CLOCKS, Kind, concept
from osler.clinic.privacy.desk import Case
from osler.kit.errors import Conflict, Invalid
from osler.record import Record


def receive(
    record: Record,
    principal: Principal,
    kind: Kind,
    patient: str,
    text: str,
    *,
    received: date | None = None,
    focus: str | None = None,
    law: str = "us",
) -> str:
    """Take in a request and start its clock; the logical id of its Task.

    `focus` is the resource it is about ("Observation/1" or a version of it), which a patient's amendment
    needs; of what came by letter somebody who sees the entry may add it later;
    `received` the day it came in, today unless it lay somewhere before.

    Raises:
        Invalid: nothing asked, no such kind of request, an amendment of nothing, a day to come.
        NotFound: the resource is not there, or not visible to the principal.
    """
    if kind not in ASKED_BY_PATIENTS:
        raise Invalid(f"{kind} is not a request that a patient makes.")
    if kind is Kind.AMENDMENT and focus is None and principal.patient is not None:
        raise Invalid("An amendment needs the part of the record that is to be amended.")
    if focus is not None:
        focus = _version_of(record, principal, focus)
    day = received or desk.today()
    task = desk.new_task(
        kind,
        principal,
        text,
        patient=patient,
        received=day,
        clock_of=CLOCKS[law][kind],
        focus=focus,
    )
    return desk.create(record, principal, task)


def _version_of(record: Record, principal: Principal, focus: str) -> str:
    """The reference with the version that the request is about: what is changed later stays apart."""
    found = desk.exists(record, principal, focus)
    version = found.meta.versionId if found.meta else None
    return f"{found.resourceType}/{found.id}/_history/{version}"


def extend(record: Record, principal: Principal, id: str, reason: str, *, law: str = "us") -> date:
    """Give a request its one extension; the patient must be told the reason. The new due day.

    Raises:
        Conflict: it was extended before, or the law knows no extension, or it is overdue already.
    """
    found = desk.open_case(record, principal, id)
    reason = desk.said(reason, "The reason, which the patient is told,")
    more = CLOCKS[law][found.kind].extension
    if more == 0 or desk.texts(found.task, "extension"):
        raise Conflict("This request cannot be extended (again); answer it.")
    if found.overdue(desk.today()) or found.due is None:
        raise Conflict(
            f"It was due on {found.due}: an extension must be told before that. Answer it."
        )
    due = found.due + timedelta(days=more)
    assert found.task.restriction is not None
    assert found.task.restriction.period is not None
    found.task.restriction.period.end = due.isoformat()
    desk.output(found.task, "extension", text=reason)
    desk.log(found.task, principal, f"Extended to {due}: {reason}")
    desk.save(record, principal, found)
    return due


def start(record: Record, principal: Principal, id: str) -> None:
    """Take a matter on: it has an owner from now on."""
    found = desk.open_case(record, principal, id)
    found.task.status = "in-progress"
    found.task.owner = desk.author(principal)
    desk.log(found.task, principal, "Taken on.")
    desk.save(record, principal, found)


def grant(record: Record, principal: Principal, id: str, what: str) -> None:
    """Close a request as granted; `what` is what was done (what was sent, where, in which form)."""
    found = desk.open_case(record, principal, id)
    if found.kind in (Kind.AMENDMENT, Kind.RESTRICTION, Kind.CONFIDENTIAL, Kind.BREACH):
        raise Conflict(f"A {found.kind} is not closed by a note alone; use its own step.")
    close(record, principal, found, "completed", "granted", what)


def deny(record: Record, principal: Principal, id: str, reason: str) -> None:
    """Close a request as denied; `reason` is what the letter to the patient says, in plain words."""
    found = desk.open_case(record, principal, id)
    if found.kind is Kind.BREACH:
        raise Conflict("A breach case is closed by its assessment.")
    close(record, principal, found, "rejected", "denied", reason)


def withdraw(record: Record, principal: Principal, id: str, reason: str) -> None:
    """Close a request that the patient takes back."""
    close(
        record, principal, desk.open_case(record, principal, id), "cancelled", "withdrawn", reason
    )


def take_back(record: Record, principal: Principal, id: str) -> None:
    """The patient takes a request back that nobody has begun to work on.

    Raises:
        Conflict: somebody works on it already, or it is closed.
    """
    found = desk.open_case(record, principal, id, *ASKED_BY_PATIENTS)
    if found.task.status != "requested":
        raise Conflict("Somebody works on your request already; call the practice to stop it.")
    found.task.status = "cancelled"
    found.task.businessStatus = concept("withdrawn")
    desk.log(found.task, principal, "Taken back by the patient.")
    desk.save(record, principal, found)


def close(
    record: Record, principal: Principal, found: Case, status: str, outcome: str, text: str
) -> None:
    """Give a Task its end: status, words of the answer, a line of the log."""
    text = desk.said(text, "What the patient is told" if outcome == "denied" else "What was done")
    end(found, principal, status, outcome, text)
    desk.save(record, principal, found)


def end(found: Case, principal: Principal, status: str, outcome: str, text: str) -> None:
    """The same, without writing it yet."""
    found.task.status = status  # type: ignore[assignment]  # a code of TaskStatus
    found.task.businessStatus = concept(outcome)
    desk.output(found.task, "answer", text=text)
    desk.log(found.task, principal, f"{outcome.capitalize()}: {text}")
