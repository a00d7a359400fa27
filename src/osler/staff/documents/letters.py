"""Letters of a chart: begun with a template, written, looked at, signed; and sent as the PDF that was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.documents import filing
from osler.clinic.letters import filling, letter, stale, templates
from osler.clinic.letters.letter import Entered
from osler.clinic.notes.signing import Desk, signer_name
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.record import Access
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.documents.views import chart_of
from osler.ui.answers import go, saved
from osler.ui.page import one_line

_PAGE, _MOST = 40, 1000
_EDIT = "staff/documents/letter.html"


def _may(frame: Frame) -> None:
    if not (frame.writes["DocumentReference"] and frame.reads["DocumentReference"]):
        raise NotAllowed(_("Your role does not write letters."))


@chart_page("letters")
def page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The letters, those to be signed first to be seen."""
    if not frame.reads["DocumentReference"]:
        raise NotAllowed(_("Your role does not read letters."))
    asked = request.GET.get("n", "")
    count = min(max(int(asked), _PAGE), _MOST) if asked.isdecimal() and len(asked) < 6 else _PAGE
    found, more = letter.listed(chart_of(frame), count)
    about = {
        "drafts": [one for one in found if one.unsigned],
        "letters": [one for one in found if not one.unsigned],
        "more": count * 2 if more else 0,
        "may_write": frame.writes["DocumentReference"],
    }
    return render_chart(request, frame, "staff/documents/letters.html", about)


@chart_page("letters")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Choose a template and results, then write; nothing is in the record before it is saved."""
    _may(frame)
    known = templates.templates(frame.record, frame.principal)
    chart = chart_of(frame)
    if request.method == "POST" and request.POST.get("act") in {"keep", "sign", "preview"}:
        return _post(request, frame)
    code = request.POST.get("template", "")
    if request.method == "POST" and code:
        found = known.get(code)
        if found is None:
            raise NotFound(_("There is no template of this name any more. Choose another."))
        text = filling.filled(chart, frame.patient, found.text, request.POST.getlist("result")[:12])
        at = clock.now().isoformat(timespec="seconds")
        wanted = Entered(_(found.title), request.POST.get("recipient", "")[:1000], text, code, at)
        return _editor(request, frame, wanted)
    about = {"templates": list(known.values()), "reports": filling.reports(chart)}
    return render_chart(request, frame, "staff/documents/letter_new.html", about)


@chart_page("letters")
def edit(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """A letter that is not signed; a signed one is a document."""
    found = filing.read(chart_of(frame), item)
    if request.method == "POST":
        _may(frame)
        return _post(request, frame, item)
    if not found.unsigned or found.mistaken:
        return go(request, reverse("document", args=[frame.id, item]))
    return _editor(request, frame, letter.entered(found), item=item, version=found.version)


def _post(request: ChartAsked, frame: Frame, item: str = "") -> HttpResponse:
    wanted = Entered(
        one_line(request.POST.get("title", "")),
        request.POST.get("recipient", "").replace("\r\n", "\n"),
        request.POST.get("text", "").replace("\r\n", "\n"),
        request.POST.get("template", "")[:64],
        _instant(request.POST.get("filled", "")),
    )
    act = request.POST.get("act", "")
    if act == "preview":
        content = letter.pdf(chart_of(frame), wanted, frame.patient, _zone())
        return _shown(content)
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 9 else None
    try:
        made = letter.keep(chart_of(frame), wanted, item, number)
    except (Conflict, PreconditionFailed):
        theirs = filing.read(chart_of(frame), item)
        error = _(
            "Somebody changed this letter meanwhile. Below is what it says now; saving again keeps yours."
        )
        more = {"theirs": letter.entered(theirs), "error": error, "status": 409}
        return _editor(request, frame, wanted, item=item, version=theirs.version, **more)
    except Invalid as fault:
        more = {"error": str(fault), "status": 422, "version": version}
        return _editor(request, frame, wanted, item=item, **more)
    name = "letter-sign" if act == "sign" else "letter"
    told = _("Letter saved, not signed yet")
    return saved(request, reverse(name, args=[frame.id, made.id]), told)


def _instant(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return found.isoformat(timespec="seconds") if found.tzinfo else ""


def _stale(frame: Frame, wanted: Entered) -> list[str]:
    """What of the record was written to after the letter was filled from it."""
    known = templates.templates(frame.record, frame.principal).get(wanted.template)
    if known is None or not wanted.filled:
        return []
    return [_(one) for one in stale.changed(chart_of(frame), known.text, wanted.filled)]


def _zone() -> Any:
    return timezone.get_current_timezone()


def _editor(request: ChartAsked, frame: Frame, wanted: Entered, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    item = more.get("item", "")
    about = {
        "letter": wanted,
        "action": reverse("letter", args=[frame.id, item])
        if item
        else reverse("letter-new", args=[frame.id]),
        "draft": f"letter:{item or 'new'}",
        "holes": wanted.text.count(letter.HOLE),
    }
    return render_chart(request, frame, _EDIT, about | more, status=status)


def _shown(content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="letter.pdf"'
    return answer


@chart_page("letters")
def sign(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """The letter as it will stand, and the signature."""
    _may(frame)
    chart = chart_of(frame)
    found = filing.read(chart, item)
    if not found.unsigned or found.mistaken:
        return go(request, reverse("document", args=[frame.id, item]))
    error = ""
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            number = int(version) if version.isdecimal() and len(version) < 9 else 0
            letter.sign(chart, item, number, frame.patient, _zone())
        except (Invalid, Conflict, PreconditionFailed) as fault:
            error = str(fault)
        else:
            return saved(
                request, reverse("document", args=[frame.id, item]), _("Letter signed and filed")
            )
    wanted = letter.entered(found)
    about = {
        "document": found,
        "letter": wanted,
        "parts": letter.read(wanted.text),
        "blocked": letter.HOLE in wanted.text,
        "signer": signer_name(Desk(frame.record, frame.principal, frame.id)),
        "error": error,
        "stale": _stale(frame, wanted),
    }
    status = 422 if error else 200
    return render_chart(request, frame, "staff/documents/letter_sign.html", about, status=status)


@chart_page("letters")
def draft_pdf(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """A letter that is not signed, on paper and marked so."""
    found = filing.read(chart_of(frame), item)
    if not found.unsigned:
        return go(request, reverse("document-file", args=[frame.id, item]))
    access = Access("print", "DocumentReference", item, found.version, patients=(frame.id,))
    frame.record.note(request.principal, access)
    return _shown(letter.pdf(chart_of(frame), letter.entered(found), frame.patient, _zone()))


@require_POST
@chart_page("letters")
def discard(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Throw a letter away that is not signed."""
    version = request.POST.get("version", "")
    letter.discard(
        chart_of(frame), item, int(version) if version.isdecimal() and len(version) < 9 else 0
    )
    return saved(request, reverse("letters", args=[frame.id]), _("Draft discarded"))
