"""Breaking the glass: a patient's chart opened against the rules, for a typed reason and a limited time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Invalid, NotAllowed, NotFound, OslerError, TooCostly
from osler.kit.ids import uuid7
from osler.record import commit, permissions
from osler.record.context import Caller, Context, who
from osler.record.ops import Checks, Op, Update
from osler.record.stamp import instant
from osler.store import access as stored
from osler.store import audit, lookup, read
from osler.store.access import Glass
from osler.store.rows import Access

TASKS = "urn:osler:task"
"""The system of the codes that say what a Task of ours is."""
ROLES = "urn:osler:role"
"""The system of role codes in resources."""
IDENTIFIER = "urn:osler:break-glass"
REASON_AT_LEAST = 10
REASON_AT_MOST = 2000
MINUTES_AT_MOST = 240
OPEN_AT_MOST = 5
"""Charts that one account may hold open at a time."""
A_DAY_AT_MOST = 20
REVIEW_WITHIN = timedelta(days=3)
PURPOSE = "BTG"
"""Of v3-PurposeOfUse: break the glass."""
_SYSTEM = Principal(id="system:break-glass", name="Osler", roles=frozenset({"local"}))
_LOCK = 0x676C617373
_REFERENCES = Checks(
    references=False, why_off="the review of broken glass is written whatever it refers to"
)


def break_glass(
    context: Context, principal: Principal, patient: str, reason: str, minutes: int
) -> Glass:
    """Open a patient's chart to the principal until the time is over; a privacy officer is to review it.

    One that is still open gives way to the new one, which needs a reason of its own.

    Raises:
        NotAllowed: no role of the principal may, or it is their own chart.
        Invalid: the reason or the time is out of bounds.
        NotFound: there is no such patient.
        TooCostly: too many charts are open, or were opened today.
    """
    try:
        _may(context, principal, patient)
        text = _reason(reason)
        with context.database.connection() as conn, conn.transaction():
            lookup.advisory_locks(conn, [_LOCK])
            # Only now: whoever held the lock before may have begun later than this request.
            glass = _glass(principal, patient, text, minutes)
            _within_limits(conn, glass)
            one = read.current(conn, "Patient", patient)
            if one is None or one.deleted:
                raise NotFound(f"There is no Patient/{patient}.")
            stored.break_glass(conn, glass)
            _write_task(context, conn, principal, _task(glass, principal))
            audit.write(conn, who(_through(principal, glass)), [_access(glass, minutes)])
    except OslerError as error:
        _refused(context, principal, "break-glass", patient, error)
        raise
    return glass


def _through(principal: Principal, glass: Glass) -> Principal:
    """The principal with the chart open already: the audit row of opening it says so too."""
    values = {name: getattr(principal, name) for name in Principal.__dataclass_fields__}
    return Caller(**values | {"purpose": glass.purpose}, glass=frozenset({glass.patient}))


def _access(glass: Glass, minutes: int) -> Access:
    return Access(
        "break-glass",
        "Patient",
        glass.patient,
        patients=(glass.patient,),
        detail=f"{minutes} minutes: {glass.reason}",
    )


def _refused(
    context: Context, principal: Principal, action: str, patient: str, error: OslerError
) -> None:
    row = Access(action, "Patient", patient, outcome=error.issues[0].code)
    with context.database.connection() as conn:
        audit.write(conn, who(principal), [row])


def _may(context: Context, principal: Principal, patient: str) -> None:
    facts = context.facts
    if facts is None or not any(role.break_glass for role in facts.roles):
        raise NotAllowed(
            "None of your roles may break the glass; ask somebody who treats patients."
        )
    if patient == principal.own_patient or patient in facts.own:
        raise NotAllowed("This is your own chart; you can see it in the patients' portal.")


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if len(reason) < REASON_AT_LEAST or len(set(reason.casefold())) < 4:
        raise Invalid(
            f"Say in at least {REASON_AT_LEAST} characters why you need this chart now.",
            expression="reason",
        )
    if len(reason) > REASON_AT_MOST:
        raise Invalid(
            f"The reason is longer than {REASON_AT_MOST} characters; shorten it.",
            expression="reason",
        )
    return reason


def _glass(principal: Principal, patient: str, reason: str, minutes: int) -> Glass:
    if not 1 <= minutes <= MINUTES_AT_MOST:
        raise Invalid(
            f"A chart can be opened for 1 to {MINUTES_AT_MOST} minutes, not {minutes}.",
            expression="minutes",
        )
    now = clock.now()
    return Glass(
        id=uuid7(),
        account=principal.id,
        name=principal.name,
        patient=patient,
        reason=reason,
        purpose=PURPOSE,
        started=now,
        expires=now + timedelta(minutes=minutes),
        task=uuid7(),
    )


def _within_limits(conn: Connection[Any], glass: Glass) -> None:
    recent = stored.glass_of(conn, glass.account, since=glass.started - timedelta(days=1))
    still = [one for one in recent if one.open(glass.started)]
    for one in still:
        if one.patient == glass.patient and one.reason.casefold() == glass.reason.casefold():
            raise Invalid(
                "This chart is open to you for this reason already; say anew why you need it longer.",
                expression="reason",
            )
    others = {one.patient for one in still} - {glass.patient}
    if len(others) >= OPEN_AT_MOST:
        raise TooCostly(
            f"You hold {len(others)} charts open, which is as many as may be; close one of them first."
        )
    if len(recent) >= A_DAY_AT_MOST:
        raise TooCostly(
            f"You have broken the glass {len(recent)} times in a day, which is as often as may be;"
            " speak with your privacy officer."
        )


# ---- the review


def _task(glass: Glass, principal: Principal) -> Resource:
    due = instant(glass.started + REVIEW_WITHIN)
    content: dict[str, Any] = {
        "resourceType": "Task",
        "id": glass.task,
        "identifier": [{"system": IDENTIFIER, "value": glass.id}],
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": {
            "coding": [{"system": TASKS, "code": "break-glass-review"}],
            "text": "Review of broken glass",
        },
        "description": f"{glass.name or glass.account} opened this chart against the rules"
        f" until {instant(glass.expires)}.",
        "for": {"reference": f"Patient/{glass.patient}"},
        "authoredOn": instant(glass.started),
        "performerType": [
            {
                "coding": [{"system": ROLES, "code": "privacy-officer"}],
                "text": "Privacy officer",
            }
        ],
        "reasonCode": {"text": glass.reason},
        "restriction": {"period": {"end": due}},
    }
    if principal.person is not None:
        content["requester"] = {"reference": principal.person}
    return decode(json.dumps(content).encode())


def _write_task(
    context: Context, conn: Connection[Any], principal: Principal, task: Resource
) -> None:
    """By the system, for whoever broke the glass need not have the right to write Tasks."""
    _as_system(context, conn, principal, [Update(task)])


def _as_system(
    context: Context, conn: Connection[Any], principal: Principal, ops: list[Op]
) -> None:
    system = Principal(
        id=_SYSTEM.id,
        name=_SYSTEM.name,
        roles=_SYSTEM.roles,
        on_behalf_of=principal.id,
        origin=principal.origin,
    )
    commit.within(context.everywhere(), conn, system, ops, _REFERENCES)


def end_glass(
    context: Context, principal: Principal, patient: str, account: str | None = None
) -> bool:
    """Close the chart again before its time; whether it was open. Another's, with privacy.manage."""
    if account is not None and account != principal.id:
        permissions.require(context, principal, "privacy.manage")
    with context.database.connection() as conn, conn.transaction():
        ended = stored.end_glass(conn, account or principal.id, patient, clock.now())
        if ended:
            row = Access("end-glass", "Patient", patient, patients=(patient,), detail=account)
            audit.write(conn, who(principal), [row])
    return bool(ended)


