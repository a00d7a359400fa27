"""The addresses of: notes: write, sign, add to, compare."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.notes import acts, editing, reading, shelves

_NOTES = "patients/<fhir:id>/notes/"
_NOTE = "patients/<fhir:id>/notes/<fhir:item>/"

urlpatterns: list[URLPattern] = [
    path(_NOTES, reading.notes_page, name="notes"),
    path(f"{_NOTES}new/", editing.new, name="note-new"),
    path(f"{_NOTES}check/", editing.check, name="note-check"),
    path(_NOTE, editing.note, name="note"),
    path(f"{_NOTE}sign/", acts.sign, name="note-sign"),
    path(f"{_NOTE}cosign/", acts.cosign, name="note-cosign"),
    path(f"{_NOTE}addendum/", acts.addendum, name="note-addendum"),
    path(f"{_NOTE}correct/", acts.correct, name="note-correct"),
    path(f"{_NOTE}error/", acts.error, name="note-error"),
    path(f"{_NOTE}discard/", acts.discard, name="note-discard"),
    path(f"{_NOTE}compare/", reading.compare, name="note-compare"),
    path(f"{_NOTE}pdf/", reading.pdf, name="note-pdf"),
    path("notes/mine/", reading.mine, name="notes-mine"),
    path("notes/texts/", shelves.texts, name="note-texts"),
    path("notes/texts/new/<slug:kind>/", shelves.new, name="note-text-new"),
    path("notes/texts/<fhir:item>/", shelves.edit, name="note-text"),
]
