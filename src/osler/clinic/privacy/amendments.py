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
    return desk.save(record, principal, found, Create(_note(found, principal, "amendment", text)))[
        0
    ]


def disagree(record: Record, principal: Principal, id: str, statement: str) -> str:
    """Append the patient's statement of disagreement to a denied request, and so to the record.

    The patient may do so alone: the Task itself stays as the practice closed it.
    """
    found = desk.case(record, principal, id, Kind.AMENDMENT)
    if found.task.status != "rejected":
        raise Conflict("Only a denial can be disagreed with.")
    return _create(record, principal, _note(found, principal, "disagreement", statement))


def rebut(record: Record, principal: Principal, id: str, text: str) -> str:
    """Append the practice's answer to a statement of disagreement; the patient gets a copy."""
    found = desk.case(record, principal, id, Kind.AMENDMENT)
    if "disagreement" not in kinds_appended(record, principal, id):
        raise Conflict("There is no statement of disagreement to answer.")
    return _create(record, principal, _note(found, principal, "rebuttal", text))


def appended(record: Record, principal: Principal, reference: str) -> list[r4.Communication]:
    """What was appended to a resource ("Condition/1"), oldest first: shown wherever the entry is shown."""
    type, id, *_ = reference.split("/")
    pairs = [("code", f"{SYSTEM}|{Kind.AMENDMENT}"), ("focus", f"{type}/{id}"), ("_count", "200")]
    page = record.search(principal, parse("Task", pairs, record.registry))
    found = [note for match in page.matches for note in of_case(record, principal, match.id)]
    return sorted(found, key=_order)


def of_case(record: Record, principal: Principal, id: str) -> list[r4.Communication]:
    """The texts that belong to one request, oldest first."""
    pairs = [("based-on", f"Task/{id}"), ("_count", "100")]
    page = record.search(principal, parse("Communication", pairs, record.registry))
    notes = [decode(match.content) for match in page.matches]
    found = [note for note in notes if isinstance(note, r4.Communication)]
    return sorted(found, key=_order)


def _order(note: r4.Communication) -> tuple[str, str]:
    return note.sent or "", (note.meta.lastUpdated if note.meta else None) or ""


def kinds_appended(record: Record, principal: Principal, id: str) -> set[str]:
    """Which sorts of texts a request has: amendment, disagreement, rebuttal."""
    notes = of_case(record, principal, id)
    return {code_of(one) or "" for note in notes for one in note.category or []}


def _note(found: desk.Case, principal: Principal, what: str, text: str) -> r4.Communication:
    """A text that names its request, which names the version of the entry that it is about."""
    return r4.Communication(
        status="completed",
        category=[concept(what)],
        subject=found.task.for_,
        basedOn=[r4.Reference(reference=f"Task/{found.id}")],
        sent=desk.moment(),
        sender=desk.author(principal) if principal.person else None,
        payload=[r4.CommunicationPayload(contentString=desk.said(text, "The text"))],
    )


def _create(record: Record, principal: Principal, note: r4.Communication) -> str:
    outcome = record.commit(principal, [Create(note)])[0]
    assert outcome.version is not None
    return outcome.version.id
