"""Notes pinned to a place of a page: kept in the document itself, so that who may read the one reads the other.

Each is a version of the document, with its author and time; taken back, it stays and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from osler.clinic.documents.document import PINNED, Document
from osler.clinic.documents.filing import read
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from osler.kit.ids import uuid7
from osler.record import Update, Version

_LONGEST = 2000
_MOST = 200
_TRIES = 4


def pin(chart: Chart, id: str, text: str, page: int = 1, x: float = 0, y: float = 0) -> Version:
    """Pin a note to a place; x and y in percent. Others' notes of the same moment stay."""
    words = text.strip()
    if not words:
        raise Invalid("Write something first.")
    if len(words) > _LONGEST:
        raise Invalid(f"The note is longer than {_LONGEST} characters.")
    if not 1 <= page <= 10_000 or not 0 <= x <= 100 or not 0 <= y <= 100:
        raise Invalid("The place is not on a page.")
    note = r4.Annotation(
        text=words, time=clock.now().isoformat(timespec="seconds"), authorReference=chart.me
    )
    parts = [
        r4.Extension(url="id", valueString=str(uuid7())),
        r4.Extension(url="page", valuePositiveInt=page),
        r4.Extension(url="x", valueDecimal=Decimal(f"{x:.2f}")),
        r4.Extension(url="y", valueDecimal=Decimal(f"{y:.2f}")),
        r4.Extension(url="note", valueAnnotation=note),
    ]

    def add(document: Document) -> None:
        if len(document.pins) >= _MOST:
            raise Invalid(f"There are {_MOST} notes on this document already.")
        made = document.resource
        made.extension = [*(made.extension or ()), r4.Extension(url=PINNED, extension=parts)]

    return _change(chart, id, add)


def take_back(chart: Chart, id: str, which: str) -> Version:
    """Take one's own note back: it stays in the history and is struck out."""

    def strike(document: Document) -> None:
        found = next((one for one in document.pins if one.id == which), None)
        if found is None:
            raise NotFound("There is no such note on this document.")
        if found.author != chart.principal.person:
            raise Invalid(f"Only {found.author_name or 'who wrote it'} may take this note back.")
        for one in document.resource.extension or ():
            if one.url == PINNED and any(part.valueString == which for part in one.extension or ()):
                one.extension = [
                    *(one.extension or ()),
                    r4.Extension(url="withdrawn", valueBoolean=True),
                ]

    return _change(chart, id, strike)


def _change(chart: Chart, id: str, act: Callable[[Document], None]) -> Version:
    """Write over whatever version there is by now: a note goes beside what others did meanwhile."""
    for left in reversed(range(_TRIES)):
        document = read(chart, id)
        if document.mistaken:
            raise Invalid("This document was entered in error; nothing is added to it.")
        act(document)
        try:
            op = Update(document.resource, if_match=document.version, source="typed")
            return chart.write([op])[0]
        except (Conflict, PreconditionFailed):
            if not left:
                raise
    raise AssertionError("the last try raises or returns")
