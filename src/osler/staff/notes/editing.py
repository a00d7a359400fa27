"""Writing a note: one page for each, which saves itself as a draft and, when asked, into the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.notes import comparing, kinds, live, missing, shelf, wording, writing
from osler.clinic.notes import note as notes
from osler.clinic.notes.blocks import KINDS
from osler.clinic.notes.kinds import Template
from osler.clinic.notes.note import Note
from osler.clinic.notes.writing import Draft
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.notes import forms, reading
from osler.ui.answers import go, saved

_EDITOR = "staff/notes/editor.html"


@dataclass(frozen=True, slots=True)
class _Page:
    """What the editor shows."""

    draft: Draft
    template: Template
    note: Note | None = None
    error: str = ""
    theirs: Note | None = None


@chart_page("notes")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Choose the kind of a note, then write it; nothing is in the record before it is saved."""
    if not frame.writes["Composition"]:
        raise NotAllowed(_("Your role writes no notes."))
    code = request.POST.get("template") or request.GET.get("template", "")
    if not code:
        return _choose(request, frame, shelf.templates(frame.record, frame.principal))
    template = shelf.template(frame.record, frame.principal, code)
    if template is None:
        raise NotFound(_("There is no template of this name any more. Choose another."))
    if request.method == "POST":
        return _post(request, frame, _Page(forms.posted(request.POST, template), template))
    current = live.now(frame.record, frame.principal, frame.id)
    visit = forms.of_today(forms.visits(frame))
    begun = writing.begun(template, current)
    draft = Draft(template.code, template.title, template.loinc, template.display, begun, (), visit)
    return _editor(request, frame, _Page(draft, template), current=current)


