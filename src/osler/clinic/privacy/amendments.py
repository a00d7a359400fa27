"""Amendments of the record: accepted and linked, or denied with the patient's statement kept beside it.

45 CFR 164.526; 170.315(d)(4). The original stays readable: whatever is written names its version.
"""

from __future__ import annotations

from osler.access import Principal
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import SYSTEM, Kind, code_of, concept
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Conflict
from osler.kit.ids import uuid7
from osler.record import Create, Record
from osler.search.parse import parse


def accept(
    record: Record, principal: Principal, id: str, text: str, *, changed: str | None = None
) -> str:
    """Accept an amendment: its text is appended to the record and linked to what it amends.

    `changed` is the version that mends the entry itself, where one was written ("Condition/1/_history/3").
    The answer is the logical id of the appended Communication.
    """
    found = desk.open_case(record, principal, id, Kind.AMENDMENT)
    if changed is not None:
        desk.exists(record, principal, changed)
        desk.output(found.task, "changed", reference=changed)
    requests.end(found, principal, "completed", "granted", desk.said(text, "The amendment"))
    return _append(record, principal, found, "amendment", text)


def disagree(record: Record, principal: Principal, id: str, statement: str) -> str:
    """Append the patient's statement of disagreement to a denied request, and so to the record."""
    found = desk.case(record, principal, id, Kind.AMENDMENT)
    if found.task.status != "rejected":
        raise Conflict("Only a denial can be disagreed with.")
    found.task.businessStatus = concept("disagreed")
    desk.log(found.task, principal, "Statement of disagreement appended.")
    return _append(record, principal, found, "disagreement", statement)


def rebut(record: Record, principal: Principal, id: str, text: str) -> str:
    """Append the practice's answer to a statement of disagreement; the patient gets a copy."""
    found = desk.case(record, principal, id, Kind.AMENDMENT)
    if not any(code_of(one.type) == "disagreement" for one in found.task.output or []):
        raise Conflict("There is no statement of disagreement to answer.")
    desk.log(found.task, principal, "Rebuttal appended.")
    return _append(record, principal, found, "rebuttal", text)


def appended(record: Record, principal: Principal, reference: str) -> list[r4.Communication]:
    """What was appended to a resource ("Condition/1"), oldest first: shown wherever the entry is shown."""
    type, id, *_ = reference.split("/")
    case_pairs = [
        ("code", f"{SYSTEM}|{Kind.AMENDMENT}"),
        ("focus", f"{type}/{id}"),
        ("_count", "200"),
    ]
    page = record.search(principal, parse("Task", case_pairs, record.registry))
    found = []
    for match in page.matches:
        task = decode(match.content)
        assert isinstance(task, r4.Task)
        for one in task.output or []:
            where = one.valueReference.reference if one.valueReference else None
            if where and where.startswith("Communication/"):
                note = desk.exists(record, principal, where)
                assert isinstance(note, r4.Communication)
                found.append(note)
    return sorted(found, key=lambda note: note.sent or "")


def _append(record: Record, principal: Principal, found: desk.Case, what: str, text: str) -> str:
    """Write the Task and the text that belongs to it, each naming the other; the text's logical id."""
    focus = found.task.focus.reference if found.task.focus else None
    assert focus is not None
    note = r4.Communication(
        status="completed",
        category=[concept(what)],
        subject=found.task.for_,
        about=[r4.Reference(reference=focus), r4.Reference(reference=f"Task/{found.id}")],
        sent=desk.moment(),
        sender=desk.author(principal) if principal.person else None,
        payload=[r4.CommunicationPayload(contentString=desk.said(text, "The text"))],
    )
    place = f"urn:uuid:{uuid7()}"
    desk.output(found.task, what, reference=place)
    return desk.save(record, principal, found, Create(note, full_url=place))[0]
