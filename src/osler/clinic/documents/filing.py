"""Putting files into a chart, and what may be changed of them afterwards: everything but the file itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from osler.clinic.documents import text
from osler.clinic.documents.categories import CATEGORIES, concepts
from osler.clinic.documents.document import (
    COMMENT,
    FILED_BY,
    READ_TEXT,
    REASON,
    REVIEW,
    SYSTEM,
    TASKS,
    TEXT_OF,
    Document,
    mine,
    of_version,
    without,
)
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock, uploads
from osler.kit.errors import Invalid, NotFound, TooLarge
from osler.kit.ids import uuid7
from osler.kit.uploads import Upload
from osler.record import Create, Op, Update, Version

MOST_BYTES = 25_000_000
MOST_FILES = 20
_LONGEST = {"title": 200, "source": 200, "comment": 2000}


@dataclass(frozen=True, slots=True)
class Entered:
    """What the form says of a document. `date` is a FHIR date, `encounter` a reference; both may be empty."""

    title: str
    category: str
    date: str = ""
    source: str = ""
    comment: str = ""
    encounter: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is ready to be stored: its name, what it is, its words."""

    name: str
    upload: Upload
    words: text.Words


def checked(name: str, content: bytes, declared: str) -> File:
    """The file if it may be stored, images made anew. Raises Refused, TooLarge, Invalid with its name."""
    try:
        upload = uploads.accept(content, declared, most=MOST_BYTES)
    except (uploads.Refused, TooLarge, Invalid) as error:
        raise Invalid(f"{name[:80]}: {error}") from error
    return File(name, upload, text.words_of(upload.content, upload.media_type))


def file(chart: Chart, files: Sequence[File], entered: Entered) -> list[Version]:
    """Write the files, each a document of its own, all or none; the versions of the documents."""
    if not files:
        raise Invalid("Choose at least one file.")
    _check(chart, entered)
    ops: list[Op] = []
    for at, one in enumerate(files, start=1):
        ops += _ops(chart, one, entered, at if len(files) > 1 else 0)
    outcomes = chart.record.commit(chart.principal, ops)
    made = [one.version for one in outcomes if one.version is not None]
    return [one for one in made if one.type == "DocumentReference"]


def _check(chart: Chart, entered: Entered) -> None:
    if entered.category not in CATEGORIES:
        raise Invalid("Choose what kind of document this is.")
    for name, most in _LONGEST.items():
        if len(getattr(entered, name)) > most:
            raise Invalid(f"The {name} is longer than {most} characters.")
    if entered.encounter:
        type, _, id = entered.encounter.partition("/")
        visit = decode(chart.record.read(chart.principal, type, id).content)
        subject = visit.subject if isinstance(visit, r4.Encounter) else None
        if subject is None or subject.reference != f"Patient/{chart.patient}":
            raise NotFound("There is no such visit in this chart.")


def _ops(chart: Chart, one: File, entered: Entered, number: int = 0) -> list[Op]:
    made = r4.DocumentReference(
        status="current",
        docStatus="final",
        subject=chart.subject,
        content=[],
    )
    me = chart.me
    made.extension = [r4.Extension(url=FILED_BY, valueReference=me)] if me else None
    title = entered.title or _title(one.name)
    if number and entered.title:
        title = f"{entered.title} ({number})"
    _describe(made, entered, title)
    ops: list[Op] = [_put(chart, made, one)]
    url = f"urn:uuid:{uuid7()}"
    ops.append(Create(made, full_url=url, source="typed"))
    if entered.reviewer:
        ops.append(Create(review_task(chart, url, made, entered.reviewer), source="typed"))
    return ops


def _title(name: str) -> str:
    plain = name.rpartition(".")[0] or name
    return " ".join(plain.replace("_", " ").split())[:200] or "Document"


def _describe(made: r4.DocumentReference, entered: Entered, title: str) -> None:
    made.type, made.category = concepts(CATEGORIES[entered.category])
    made.description = title
    now = clock.now().isoformat(timespec="seconds")
    # Days without an hour stand at noon UTC, which is the same day in every zone of the Americas and Europe;
    # of a month or year its first day, so that a paper of 2014 is not among those of today.
    first = entered.date + "-01-01"[len(entered.date) - len("2026") :]
    made.date = f"{first}T12:00:00+00:00" if entered.date else now
    period = r4.Period(start=entered.date) if entered.date else None
    visit = [r4.Reference(reference=entered.encounter)] if entered.encounter else None
    related = made.context.related if made.context else None
    made.context = (
        r4.DocumentReferenceContext(period=period, encounter=visit, related=related)
        if period or visit or related
        else None
    )
    made.author = [r4.Reference(display=entered.source)] if entered.source else made.author
    rest = without(made.extension, COMMENT)
    comment = [r4.Extension(url=COMMENT, valueString=entered.comment)] if entered.comment else []
    made.extension = [*rest, *comment] or None


def _put(chart: Chart, made: r4.DocumentReference, one: File) -> Create:
    """The write of the file, once the document leads to it."""
    url = f"urn:uuid:{uuid7()}"
    binary = r4.Binary(
        contentType=one.upload.media_type,
        data=b64encode(one.upload.content).decode(),
        securityContext=chart.subject,
    )
    attachment = r4.Attachment(
        contentType=one.upload.media_type,
        url=url,
        title=one.name[:200],
        size=one.upload.size,
        creation=clock.now().isoformat(timespec="seconds"),
    )
    made.content = [r4.DocumentReferenceContent(attachment=attachment), *words(one.words.text)]
    made.extension = [
        *without(made.extension, READ_TEXT, TEXT_OF), *read_text(one.words.state, one.upload.content)
    ]  # fmt: skip
    return Create(binary, full_url=url, source="typed")


