"""Reviewing a document: who looked, when, and what they said, as a Task that is completed."""

from __future__ import annotations

import msgspec

from osler.clinic.documents.document import OPEN, REVIEW, TASKS
from osler.clinic.documents.filing import read, review_task
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid
from osler.record import Update, Version
from osler.search.parse import parse

_LONGEST = 2000


def ask(chart: Chart, id: str, owner: str) -> Version:
    """Ask somebody to review a document. Raises Conflict where that was done already."""
    document = read(chart, id)
    if _open(chart, id) is not None:
        raise Conflict("Somebody has been asked to review this document already.")
    task = review_task(chart, f"DocumentReference/{id}", document.resource, owner)
    return chart.add(task)[0]


def review(chart: Chart, id: str, comment: str = "") -> Version:
    """Sign that one has reviewed a document; the Task that asked for it is completed, or one is made."""
    person = chart.principal.person or ""
    if not person.startswith("Practitioner/"):
        raise Invalid("A document is reviewed by a practitioner; this account is none.")
    if len(comment) > _LONGEST:
        raise Invalid(f"The comment is longer than {_LONGEST} characters.")
    document = read(chart, id)
    if document.mistaken:
        raise Invalid("This document was entered in error.")
    found = _open(chart, id)
    if found is None:
        made = _done(
            chart,
            review_task(chart, f"DocumentReference/{id}", document.resource, person),
            comment,
        )
        return chart.add(made)[0]
    task, version = found
    return chart.write([Update(_done(chart, task, comment), if_match=version, source="typed")])[0]


def _done(chart: Chart, task: r4.Task, comment: str) -> r4.Task:
    me, now = chart.me, clock.now().isoformat(timespec="seconds")
    words = comment.strip()
    note = [r4.Annotation(authorReference=me, time=now, text=words)] if words else []
    signed = r4.task.TaskOutput(type=r4.CodeableConcept(text="Reviewed by"), valueReference=me)
    return msgspec.structs.replace(
        task,
        status="completed",
        owner=me,
        lastModified=now,
        note=[*(task.note or ()), *note] or None,
        output=[*(task.output or ()), signed],
    )


def _open(chart: Chart, id: str) -> tuple[r4.Task, int] | None:
    pairs = [
        ("patient", f"Patient/{chart.patient}"),
        ("code", f"{TASKS}|{REVIEW}"),
        ("focus", f"DocumentReference/{id}"),
        ("status", ",".join(sorted(OPEN))),
        ("_count", "1"),
    ]
    page = chart.record.search(chart.principal, parse("Task", pairs, chart.record.registry))
    for match in page.matches:
        task = decode(match.content)
        assert isinstance(task, r4.Task)
        return task, match.version
    return None
