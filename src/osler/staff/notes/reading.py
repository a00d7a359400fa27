"""Reading notes: the list of a chart, one note, its versions side by side, its PDF, and what one has to sign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from osler.clinic import printing
from osler.clinic.notes import comparing, paper, signing
from osler.clinic.notes import note as notes
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import shipped
from osler.clinic.notes.note import Note
from osler.fhir import r4
from osler.record import Access
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.page import Asked, one_line, page, record
from osler.ui.people import patient_labels

_PAGE = 30
_CODE = re.compile(r"\d{1,7}-\d")
_PERSON = re.compile(r"Practitioner/[A-Za-z0-9.-]{1,64}")
_CLINICIANS = frozenset({"physician", "physician-own-patients", "local"})


@chart_page("notes")
def notes_page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """A patient's notes: unsigned ones first, then newest first; what is looked for is posted."""
    asked = request.POST if request.method == "POST" else request.GET
    type, author = asked.get("type", ""), asked.get("author", "")
    words = one_line(request.POST.get("words", ""))[:100]
    start = asked.get("from", "0")
    offset = int(start) if start.isdecimal() and len(start) < 9 else 0
    found = notes.listed(
        frame.record,
        frame.principal,
        frame.id,
        type=type if _CODE.fullmatch(type) else "",
        author=author if _PERSON.fullmatch(author) else "",
        words=words,
        offset=min(offset, 10_000),
        count=_PAGE,
    )
    everything = [*found.unsigned, *found.notes]
    authors = {one.author: one.author_name for one in everything if one.author}
    types = {one.loinc: one.display for one in shipped().values()}
    about = {
        "found": found,
        "authors": sorted(authors.items(), key=lambda pair: pair[1]),
        "types": sorted(types.items(), key=lambda pair: pair[1]),
        "type": type,
        "author": author,
        "words": words,
        "next": offset + _PAGE,
        "may_write": frame.writes["Composition"],
    }
    return render_chart(request, frame, "staff/notes/list.html", about)


@page(kinds=("staff",))
def mine(request: Asked) -> HttpResponse:
    """What the reader wrote and has not signed, of all patients, oldest first."""
    found = notes.unsigned(record(), request.principal)
    labels = patient_labels(record(), request.principal, {one.patient for one in found})
    rows = [(one, labels.get(one.patient, _("Patient"))) for one in found]
    return render(request, "staff/notes/mine.html", {"rows": rows})


def last(frame: Frame, loinc: str, *, but: Note | None = None) -> Note | None:
    """The newest signed note of a kind, to carry text forward from."""
    pairs = (
        ("patient", frame.id),
        ("type", f"http://loinc.org|{loinc}"),
        ("status", "final,amended"),
        ("_sort", "-date"),
        ("_count", "2"),
    )
    for ref, one in search(frame.record, frame.principal, r4.Composition, *pairs):
        kind, id, _history, version = ref.split("/")
        if but is None or f"{kind}/{id}" not in (but.ref, but.replaces):
            return Note(id, int(version), one)
    return None


def show(request: ChartAsked, frame: Frame, found: Note, **more: Any) -> HttpResponse:
    """A note as it is read, with what came after it."""
    addenda, corrected_by = notes.around(frame.record, frame.principal, found)
    asked = signing.cosign_tasks(frame.record, frame.principal, frame.id, found)
    signed = {one.party for one in found.signatures}
    me = request.principal
    holds = found.status in ("final", "amended")
    wanted = holds and bool(asked) and not found.is_of(me) and me.person not in signed
    about = {
        "note": found,
        "addenda": addenda,
        "corrected_by": corrected_by,
        "asked": asked,
        "holds": holds,
        "is_mine": found.is_of(me),
        "may_cosign": wanted and bool(me.roles & _CLINICIANS),
        "may_write": frame.writes["Composition"],
    }
    status = more.pop("status", 200)
    return render_chart(request, frame, "staff/notes/read.html", about | more, status=status)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A version of a note for the list of versions."""

    number: int
    at: str
    status: str


@chart_page("notes")
def compare(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Two versions of a note, or a note and the one it corrects, side by side, word by word."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    with_ = found.replaces.partition("/")[2] if request.GET.get("with") == "replaced" else ""
    numbers = [_version(request.GET.get(name, ""), found.version) for name in ("old", "new")]
    old_number, new_number = min(numbers), max(numbers)
    if with_:
        old, new = notes.read(frame.record, frame.principal, frame.id, with_), found
    else:
        if old_number == new_number and new_number > 1:
            old_number -= 1
        old, new = (
            notes.read_version(frame.record, frame.principal, frame.id, item, number)
            for number in (old_number, new_number)
        )
    about = {
        "note": found,
        "old": old,
        "new": new,
        "compared": comparing.compared(old.filled, new.filled),
        "versions": range(1, found.version + 1)[-50:],
    }
    return render_chart(request, frame, "staff/notes/compare.html", about)


def _version(text: str, most: int) -> int:
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 9 else most


@chart_page("notes")
def pdf(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """The note on paper, with its addenda; who printed it is in the audit."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    addenda, corrected_by = notes.around(frame.record, frame.principal, found)
    head = printing.letterhead(frame.record, frame.principal)
    document = paper.document(
        found,
        head,
        printing.patient_head(frame.patient),
        zone=timezone.get_current_timezone(),
        addenda=tuple(one for one in addenda if one.signed),
        corrected_by=corrected_by,
    )
    frame.record.note(
        request.principal, Access("print", "Composition", item, found.version, patients=(frame.id,))
    )
    answer = HttpResponse(printing.pdf(document), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="note-{item}.pdf"'
    return answer
