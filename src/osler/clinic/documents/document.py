"""A document as the chart shows it: what it is, its file, the notes pinned to it, its reviews."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.clinic.chart.words import display, target
from osler.clinic.documents.categories import Category, category_of, types_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock, sniffing
from osler.kit.errors import NotFound

if TYPE_CHECKING:
    from osler.clinic.chart.asking import Asking
    from osler.record import Version

SYSTEM = "urn:osler:document"
PINNED = "urn:osler:pinned-note"
"""Extension of a DocumentReference: a note at a place of a page (id, page, x, y, note, withdrawn)."""
FILED_BY = "urn:osler:filed-by"
COMMENT = "urn:osler:comment"
READ_TEXT = "urn:osler:text-of-file"
"""Extension: whether words were found in the file: found, partly (of a long one), none, unreadable."""
TEXT_OF = "urn:osler:text-of"
"""Extension: which file those words are of, as `Document.file` names it."""
REASON = "urn:osler:reason"
RECIPIENT = "urn:osler:recipient"
TASKS = "urn:osler:task"
REVIEW = "review-document"
OPEN = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
SHOWN = frozenset(
    {sniffing.PDF, sniffing.PNG, sniffing.JPEG, sniffing.GIF, sniffing.WEBP, sniffing.TIFF}
)
"""What the viewer shows; a TIFF as the pages of a PDF."""
_TEXTS = frozenset({sniffing.TEXT, sniffing.CSV})


@dataclass(frozen=True, slots=True)
class Pin:
    """A note at a place of a page; x and y in percent of its width and height."""

    id: str
    page: int
    x: float
    y: float
    text: str
    author: str
    author_name: str
    at: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A DocumentReference with the number of its version."""

    version: int
    resource: r4.DocumentReference

    @property
    def id(self) -> str:
        """The logical id."""
        return self.resource.id or ""

    @property
    def title(self) -> str:
        """What it is called."""
        first = self.attachment
        return self.resource.description or (first.title if first else "") or "Document"

    @property
    def category(self) -> Category:
        """Its kind."""
        return category_of(self.resource)

    @property
    def date(self) -> str:
        """The day it is of."""
        context = self.resource.context
        period = context.period.start if context and context.period else None
        return period or self.resource.date or ""

    @property
    def day(self) -> str:
        """The same without an hour, where the practice is; partial as far as it is known."""
        return clock.day_of(self.date)

    @property
    def author(self) -> str:
        """Who wrote it or where it comes from."""
        return ", ".join(filter(None, map(display, self.resource.author or ())))

    @property
    def comment(self) -> str:
        """The remark of who filed it."""
        return self._extension(COMMENT).valueString or ""

    @property
    def filed_by(self) -> str:
        """Who put it into the chart."""
        return display(self._extension(FILED_BY).valueReference)

    @property
    def reason(self) -> str:
        """Why it was entered in error."""
        return self._extension(REASON).valueString or ""

    @property
    def words(self) -> str:
        """Whether words were found in the file: found, partly, none, unreadable; empty where nobody looked."""
        return self._extension(READ_TEXT).valueCode or ""

    @property
    def read_of(self) -> str:
        """Which file the words are of; empty for those that were taken out when it was filed."""
        return self._extension(TEXT_OF).valueString or ""

    @property
    def content(self) -> r4.DocumentReferenceContent | None:
        """The file with how it is to be read."""
        return next((one for one in self.resource.content if not is_text(one)), None)

    @property
    def attachment(self) -> r4.Attachment | None:
        """The file."""
        return self.content.attachment if self.content else None

    @property
    def media_type(self) -> str:
        """What the file says it is."""
        first = self.attachment
        return sniffing.essence((first.contentType if first else None) or "")

    @property
    def binary(self) -> str:
        """The id of the Binary that the file is; empty for one inside the resource, or elsewhere."""
        first = self.attachment
        type, id = target(r4.Reference(reference=first.url)) if first and first.url else ("", "")
        return id if type == "Binary" else ""

    @property
    def shown(self) -> bool:
        """Whether the viewer shows it."""
        return self.media_type in SHOWN

    @property
    def plain(self) -> bool:
        """Whether it is text."""
        return self.media_type in _TEXTS

    @property
    def text(self) -> str:
        """The words that were found in the file; of plain text inside the resource, that itself."""
        found = next((one.attachment for one in self.resource.content if is_text(one)), None)
        if found is None and self.plain:
            found = self.attachment
        try:
            return b64decode((found.data if found else None) or "").decode("utf-8", "replace")
        except (NotBase64, ValueError):
            return ""

    @property
    def mistaken(self) -> bool:
        """Whether it was entered in error."""
        return self.resource.status == "entered-in-error"

    @property
    def superseded(self) -> bool:
        """Whether a newer one took its place."""
        return self.resource.status == "superseded"

    @property
    def preliminary(self) -> bool:
        """Whether who wrote it says that it is not final."""
        return self.resource.docStatus == "preliminary"

    @property
    def unsigned(self) -> bool:
        """Whether it is a letter of ours that waits for a signature; what others call preliminary is none."""
        first = self.attachment
        ours = first is not None and first.contentType == sniffing.TEXT and not first.url
        return self.preliminary and ours and self.category.code == "letter"

    @property
    def note(self) -> str:
        """The id of the note that it was made of."""
        related = (self.resource.context.related if self.resource.context else None) or ()
        return next((id for type, id in map(target, related) if type == "Composition"), "")

    @property
    def encounter(self) -> str:
        """The visit it belongs to, as a reference."""
        found = (self.resource.context.encounter if self.resource.context else None) or ()
        return next((one.reference or "" for one in found), "")

    @property
    def replaces(self) -> list[str]:
        """The ids of the documents whose place it took."""
        relations = self.resource.relatesTo or ()
        return [target(one.target)[1] for one in relations if one.code == "replaces"]

    @property
    def pins(self) -> list[Pin]:
        """The notes pinned to it, in the order of its pages."""
        found = (pin for one in self.resource.extension or () if (pin := _pin(one)))
        return sorted(found, key=lambda pin: (pin.page, pin.y, pin.at))

    def _extension(self, url: str) -> r4.Extension:
        found = (one for one in self.resource.extension or () if one.url == url)
        return next(found, r4.Extension(url=url))


