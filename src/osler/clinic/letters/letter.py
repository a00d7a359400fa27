"""A letter: text while it is written, a PDF once it is signed; a document of the chart from the first save on."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from osler.clinic import printing
from osler.clinic.documents import filing
from osler.clinic.documents.categories import CATEGORIES, concepts
from osler.clinic.documents.document import (
    FILED_BY,
    READ_TEXT,
    REASON,
    RECIPIENT,
    TEXT_OF,
    Document,
    of_version,
    without,
)
from osler.clinic.lists.items import Chart
from osler.clinic.notes.paper import moment
from osler.clinic.notes.signing import Desk, signer_name
from osler.clinic.printing.heads import long_day
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Update, Version
from osler.search.parse import parse

TEMPLATE = "urn:osler:letter-template"
FILLED = "urn:osler:letter-filled"
"""Extension: when it was filled from the record."""
HOLE = "***"
LONGEST = 40_000
_LETTER = CATEGORIES["letter"]


@dataclass(frozen=True, slots=True)
class Entered:
    """A letter as it was typed; `filled` is the instant at which it was filled from the record."""

    title: str
    recipient: str
    text: str
    template: str = ""
    filled: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a letter: title, paragraph or list, each of runs of plain text and holes."""

    kind: str
    lines: tuple[tuple[tuple[str, bool], ...], ...]


def entered(document: Document) -> Entered:
    """What a letter says."""
    found = {one.url: one.valueString or "" for one in document.resource.extension or ()}
    first = document.attachment
    if document.unsigned:
        text = b64decode((first.data if first else None) or "").decode("utf-8", "replace")
    else:
        text = document.text
    at = next(
        (one.valueDateTime or "" for one in document.resource.extension or () if one.url == FILLED),
        "",
    )
    return Entered(document.title, found.get(RECIPIENT, ""), text, found.get(TEMPLATE, ""), at)


def listed(chart: Chart, count: int) -> tuple[list[Document], bool]:
    """The letters of a chart, newest first, and whether there are older ones."""
    code = _LETTER.types[0][0]
    pairs = [
        ("patient", f"Patient/{chart.patient}"),
        ("type", f"http://loinc.org|{code}"),
        ("status", "current"),
        ("_sort", "-date"),
        ("_count", str(count)),
    ]
    page = chart.record.search(
        chart.principal, parse("DocumentReference", pairs, chart.record.registry)
    )
    return [of_version(one) for one in page.matches], page.next is not None


def keep(chart: Chart, wanted: Entered, id: str = "", version: int | None = None) -> Version:
    """Save a letter that is not signed. Raises Invalid, or PreconditionFailed over somebody else's newer text."""
    _check(wanted)
    if id and version is None:
        raise Invalid("The form does not say which version it changes. Open it again.")
    made = _open(chart, id).resource if id else _new(chart)
    _put(made, wanted)
    data = b64encode(wanted.text.encode()).decode()
    attachment = r4.Attachment(contentType="text/plain", title=wanted.title, data=data)
    made.content = [r4.DocumentReferenceContent(attachment=attachment)]
    if not id:
        return chart.add(made)[0]
    return chart.write([Update(made, if_match=version, source="typed")])[0]


def sign(chart: Chart, id: str, version: int, patient: r4.Patient, zone: tzinfo | None) -> Version:
    """Sign a letter: its PDF takes the place of its text, and it is not edited any more."""
    if not (chart.principal.person or "").startswith("Practitioner/"):
        raise Invalid("A letter is signed by a practitioner; this account is none.")
    document = _open(chart, id)
    wanted = entered(document)
    if HOLE in wanted.text:
        raise Invalid("Something is still to be filled in (***).")
    made = document.resource
    now = clock.now().isoformat(timespec="seconds")
    made.docStatus, made.date = "final", now
    made.authenticator = made_by = chart.me
    made.author = [made_by] if made_by else made.author
    content = pdf(chart, wanted, patient, zone, signed=now)
    url = f"urn:uuid:{uuid7()}"
    binary = r4.Binary(
        contentType="application/pdf",
        data=b64encode(content).decode(),
        securityContext=chart.subject,
    )
    attachment = r4.Attachment(
        contentType="application/pdf",
        url=url,
        title=f"{wanted.title}.pdf",
        size=len(content),
        creation=now,
    )
    made.content = [r4.DocumentReferenceContent(attachment=attachment), *filing.words(wanted.text)]
    made.extension = [
        *without(made.extension, READ_TEXT, TEXT_OF), *filing.read_text("found", content)
    ]  # fmt: skip
    ops: list[Create | Update] = [
        Create(binary, full_url=url, source="typed"),
        Update(made, if_match=version, source="typed"),
    ]
    return chart.write(ops)[-1]


