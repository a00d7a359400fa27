"""Words in the documents and notes of one chart; never of all charts at once, and only so many are looked through."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.finding import folded
from osler.clinic.documents.document import Document, of_version
from osler.clinic.notes import note as notes
from osler.fhir import r4

MOST = 300
"""Documents and notes, the newest of each, that one search looks through."""
_AROUND = 80
_HITS = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the words stand: a document or a note, the page (0 where there are none), and the text around.

    `state` is superseded or unsigned where it is not what holds now.
    """

    id: str
    note: bool
    title: str
    date: str
    page: int
    before: str
    match: str
    after: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits newest first; how many files have no words to be searched, and whether older ones were left out.

    Of `begun` files only the beginning was searched; `cut` is how many hits are not among these.
    """

    hits: tuple[Hit, ...]
    wordless: int
    partly: bool
    looked: int
    begun: int = 0
    cut: int = 0


def find(asking: Asking, words: str) -> Found:
    """The documents and notes that have all the words."""
    wanted = [folded(word) for word in words.split()][:12]
    if not wanted:
        return Found((), 0, False, 0)
    hits: list[Hit] = []
    wordless = looked = begun = 0
    partly = False
    if asking.may_read("DocumentReference"):
        pairs = (("status", "current,superseded"), ("_sort", "-date"))
        page = asking.page(r4.DocumentReference, MOST, *pairs)
        partly = page.next is not None
        for match in page.matches:
            document = of_version(match)
            text = document.text
            looked += 1
            wordless += not text and not document.note
            begun += document.words == "partly"
            hits += _in_document(document, text, wanted)
    notes, more = _notes(asking, wanted)
    hits = sorted([*hits, *notes], key=lambda hit: hit.date, reverse=True)
    cut = max(0, len(hits) - _HITS)
    return Found(tuple(hits[:_HITS]), wordless, partly or more, looked, begun, cut)


def _in_document(document: Document, text: str, wanted: list[str]) -> list[Hit]:
    about = f"{document.title} {document.author} {document.comment}"
    pinned = " ".join(pin.text for pin in document.pins if not pin.withdrawn)
    everything = folded(f"{about}\n{pinned}\n{text}")
    if not all(word in everything for word in wanted):
        return []
    pages = text.split("\f")
    number = next((n for n, page in enumerate(pages, 1) if wanted[0] in folded(page)), 0)
    source = pages[number - 1] if number else (pinned if wanted[0] in folded(pinned) else about)
    page = number if len(pages) > 1 else 0
    state = "superseded" if document.superseded else "unsigned" if document.preliminary else ""
    found = around(source, wanted[0])
    return [Hit(document.id, False, document.title, document.date, page, *found, state)]


def _notes(asking: Asking, wanted: list[str]) -> tuple[list[Hit], bool]:
    if not asking.may_read("Composition"):
        return [], False
    page = asking.newest_page(r4.Composition, MOST)
    hits = []
    for match in page.matches:
        one = notes.of_version(match, asking.patient)
        text = f"{one.title} {one.author_name} {one.text}"
        if one.status != "entered-in-error" and all(word in folded(text) for word in wanted):
            state = "" if one.signed else "unsigned"
            found = around(text, wanted[0])
            hits.append(Hit(one.id, True, one.title, one.date, 0, *found, state))
    return hits, page.next is not None


def around(text: str, word: str) -> tuple[str, str, str]:
    """The place of a word with what stands around it; folding keeps every place."""
    flat = " ".join(text.split())
    at = folded(flat).find(word)
    if at < 0:
        return flat[: 2 * _AROUND], "", ""
    start, end = max(0, at - _AROUND), at + len(word)
    before = ("… " if start else "") + flat[start:at]
    return (
        before,
        flat[at:end],
        flat[end : end + _AROUND] + (" …" if len(flat) > end + _AROUND else ""),
    )
