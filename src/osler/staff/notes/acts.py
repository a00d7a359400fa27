"""Signing a note, and what may be done with a signed one."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.notes import live, missing, signing, wording, writing
from osler.clinic.notes import note as notes
from osler.clinic.notes.asking import search
from osler.clinic.notes.note import Note
from osler.clinic.notes.signing import Desk
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, PreconditionFailed
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.notes import editing, reading
from osler.ui.answers import saved


def _desk(frame: Frame) -> Desk:
    return Desk(frame.record, frame.principal, frame.id, timezone.get_current_timezone())


def _version(request: ChartAsked) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _note_url(frame: Frame, item: str) -> str:
    return reverse("note", args=[frame.id, item])


@chart_page("notes")
def sign(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """The whole note as it will stand, what it lacks, and the signature."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    notes.require_open(found, request.principal)
    points = _points(frame, found)
    if request.method != "POST":
        return _review(request, frame, found, points)
    if missing.blockers(points):
        return _review(request, frame, found, points, _("Something that must be there is missing."))
    try:
        template = editing.template_of(frame, found)
        cosigner = request.POST.get("cosigner", "")
        signing.sign(_desk(frame), item, _version(request), cosigner=cosigner, template=template)
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _review(request, frame, found, points, spoken(error))
    return saved(request, _note_url(frame, item), _("Note signed and locked"))


def _points(frame: Frame, found: Note) -> list[missing.Point]:
    return missing.points(
        frame.record,
        frame.principal,
        frame.id,
        found.parts,
        editing.template_of(frame, found),
        [words for _ref, words in found.diagnoses],
        live.now(frame.record, frame.principal, frame.id),
        timezone.get_current_timezone(),
    )


def _review(
    request: ChartAsked, frame: Frame, found: Note, points: list[missing.Point], error: str = ""
) -> HttpResponse:
    needs = signing.needs_cosign(found, request.principal, editing.template_of(frame, found))
    about = {
        "note": found,
        "points": [(one, editing.link(frame, one.page)) for one in points],
        "blocked": bool(missing.blockers(points)),
        "open": [one for one in points if not one.done and not one.blocks],
        "needs_cosign": needs,
        "colleagues": _colleagues(frame),
        "error": error,
        "signer": signing.signer_name(_desk(frame)),
    }
    return render_chart(
        request, frame, "staff/notes/sign.html", about, status=422 if error else 200
    )


def _colleagues(frame: Frame) -> list[tuple[str, str]]:
    """Whom a second signature can be asked of: (reference, name)."""
    pairs = (("active", "true"), ("_count", "100"))
    found = search(frame.record, frame.principal, r4.PractitionerRole, *pairs)
    named = {
        one.practitioner.reference or "": one.practitioner.display or ""
        for _ref, one in found
        if one.practitioner and any(wording.has(code, "doctor") for code in one.code or ())
    }
    named.pop(frame.principal.person or "", None)
    return sorted(((ref, name) for ref, name in named.items() if name), key=lambda pair: pair[1])


@require_POST
@chart_page("notes")
def cosign(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """A second signature."""
    signing.cosign(_desk(frame), item, _version(request))
    return saved(request, _note_url(frame, item), _("Note co-signed"))


@chart_page("notes")
def addendum(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Add to a signed note; signed at once."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    if request.method != "POST":
        return reading.show(request, frame, found, adding=True)
    text = request.POST.get("text", "")
    try:
        signing.addendum(_desk(frame), item, text)
    except Invalid as error:
        about = {"adding": True, "error": spoken(error), "text": text, "status": 422}
        return reading.show(request, frame, found, **about)
    return saved(request, _note_url(frame, item), _("Addendum signed"))


@chart_page("notes")
def correct(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Begin a correction, with its reason."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    if request.method != "POST":
        return reading.show(request, frame, found, correcting=True)
    try:
        made = signing.correct(_desk(frame), item, request.POST.get("reason", ""))
    except Invalid as error:
        return reading.show(request, frame, found, correcting=True, error=spoken(error), status=422)
    return saved(request, _note_url(frame, made.id), _("Correct the note, then sign it again"))


@chart_page("notes")
def error(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Mark a signed note as not belonging here, with the reason."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    if request.method != "POST":
        return reading.show(request, frame, found, marking=True)
    try:
        signing.entered_in_error(
            _desk(frame), item, _version(request), request.POST.get("reason", "")
        )
    except Invalid as fault:
        return reading.show(request, frame, found, marking=True, error=str(fault), status=422)
    return saved(request, _note_url(frame, item), _("Note marked as entered in error"))


@require_POST
@chart_page("notes")
def discard(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Throw an unsigned note away."""
    writing.discard(frame.record, request.principal, frame.id, item, _version(request))
    return saved(request, reverse("notes", args=[frame.id]), _("Draft discarded"))
