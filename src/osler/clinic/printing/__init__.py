"""Paper: documents as values, set with letterhead, patient and page numbers on each page, as a PDF."""

from __future__ import annotations

from osler.clinic.printing.document import (
    Document,
    Grid,
    Line,
    Notice,
    Paragraph,
    Picture,
    Signed,
    Title,
)
from osler.clinic.printing.heads import Letterhead, PatientHead, letterhead, patient_head
from osler.clinic.printing.setting import pdf

__all__ = [
    "Document",
    "Grid",
    "Letterhead",
    "Line",
    "Notice",
    "Paragraph",
    "PatientHead",
    "Picture",
    "Signed",
    "Title",
    "letterhead",
    "patient_head",
    "pdf",
]
