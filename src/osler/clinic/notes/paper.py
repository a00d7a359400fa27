"""A note on paper: its sections, live blocks as tables, its state and signatures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from osler.clinic import printing
from osler.clinic.notes.note import COSIGNER, Note, Signature
from osler.clinic.notes.tree import Block, Fact, Heading, Items, Node, Paragraph, Runs, Text
from osler.clinic.printing import Document, Letterhead, PatientHead
from osler.clinic.printing.document import Line, Lines, Part


def document(
    note: Note,
    head: Letterhead,
    patient: PatientHead,
    *,
    zone: tzinfo | None = None,
    addenda: tuple[Note, ...] = (),
    corrected_by: Note | None = None,
) -> Document:
    """The note as it prints, its addenda after it."""
    parts: list[Part] = [*_warnings(note, corrected_by), *_body(note, zone)]
    for one in addenda:
        parts.append(printing.Title(f"{one.title}, {moment(one.date, zone)}"))
        parts += [*_warnings(one, None), *_body(one, zone, 2)]
    about = [("Date", moment(note.date, zone)), ("Author", note.author_name)]
    return Document(
        title=note.title,
        letterhead=head,
        patient=patient,
        parts=tuple(parts),
        about=tuple(about),
        foot=f"{note.title}, version {note.version}, note {note.id}",
        watermark="" if note.signed else "UNSIGNED",
    )


def moment(text: str, zone: tzinfo | None = None) -> str:
    """Date and time as paper has them."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = at.astimezone(zone) if at.tzinfo else at
    hour = at.hour % 12 or 12
    return f"{at:%b} {at.day}, {at.year}, {hour}:{at:%M} {'AM' if at.hour < 12 else 'PM'} {at:%Z}".strip()


def _warnings(note: Note, corrected_by: Note | None) -> Iterator[Part]:
    if note.status == "entered-in-error":
        yield printing.Notice(f"Entered in error: {note.reason or 'no reason given'}")
    if note.replaces:
        yield printing.Notice(f"This note corrects an earlier one. Reason: {note.reason}")
    if corrected_by is not None:
        yield printing.Notice(f"Corrected by a later note: {corrected_by.reason}")
    if not note.signed:
        yield printing.Notice("This note is not signed.")


def _body(note: Note, zone: tzinfo | None, level: int = 1) -> Iterator[Part]:
    for part in note.filled:
        yield printing.Title(part.title, level)
        for node in part.nodes:
            yield from _printed(node)
    for one in note.signatures:
        yield signature(one, zone)


def signature(one: Signature, zone: tzinfo | None) -> printing.Signed:
    """The line of a signature."""
    words = "Co-signed by" if one.mode == COSIGNER else "Signed by"
    at = moment(one.at.isoformat(), zone) if one.at else ""
    return printing.Signed(words, one.name, at)


def _printed(node: Node) -> Iterator[Part]:
    match node:
        case Paragraph():
            yield printing.Paragraph(_lines(node.runs))
        case Heading():
            yield printing.Title(node.text, 2)
        case Items():
            for runs in node.items:
                yield printing.Paragraph(_lines(runs), bullet=True)
        case Block(rows=()):
            yield printing.Paragraph.of(node.title)
        case Block():
            rows = tuple(tuple(_lines(cell) for cell in row) for row in node.rows)
            yield printing.Grid(node.head, rows, node.title)


def _lines(runs: Runs) -> Lines:
    return tuple(_line(run) for run in runs)


def _line(run: Text | Fact) -> Line:
    if isinstance(run, Fact):
        return Line(run.text, "fact")
    return Line(run.text, "strong" if run.strong else "")