@chart_page("notes")
def note(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """A note: its editor for who wrote it while it is unsigned, its text for everybody else."""
    found = notes.read(frame.record, frame.principal, frame.id, item)
    if found.signed or not found.is_of(request.principal):
        if request.method == "POST":
            notes.require_open(found, request.principal)
        return reading.show(request, frame, found)
    template = template_of(frame, found)
    if request.method == "POST":
        return _post(request, frame, _Page(forms.posted(request.POST, template), template, found))
    return _editor(request, frame, _Page(forms.written(found), template, found))


def template_of(frame: Frame, found: Note) -> Template:
    """The template a note was begun with, as it is now; without it nothing is required."""
    known = shelf.template(frame.record, frame.principal, found.template)
    if known is not None:
        return known
    loinc = next((c.code or "" for c in found.resource.type.coding or ()), "")
    return Template(found.template, found.title, loinc, wording.concept(found.resource.type), ())


@require_POST
@chart_page("notes")
def check(request: ChartAsked, frame: Frame) -> HttpResponse:
    """For the editor: what is missing, what can be inserted now, and the live blocks of the text."""
    asked = request.POST.get("template", "")
    template = shelf.template(frame.record, frame.principal, asked) or kinds.shipped()["free"]
    draft = forms.posted(request.POST, template)
    current = live.now(frame.record, frame.principal, frame.id)
    points = _points(frame, draft, template, current)
    about = [
        {"text": _(one.text), "detail": one.detail, "done": one.done, "blocks": one.blocks,
         "code": one.code, "section": one.section, "url": link(frame, one.page)}
        for one in points
    ]  # fmt: skip
    return JsonResponse(
        {"points": about, "now": forms.as_json(current), "shown": forms.shown(frame, draft)}
    )


def link(frame: Frame, page: str) -> str:
    """The page where a point is mended; none where there is no such page."""
    try:
        return reverse(page, args=[frame.id]) if page else ""
    except NoReverseMatch:
        return ""


def _points(
    frame: Frame, draft: Draft, template: Template, current: live.Now
) -> list[missing.Point]:
    dx = [one for one in draft.diagnoses if one.strip()]
    parts = forms.parts(draft, current)
    zone = timezone.get_current_timezone()
    return missing.points(
        frame.record, frame.principal, frame.id, parts, template, dx, current, zone
    )


def _choose(request: HttpRequest, frame: Frame, templates: dict[str, Template]) -> HttpResponse:
    mine = frame.principal.person
    groups = [
        (_("Yours"), [one for one in templates.values() if one.owner and one.owner == mine]),
        (_("The practice's"), [one for one in templates.values() if one.version and not one.owner]),
        (_("Kinds of notes"), [one for one in templates.values() if not one.version]),
    ]
    about = {"groups": [(name, some) for name, some in groups if some]}
    return render_chart(request, frame, "staff/notes/choose.html", about)


def _post(request: ChartAsked, frame: Frame, page: _Page) -> HttpResponse:
    """Save, or carry a section forward; then where the button says."""
    act = request.POST.get("act", "close")
    if "carry" in request.POST:
        return _carry(request, frame, page)
    seen = _number(request.POST.get("version", "")) if page.note else None
    try:
        found = writing.save(
            frame.record,
            request.principal,
            frame.id,
            page.draft,
            id=page.note.id if page.note else None,
            version=seen,
        )
    except PreconditionFailed:
        theirs = notes.read(
            frame.record, frame.principal, frame.id, page.note.id if page.note else ""
        )
        kept = _Page(page.draft, page.template, page.note, "", theirs)
        return _editor(request, frame, kept, status=409)
    except Invalid as error:
        return _editor(
            request, frame, _Page(page.draft, page.template, page.note, spoken(error)), status=422
        )
    return _done(request, frame, found, act)


def _done(request: ChartAsked, frame: Frame, found: Note, act: str) -> HttpResponse:
    if act == "sign":
        return go(request, reverse("note-sign", args=[frame.id, found.id]))
    if act == "keep":
        return go(request, reverse("note", args=[frame.id, found.id]))
    text = _("Note saved, not signed yet")
    return saved(request, reverse("notes", args=[frame.id]), text)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _carry(request: ChartAsked, frame: Frame, page: _Page) -> HttpResponse:
    last = reading.last(frame, page.template.loinc)
    draft = page.draft
    if last is not None:
        draft = forms.carried(draft, _number(request.POST.get("carry", "")), last)
    return _editor(request, frame, _Page(draft, page.template, page.note))


def _editor(
    request: ChartAsked,
    frame: Frame,
    page: _Page,
    *,
    current: live.Now | None = None,
    status: int = 200,
) -> HttpResponse:
    current = current or live.now(frame.record, frame.principal, frame.id)
    last = reading.last(frame, page.template.loinc, but=page.note)
    visits = forms.visits(frame)
    about: dict[str, Any] = {
        "draft": page.draft,
        "note": page.note,
        "template": page.template,
        "fields": forms.fields(page.draft, page.template, last),
        "last": last,
        "last_mark": forms.mark(last) if last else "",
        "visits": visits,
        "problems": _problems(current, page.draft),
        "points": _links(frame, _points(frame, page.draft, page.template, current)),
        "kinds": [(kind, current.blocks[code]) for code, kind in KINDS.items()],
        "values": current.values,
        "error": page.error,
        "data": _data(frame, page, current),
        "key": f"note:{page.note.id if page.note else 'new:' + page.template.code}",
    }
    if page.theirs is not None:
        mine = forms.parts(page.draft, current)
        about |= {"theirs": page.theirs, "compared": comparing.compared(page.theirs.parts, mine)}
    return render_chart(request, frame, _EDITOR, about, status=status)


def _links(frame: Frame, points: list[missing.Point]) -> list[tuple[missing.Point, str]]:
    return [(one, link(frame, one.page)) for one in points]


def _problems(current: live.Now, draft: Draft) -> list[str]:
    """Active problems by their words, for the list of diagnoses."""
    rows = current.blocks["problems"].rows
    words = ["".join(run.text for run in row[0]) for row in rows]
    return [one for one in words if one not in draft.diagnoses]


def _data(frame: Frame, page: _Page, current: live.Now) -> dict[str, Any]:
    phrases = shelf.phrases(frame.record, frame.principal)
    return {
        "now": forms.as_json(current),
        "shown": forms.shown(frame, page.draft),
        "phrases": [{"name": one.name, "text": _(one.text)} for one in phrases],
    }
