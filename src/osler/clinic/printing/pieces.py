"""A long document in one file: set piece by piece, so that its length costs time and not memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

import pypdfium2

from osler.clinic.printing.document import Document, Part
from osler.clinic.printing.setting import pdf

_ONE_AT_A_TIME = Lock()
"""PDFium must not be called by two threads at once."""


def one_file(
    document: Document, pieces: Sequence[tuple[Part, ...]], tell: Callable[[int], None]
) -> tuple[bytes, int]:
    """(PDF, its pages) of the document with the parts of all pieces, each of which begins a page.

    The pages are numbered through: so each piece is set twice, the first time to learn how many pages it has.
    `tell` hears how many settings are behind, of two for each piece.
    """
    made = [replace(document, parts=piece, goes_on=at > 0) for at, piece in enumerate(pieces)]
    counts: list[int] = []
    for one in made:
        counts.append(pages_of(pdf(one)))
        tell(len(counts))
    whole, first = [], 1
    for at, one in enumerate(made):
        whole.append(pdf(replace(one, first=first, pages=sum(counts))))
        first += counts[at]
        tell(len(made) + at + 1)
    return _joined(whole), sum(counts)


def pages_of(content: bytes) -> int:
    """How many pages a PDF of ours has."""
    with _ONE_AT_A_TIME, pypdfium2.PdfDocument(content) as opened:
        return len(opened)


def _joined(files: Sequence[bytes]) -> bytes:
    if len(files) == 1:
        return files[0]
    out = io.BytesIO()
    with _ONE_AT_A_TIME, pypdfium2.PdfDocument.new() as whole:
        for content in files:
            with pypdfium2.PdfDocument(content) as piece:
                whole.import_pages(piece)
        whole.save(out)
    return out.getvalue()
