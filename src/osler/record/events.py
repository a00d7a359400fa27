"""What happens later because of a write: a job row in the same transaction as its cause."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit import sniffing
from osler.record.ops import Delete
from osler.record.plan import Work
from osler.store import jobs, registry

# Jobs by the type of resource whose change causes them; `osler.worker` has a task of each name.
_CAUSES: dict[str, tuple[str, ...]] = {
    "SearchParameter": ("search_parameter_changed",),
    "DocumentReference": ("document_text",),
    "Binary": ("document_text",),
}
WORDS = "words of the file"
"""The source of the versions by which the worker adds the words of a document."""
_READ_ALREADY = frozenset({"typed", WORDS})
"""Sources of documents whose words are in them: pages have them taken out before they write."""
_HAVE_WORDS = frozenset({sniffing.PDF, sniffing.TEXT, sniffing.CSV})


def causes(work: Work) -> bool:
    """Whether this write causes jobs."""
    if work.type == "SearchParameter":
        return True
    if work.type not in _CAUSES or isinstance(work.op, Delete):
        return False
    return work.op.source not in _READ_ALREADY and _has_words(work.resource)


def _has_words(resource: Resource | None) -> bool:
    match resource:
        case r4.Binary():
            types = [resource.contentType]
        case r4.DocumentReference():
            types = [one.attachment.contentType for one in resource.content]
        case _:
            types = []
    return any(type is not None and sniffing.essence(type) in _HAVE_WORDS for type in types)


def enqueue(conn: Connection[Any], works: Sequence[Work]) -> None:
    """Write the job rows of these writes, and tell other processes what to reload."""
    changed = [work for work in works if work.new is not None and causes(work)]
    if any(work.type == "SearchParameter" for work in changed):
        registry.bump(conn)
    for work in changed:
        arguments = json.dumps({"type": work.type, "id": work.id})
        for name in _CAUSES[work.type]:
            jobs.defer(conn, name, arguments)