def read_text(state: str, content: bytes) -> list[r4.Extension]:
    """What says whether words were found in these bytes, and that it was these."""
    return [
        r4.Extension(url=READ_TEXT, valueCode=state),
        r4.Extension(url=TEXT_OF, valueString=text.name_of(content)),
    ]


def words(found: str) -> list[r4.DocumentReferenceContent]:
    """The words of a file as a further content of its document: encrypted and kept as the file is."""
    if not found:
        return []
    attachment = r4.Attachment(
        contentType="text/plain", title="Text of the file", data=b64encode(found.encode()).decode()
    )
    format = r4.Coding(system=SYSTEM, code="text", display="Text of the file")
    return [r4.DocumentReferenceContent(attachment=attachment, format=format)]


def review_task(chart: Chart, focus: str, of: r4.DocumentReference, owner: str) -> r4.Task:
    """The Task by which somebody is asked to review a document. It names it: what hides the one hides the other."""
    if not owner.startswith("Practitioner/"):
        raise Invalid("A review is asked of a member of the staff.")
    now = clock.now().isoformat(timespec="seconds")
    coding = r4.Coding(system=TASKS, code=REVIEW)
    return r4.Task(
        status="requested",
        intent="order",
        code=r4.CodeableConcept(coding=[coding], text="Review a document"),
        meta=r4.Meta(security=of.meta.security) if of.meta and of.meta.security else None,
        description=f"Review: {of.description or 'a document'}",
        focus=r4.Reference(reference=focus),
        for_=chart.subject,
        authoredOn=now,
        lastModified=now,
        requester=chart.me,
        owner=r4.Reference(reference=owner),
    )


def read(chart: Chart, id: str) -> Document:
    """A document of this chart. Raises NotFound."""
    return mine(
        of_version(chart.record.read(chart.principal, "DocumentReference", id)), chart.patient
    )


def edit(chart: Chart, id: str, version: int, entered: Entered) -> Version:
    """Change what is said of a document. Raises PreconditionFailed where it is not at `version` any more."""
    _check(chart, entered)
    if not entered.title:
        raise Invalid("A document needs a title.")
    found = _changeable(chart, id)
    made, date, author = found.resource, found.resource.date, found.author
    before = found.resource.author
    same_day = entered.date == found.day
    _describe(made, entered, entered.title)
    if not entered.date or same_day:
        made.date = date
    if entered.source == author:
        made.author = before  # A reference says more than its words.
    return chart.write([Update(made, if_match=version, source="typed")])[0]


def move(chart: Chart, id: str, version: int, category: str) -> Version:
    """Put a document into another category."""
    if category not in CATEGORIES or not CATEGORIES[category].filed:
        raise Invalid("There is no such category of documents.")
    made = _changeable(chart, id).resource
    made.type, made.category = concepts(CATEGORIES[category])
    return chart.write([Update(made, if_match=version, source="typed")])[0]


def _changeable(chart: Chart, id: str) -> Document:
    found = read(chart, id)
    if found.mistaken:
        raise Invalid("This document was entered in error. It stays as it was.")
    if found.note:
        raise Invalid("This is the paper of a note. Change the note instead.")
    return found


def mistaken(chart: Chart, id: str, version: int, reason: str) -> Version:
    """Mark a document as entered in error; it stays, with the reason."""
    why = " ".join(reason.split())[:500]
    if not why:
        raise Invalid("Say why this was entered in error.")
    made = _changeable(chart, id).resource
    made.status = "entered-in-error"
    made.extension = [*(made.extension or ()), r4.Extension(url=REASON, valueString=why)]
    return chart.write([Update(made, if_match=version, source="typed")])[0]


def replace(chart: Chart, id: str, version: int, one: File) -> Version:
    """File a newer version in a document's place; the old one stays to be read. The new document's version."""
    old = _changeable(chart, id)
    if old.superseded:
        raise Invalid("A newer version has taken this document's place already; replace that one.")
    made = r4.DocumentReference(
        status="current", docStatus="final", subject=chart.subject, content=[]
    )
    before = old.resource
    made.type, made.category, made.description = before.type, before.category, before.description
    made.context, made.author = before.context, before.author
    made.date = clock.now().isoformat(timespec="seconds")
    comment = [each for each in before.extension or () if each.url == COMMENT]
    me = chart.me
    made.extension = comment + ([r4.Extension(url=FILED_BY, valueReference=me)] if me else [])
    if before.meta and before.meta.security:
        made.meta = r4.Meta(security=before.meta.security)
    made.relatesTo = [
        r4.DocumentReferenceRelatesTo(
            code="replaces", target=r4.Reference(reference=f"DocumentReference/{id}")
        )
    ]
    before.status = "superseded"
    ops: list[Op] = [
        _put(chart, made, one),
        Create(made, source="typed"),
        Update(before, if_match=version, source="typed"),
    ]
    outcomes = chart.record.commit(chart.principal, ops)
    found = outcomes[1].version
    assert found is not None, "a create has a version"
    return found
