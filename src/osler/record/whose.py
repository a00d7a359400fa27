"""Whose data a version has: the patient it is about, and every other that it names as being about them too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osler.fhir.codec import decode
from osler.record import marks
from osler.record.context import Context
from osler.search.reference import COMPARTMENT
from osler.search.rows import IndexRows
from osler.store.rows import NewVersion, Version

_NAMED = re.compile(rb"Patient/([A-Za-z0-9\-.]{1,64})")


def whose(context: Context, versions: Iterable[Version]) -> tuple[str, ...]:
    """The patients of these versions, superseded ones as they were, in order.

    Only where the text names someone beside those already found is it worth to be read as a resource.
    """
    found: set[str] = set()
    for version in versions:
        if version.patient:
            found.add(version.patient)
        named = {name.decode() for name in _NAMED.findall(version.content)}
        if named - found:
            # Documents are not there but encrypted; which patients are meant does not depend on them.
            text = marks.PATTERN.sub(rb'"data":"AA=="\7', version.content)
            found.update(others(context.index(decode(text))))
    return tuple(sorted(found))


def others(index: IndexRows) -> set[str]:
    """The further patients of a resource, by the rows of its index."""
    return {id for param, _, id in index.references if param == COMPARTMENT}


def of_write(context: Context, new: NewVersion | None, before: Version | None) -> tuple[str, ...]:
    """The patients that a write touches: those of the new version and of the one it replaces."""
    found = set(whose(context, [before] if before is not None else []))
    if new is not None:
        found.update([new.patient] if new.patient else [])
        found.update(others(new.index) if new.index is not None else ())
    return tuple(sorted(found))
