"""What a printed document is made of. Everything is data: no text of a person is ever read as markup.

Document("Progress note", letterhead, patient, (Title("Plan"), Paragraph.of("Rest."), Grid(...), Signed(...)))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from osler.clinic.printing.heads import Letterhead, PatientHead


@dataclass(frozen=True, slots=True)
class Line:
    """A run of words; `mark` is "" or "strong" or "fact" (a value out of the record)."""

    text: str
    mark: str = ""


Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """A heading; level 1 for sections, 2 inside them."""

    text: str
    level: int = 1
    kind: ClassVar[str] = "title"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `bullet` for an item of a list."""

    lines: Lines
    bullet: bool = False
    kind: ClassVar[str] = "paragraph"

    @classmethod
    def of(cls, text: str, *, strong: bool = False) -> Paragraph:
        """One of plain words."""
        return cls((Line(text, "strong" if strong else ""),))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; its head is repeated on each page that it runs over."""

    head: tuple[str, ...]
    rows: tuple[tuple[Lines, ...], ...]
    title: str = ""
    kind: ClassVar[str] = "grid"

    @classmethod
    def of(cls, head: tuple[str, ...], rows: list[tuple[str, ...]], title: str = "") -> Grid:
        """One of plain words."""
        return cls(head, tuple(tuple((Line(cell),) for cell in row) for row in rows), title)


@dataclass(frozen=True, slots=True)
class Notice:
    """What must not be overlooked: unsigned, corrected, entered in error."""

    text: str
    kind: ClassVar[str] = "notice"


@dataclass(frozen=True, slots=True)
class Signed:
    """The line of a signature."""

    words: str  # "Signed by", "Co-signed by"
    name: str
    at: str
    kind: ClassVar[str] = "signed"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image: PNG, JPEG or SVG bytes with the words that say what it shows; width in percent of the text's."""

    content: bytes
    words: str
    width: int = 100
    kind: ClassVar[str] = "picture"


Part = Title | Paragraph | Grid | Notice | Signed | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A document of one patient, or of none. `about` are (label, words) under the title; `foot` stands on each page.

    A piece of a longer one begins with page `first` of `pages`, and bears no title and letterhead if it `goes_on`.
    """

    title: str
    letterhead: Letterhead
    patient: PatientHead | None
    parts: tuple[Part, ...]
    about: tuple[tuple[str, str], ...] = ()
    foot: str = ""
    watermark: str = ""
    language: str = "en"
    paper: str = "us-letter"
    first: int = 1
    pages: int = 0
    goes_on: bool = False
