"""References that no search parameter covers, inside contained resources too: nothing may delete their targets."""

from __future__ import annotations

from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.search.hashing import param_id
from osler.search.reference import target
from osler.search.rows import IndexRows

UNCOVERED = param_id("Resource._other")
"""The `param` of rows that no search reads, only who asks what refers to a resource."""

_START = b'"reference":"'  # inside a string the quotation marks are escaped


def add(resource: Resource, rows: IndexRows) -> None:
    """Add a row for each resource of ours that is referred to and has no row yet.

    Extensions may hold references anywhere, and walking a whole resource costs far more than to
    write it and count. Each row's target stands there at least once: where there are as many
    references as targets, all are covered.
    """
    texts = encode(resource).split(_START)
    if len(texts) == 1:
        return
    covered = {(type, id) for _, type, id in rows.references}
    patient = rows.patient
    if patient is not None and resource.resourceType != "Patient":
        covered.add(("Patient", patient))
    if len(covered) == len(texts) - 1 and not rows.beside:
        return
    if patient is not None:
        covered.add(("Patient", patient))
    for text in {text.split(b'"', 1)[0] for text in texts[1:]}:
        if text[:1] != b"#" and b"\\" not in text:  # no address of ours has a sign to be escaped
            found = target(text.decode(), rows.base_url)
            if found[0] and found not in covered:
                covered.add(found)
                rows.references.append((UNCOVERED, *found))