def mine(context: Context, principal: Principal) -> list[Glass]:
    """The charts that are open to the principal now."""
    if context.facts is not None and not context.facts.glass:
        return []
    now = clock.now()
    with context.database.connection() as conn:
        since = now - timedelta(minutes=MINUTES_AT_MOST)
        return [one for one in stored.glass_of(conn, principal.id, since=since) if one.open(now)]


def log(context: Context, principal: Principal, patient: str | None) -> list[Glass]:
    """Who broke the glass of a patient; without one, all that nobody has reviewed. With privacy.manage."""
    permissions.require(context, principal, "privacy.manage")
    with context.database.connection() as conn, conn.transaction():
        found = stored.glass_of_patient(conn, patient) if patient else stored.glass_to_review(conn)
        patients = tuple(sorted({one.patient for one in found}))
        row = Access("glass-log", patients=patients, hits=len(found), query=patient)
        audit.write(conn, who(principal), [row])
    return found


def review(context: Context, principal: Principal, id: str, finding: str) -> None:
    """Note that a privacy officer has looked at it, and complete its Task.

    Raises:
        NotFound: no such broken glass.
        NotAllowed: without privacy.manage, or for one's own.
        Invalid: no finding, or it is reviewed already.
    """
    permissions.require(context, principal, "privacy.manage")
    text = " ".join(finding.split())
    if not text:
        raise Invalid("Say what you found.", expression="finding")
    with context.database.connection() as conn, conn.transaction():
        one = stored.one_glass(conn, id)
        if one is None:
            raise NotFound(f"There is no broken glass {id}.")
        if one.account == principal.id:
            raise NotAllowed("You broke this glass yourself; somebody else must review it.")
        if one.reviewed_at is not None:
            raise Invalid("This has been reviewed already.")
        stored.review_glass(conn, id, principal.id, clock.now())
        _complete(context, conn, principal, one, text)
        row = Access("review-glass", "Task", one.task, patients=(one.patient,), detail=text)
        audit.write(conn, who(principal), [row])


def _complete(
    context: Context, conn: Connection[Any], principal: Principal, one: Glass, finding: str
) -> None:
    task = read.current(conn, "Task", one.task)
    if task is None or task.deleted:
        return  # It was deleted by hand; the review itself is noted all the same.
    content = json.loads(task.content)
    note = {
        "text": finding,
        "time": instant(clock.now()),
        "authorString": principal.name or principal.id,
    }
    content |= {"status": "completed", "lastModified": instant(clock.now())}
    content["note"] = [*content.get("note", ()), note]
    _as_system(context, conn, principal, [Update(decode(json.dumps(content).encode()))])