def discard(chart: Chart, id: str, version: int) -> Version:
    """Throw a letter away that is not signed: its versions stay, as entered in error."""
    made = _open(chart, id).resource
    made.status = "entered-in-error"
    reason = r4.Extension(url=REASON, valueString="Discarded before it was signed")
    made.extension = [*(made.extension or ()), reason]
    return chart.write([Update(made, if_match=version, source="typed")])[0]


def pdf(
    chart: Chart, wanted: Entered, patient: r4.Patient, zone: tzinfo | None, *, signed: str = ""
) -> bytes:
    """The letter on the practice's paper; marked as a draft where it is not signed."""
    parts: list[printing.document.Part] = [
        printing.Paragraph.of(long_day(signed or clock.now().isoformat()))
    ]
    if wanted.recipient:
        parts += [printing.Paragraph.of(line) for line in wanted.recipient.splitlines()]
    parts += _printed(wanted.text)
    if signed:
        name = signer_name(Desk(chart.record, chart.principal, chart.patient))
        parts.append(printing.Signed("Signed by", name, moment(signed, zone)))
    return printing.pdf(
        printing.Document(
            title=wanted.title,
            letterhead=printing.letterhead(chart.record, chart.principal),
            patient=printing.patient_head(patient),
            parts=tuple(parts),
            foot=wanted.title,
            watermark="" if signed else "DRAFT",
        )
    )


def read(text: str) -> list[Part]:
    """A letter's text as parts: "# " begins a title, "- " an item, an empty line ends a paragraph."""
    found: list[tuple[str, list[str]]] = []
    for line in text.replace("\r", "").split("\n"):
        plain = line.strip()
        if not plain:
            found.append(("", []))
        elif plain.startswith("# "):
            found.append(("title", [plain[2:]]))
        elif plain.startswith("- "):
            if found and found[-1][0] == "items":
                found[-1][1].append(plain[2:])
            else:
                found.append(("items", [plain[2:]]))
        elif found and found[-1][0] == "words":
            found[-1][1].append(plain)
        else:
            found.append(("words", [plain]))
    return [Part(kind, tuple(map(_runs, lines))) for kind, lines in found if kind]


def _runs(line: str) -> tuple[tuple[str, bool], ...]:
    pieces = line.split(HOLE)
    made: list[tuple[str, bool]] = []
    for at, piece in enumerate(pieces):
        made += [(HOLE, True)] if at else []
        made += [(piece, False)] if piece else []
    return tuple(made)


def _printed(text: str) -> Iterator[printing.document.Part]:
    for part in read(text):
        lines = ["".join(words for words, _hole in line) for line in part.lines]
        match part.kind:
            case "title":
                yield printing.Title(lines[0])
            case "items":
                for line in lines:
                    yield printing.Paragraph((printing.Line(line),), bullet=True)
            case _:
                yield printing.Paragraph.of("\n".join(lines))


def _check(wanted: Entered) -> None:
    if not wanted.title.strip():
        raise Invalid("A letter needs a title.")
    if not wanted.text.strip():
        raise Invalid("There is no text yet.")
    if len(wanted.text) > LONGEST or len(wanted.recipient) > 1000 or len(wanted.title) > 200:
        raise Invalid("The letter is too long.")


def _open(chart: Chart, id: str) -> Document:
    found = filing.read(chart, id)
    if found.category is not _LETTER or not found.unsigned or found.mistaken:
        raise Invalid("This letter is signed. Write another one that takes its place.")
    return found


def _new(chart: Chart) -> r4.DocumentReference:
    me = chart.me
    made = r4.DocumentReference(
        status="current",
        docStatus="preliminary",
        subject=chart.subject,
        content=[],
        author=[me] if me else None,
        extension=[r4.Extension(url=FILED_BY, valueReference=me)] if me else None,
    )
    made.type, made.category = concepts(_LETTER)
    return made


def _put(made: r4.DocumentReference, wanted: Entered) -> None:
    made.description = wanted.title.strip()
    made.date = clock.now().isoformat(timespec="seconds")
    rest = without(made.extension, RECIPIENT, TEMPLATE, FILLED)
    if wanted.recipient.strip():
        rest.append(r4.Extension(url=RECIPIENT, valueString=wanted.recipient.strip()))
    if wanted.template:
        rest.append(r4.Extension(url=TEMPLATE, valueString=wanted.template))
    if wanted.filled:
        rest.append(r4.Extension(url=FILLED, valueDateTime=wanted.filled))
    made.extension = rest or None