def is_text(one: r4.DocumentReferenceContent) -> bool:
    """Whether a content is not the file, but the words that were found in it."""
    return one.format is not None and (one.format.system, one.format.code) == (SYSTEM, "text")


def _pin(one: r4.Extension) -> Pin | None:
    if one.url != PINNED:
        return None
    parts = {part.url: part for part in one.extension or ()}
    note = parts["note"].valueAnnotation if "note" in parts else None
    if note is None or "id" not in parts:
        return None
    page = parts["page"].valuePositiveInt if "page" in parts else None
    x, y = (parts[name].valueDecimal if name in parts else None for name in "xy")
    return Pin(
        parts["id"].valueString or "",
        page or 1,
        float(x or 0),
        float(y or 0),
        note.text or "",
        (note.authorReference.reference if note.authorReference else None) or "",
        display(note.authorReference),
        note.time or "",
        "withdrawn" in parts,
    )


def of_version(version: Version) -> Document:
    """The document of a version."""
    resource = decode(version.content)
    assert isinstance(resource, r4.DocumentReference), "a DocumentReference is asked for"
    return Document(version.version, resource)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list; `waiting` are the Tasks of review that are open, by document."""

    documents: tuple[Document, ...]
    more: bool
    waiting: dict[str, r4.Task]


def listed(asking: Asking, category: Category | None, count: int, *, wrong: bool = False) -> Listed:
    """The newest documents, of one kind or of all; those entered in error only when asked for."""
    statuses = "entered-in-error,superseded" if wrong else "current"
    pairs = [("status", statuses), ("_sort", "-date")]
    if category is not None:
        pairs.append(("type", types_of(category)))
    page = asking.page(r4.DocumentReference, count, *pairs)
    found = tuple(map(of_version, page.matches))
    return Listed(found, page.next is not None, waiting(asking))


def waiting(asking: Asking) -> dict[str, r4.Task]:
    """The open Tasks of reviewing a document, by the document's id."""
    tasks = asking.some(
        r4.Task, 200, ("code", f"{TASKS}|{REVIEW}"), ("status", ",".join(sorted(OPEN)))
    )
    return {target(one.focus)[1]: one for one in tasks}


def reviews(asking: Asking, id: str) -> list[r4.Task]:
    """Who reviewed a document and what they said, newest first."""
    pairs = (
        ("code", f"{TASKS}|{REVIEW}"),
        ("focus", f"DocumentReference/{id}"),
        ("status", "completed"),
    )
    return asking.newest(r4.Task, 50, *pairs)


def mine(document: Document, patient: str) -> Document:
    """The document if it is this patient's. Raises NotFound."""
    subject = document.resource.subject
    if subject is None or subject.reference != f"Patient/{patient}":
        raise NotFound("There is no such document in this chart.")
    return document


def without(extensions: Iterable[r4.Extension] | None, *urls: str) -> list[r4.Extension]:
    """The extensions but those of these addresses."""
    return [one for one in extensions or () if one.url not in urls]
