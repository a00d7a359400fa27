"""The addresses of: documents: files, letters, printing."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.documents import acts, letter_templates, letters, printing, reading, views

_DOCUMENTS = "patients/<fhir:id>/documents/"
_LETTERS = "patients/<fhir:id>/letters/"
_LETTER = "patients/<fhir:id>/letters/<fhir:item>/"
_DOCUMENT = "patients/<fhir:id>/documents/<fhir:item>/"

urlpatterns: list[URLPattern] = [
    path(_DOCUMENTS, views.page, name="documents"),
    path(f"{_DOCUMENTS}new/", views.new, name="document-new"),
    path(_DOCUMENT, reading.document, name="document"),
    path(f"{_DOCUMENT}file/", reading.file, name="document-file"),
    path(f"{_DOCUMENT}printed/", reading.printed, name="document-printed"),
    path(f"{_DOCUMENT}edit/", acts.edit, name="document-edit"),
    path(f"{_DOCUMENT}move/", acts.move, name="document-move"),
    path(f"{_DOCUMENT}replace/", acts.replace, name="document-replace"),
    path(f"{_DOCUMENT}error/", acts.wrong, name="document-wrong"),
    path(f"{_DOCUMENT}pin/", acts.pin, name="document-pin"),
    path(f"{_DOCUMENT}unpin/", acts.unpin, name="document-unpin"),
    path(f"{_DOCUMENT}review/", acts.review, name="document-review"),
    path(f"{_DOCUMENT}ask/", acts.ask, name="document-ask"),
    path(_LETTERS, letters.page, name="letters"),
    path(f"{_LETTERS}new/", letters.new, name="letter-new"),
    path(_LETTER, letters.edit, name="letter"),
    path(f"{_LETTER}sign/", letters.sign, name="letter-sign"),
    path(f"{_LETTER}pdf/", letters.draft_pdf, name="letter-pdf"),
    path(f"{_LETTER}discard/", letters.discard, name="letter-discard"),
    path("admin/letters/", letter_templates.listed, name="letter-templates"),
    path("admin/letters/new/", letter_templates.new, name="letter-template-new"),
    path("admin/letters/<fhir:item>/", letter_templates.edit, name="letter-template"),
    path("patients/<fhir:id>/print/", printing.page, name="print"),
    path("patients/<fhir:id>/print/made/", printing.prints, name="prints"),
    path("patients/<fhir:id>/print/<fhir:item>/", printing.file, name="print-file"),
    path("patients/<fhir:id>/print/<fhir:item>/drop/", printing.drop, name="print-drop"),
]
