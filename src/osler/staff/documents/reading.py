"""Opening one document: its page with the viewer, and the file itself from our own address."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.documents import document as documents
from osler.clinic.documents import filing
from osler.clinic.documents.document import SHOWN, Document
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import pdf, sniffing, uploads
from osler.kit.errors import Gone, NotFound
from osler.record import Access
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.documents.forms import staff
from osler.staff.documents.views import chart_of

_CLOSED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_ENDINGS = {
    sniffing.PDF: "pdf",
    sniffing.PNG: "png",
    sniffing.JPEG: "jpg",
    sniffing.GIF: "gif",
    sniffing.WEBP: "webp",
    sniffing.TIFF: "tif",
    sniffing.TEXT: "txt",
    sniffing.CSV: "csv",
    sniffing.XML: "xml",
    sniffing.DICOM: "dcm",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]+")
_TEXT = 400_000


@chart_page("documents")
def document(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One document: shown, described, with its notes and reviews."""
    return show(request, frame, filing.read(chart_of(frame), item))


def show(
    request: ChartAsked, frame: Frame, found: Document, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a document; `more` is what was typed into one of its forms and is wrong."""
    waiting = documents.waiting(frame.asking).get(found.id)
    may = frame.writes["DocumentReference"] and not found.mistaken
    plain = ""
    if found.plain:
        plain = content_of(frame, found)[:_TEXT].decode("utf-8", "replace")
    about = {
        "document": found,
        "waiting": waiting,
        "reviews": documents.reviews(frame.asking, found.id),
        "successor": _successor(frame, found),
        "plain": plain,
        "pages": found.text.split("\f") if found.text and not found.plain else [],
        "may_write": may and not found.note,
        "may_pin": may,
        "may_review": frame.writes["Task"]
        and (frame.principal.person or "").startswith("Practitioner/")
        and not found.mistaken,
        "colleagues": [] if waiting else staff(frame),
        "me": frame.principal.person,
        "kind": "pdf" if found.media_type in {sniffing.PDF, sniffing.TIFF} else "image",
    }
    return render_chart(
        request, frame, "staff/documents/document.html", about | more, status=status
    )


def _successor(frame: Frame, found: Document) -> str:
    if not found.superseded:
        return ""
    pairs = (("relatesto", f"DocumentReference/{found.id}"), ("_sort", "-date"))
    return next((one.id or "" for one in frame.asking.some(r4.DocumentReference, 1, *pairs)), "")


def content_of(frame: Frame, found: Document) -> bytes:
    """The bytes of a document's file. Raises NotFound, Gone where its key was destroyed."""
    attachment = found.attachment
    data = attachment.data if attachment else None
    if not data and found.binary:
        version = frame.reader.read("Binary", found.binary)
        if version.patient not in {None, frame.id}:  # Whoever wrote the document may have erred.
            raise NotFound(
                _("The file of this document is of another patient. It is not shown here.")
            )
        binary = decode(version.content)
        assert isinstance(binary, r4.Binary), "a Binary is asked for"
        data = binary.data
        if data is None:
            raise Gone(_("This file was erased, or is damaged. Its description stays."))
    if not data:
        raise NotFound(_("There is no file here: this document says where it is, elsewhere."))
    return b64decode(data)


@chart_page("documents")
def file(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """The file: shown only where nothing in it can act, else to be saved. Reading it is in the audit."""
    found = filing.read(chart_of(frame), item)
    content = content_of(frame, found)
    type = found.media_type
    wanted = request.GET.get("save") is not None
    if type == sniffing.TIFF and not wanted:
        content, type = uploads.as_pdf(content), sniffing.PDF
    harmless = type in SHOWN and sniffing.sniff(content) == type
    if type == sniffing.PDF and harmless:
        harmless = not pdf.active(content)
    if type == sniffing.TEXT:
        harmless = True
    if wanted:
        access = Access(
            "export",
            "DocumentReference",
            item,
            found.version,
            patients=(frame.id,),
            detail="file saved",
        )
        frame.record.note(request.principal, access)
    answer = HttpResponse(content, content_type=type if harmless else "application/octet-stream")
    if type == sniffing.TEXT:
        answer["Content-Type"] = "text/plain; charset=utf-8"
    how = "inline" if harmless and not wanted else "attachment"
    answer["Content-Disposition"] = f'{how}; filename="{_name(found, type)}"'
    answer["Content-Security-Policy"] = _CLOSED
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def _name(found: Document, type: str) -> str:
    """No name of a patient in it: the title may have one, so it is the kind and the id."""
    kind = _UNSAFE.sub("-", found.category.code)
    return f"{kind}-{found.id[:20]}.{_ENDINGS.get(type, 'bin')}"


@require_POST
@chart_page("documents")
def printed(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """What the viewer says before it prints, so that it is in the audit."""
    found = filing.read(chart_of(frame), item)
    access = Access("print", "DocumentReference", item, found.version, patients=(frame.id,))
    frame.record.note(request.principal, access)
    return HttpResponse(status=204)


def address(frame: Frame, item: str) -> str:
    """The page of a document."""
    return reverse("document", args=[frame.id, item])
