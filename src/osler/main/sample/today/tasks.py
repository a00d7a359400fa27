"""Tasks and messages as the sample practice has them, in the codes that every page knows."""

from __future__ import annotations

from datetime import datetime

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample.make import identity, moment, narrative, ref

SYSTEM = "urn:osler:task"
WORDS = {
    "review-result": "Result to review",
    "call-back": "Call back",
    "refill": "Refill request",
    "follow-up": "Follow up",
    "to-do": "To do",
    "document-to-sign": "Document to sign",
    "waitlist": "Waiting for an earlier appointment",
}


def task(
    key: tuple[object, ...],
    code: str,
    text: str,
    *,
    patient: r4.Reference | None,
    owner: r4.Reference,
    requester: r4.Reference,
    at: datetime,
    due: datetime | None = None,
    focus: Resource | None = None,
    priority: str = "routine",
) -> r4.Task:
    """Something that somebody has to do."""
    return r4.Task(
        id=identity("task", *key),
        text=narrative(text),
        status="requested",
        intent="order",
        priority=priority,  # type: ignore[arg-type]
        code=r4.CodeableConcept(
            coding=[r4.Coding(system=SYSTEM, code=code, display=WORDS[code])], text=WORDS[code]
        ),
        description=text,
        focus=ref(focus) if focus is not None else None,
        for_=patient,
        authoredOn=moment(at),
        lastModified=moment(at),
        requester=requester,
        owner=owner,
        restriction=r4.TaskRestriction(period=r4.Period(end=moment(due))) if due else None,
    )


def message(
    key: tuple[object, ...],
    topic: str,
    text: str,
    *,
    patient: r4.Reference | None,
    sender: r4.Reference,
    recipient: r4.Reference,
    at: datetime,
    read: datetime | None = None,
) -> r4.Communication:
    """A message from one to another; unread without `read`."""
    return r4.Communication(
        id=identity("message", *key),
        text=narrative(f"{topic}: {text}"),
        status="completed",
        category=[r4.CodeableConcept(text="Message")],
        topic=r4.CodeableConcept(text=topic),
        subject=patient,
        sender=sender,
        recipient=[recipient],
        sent=moment(at),
        received=moment(read) if read else None,
        payload=[r4.CommunicationPayload(contentString=text)],
    )
