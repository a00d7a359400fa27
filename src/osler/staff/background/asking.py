"""A questionnaire as it is filled in, for the first time or to correct what was answered; its score meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Item
from osler.clinic.questionnaires import keeping
from osler.clinic.questionnaires.amending import amend
from osler.clinic.questionnaires.form import DECLINED, Answered, Form, answered
from osler.clinic.questionnaires.forms import FORMS
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_form
from osler.staff.lists.pages import chart_of, version_of
from osler.ui import merging
from osler.ui.answers import Undo, saved
from osler.ui.page import one_line

_TYPE = "QuestionnaireResponse"
_BOXES = ("declined", "partly")


def may_ask(frame: Frame) -> bool:
    """Whether the reader may record answers and what comes of them."""
    return frame.writes[_TYPE] and frame.writes["Observation"]


def read_filled(frame: Frame, item: str) -> tuple[Item[r4.QuestionnaireResponse], keeping.Filled]:
    """A response. Raises NotFound for one that was entered in error, or is none of this page."""
    found = chart_of(frame).read(r4.QuestionnaireResponse, item)
    shown = keeping.filled(found, str(frame.patient.gender or ""))
    if shown is None or found.resource.status == "entered-in-error":
        raise NotFound("This was entered in error, or is no questionnaire of this page.")
    return found, shown


@dataclass(slots=True)
class Sheet:
    """What is answered so far, what it comes to, and what is wrong with it."""

    form: Form
    answers: Mapping[str, str] = field(default_factory=dict)
    result: Answered | None = None
    error: str = ""
    ticked: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it can be kept: all is answered, or the rest is left open on purpose."""
        if self.error or self.result is None:
            return False
        return not self.result.open or "partly" in self.ticked

    @property
    def questions(self) -> list[dict[str, object]]:
        """The questions with what is answered."""
        missing = self.result.open if self.result else ()
        return [
            {"q": one, "value": self.answers.get(one.code, ""), "missing": one in missing}
            for one in self.form.questions
        ]


def _posted(request: ChartAsked, frame: Frame, form: Form) -> Sheet:
    """What was sent; what is left open counts as declined where that is ticked."""
    ticked = tuple(name for name in _BOXES if request.POST.get(name) == "on")
    given = {one.code: one_line(request.POST.get(one.code, "")) for one in form.questions}
    if "declined" in ticked:
        given = {code: text or DECLINED for code, text in given.items()}
    sheet = Sheet(form, given, ticked=ticked)
    try:
        sheet.result = answered(form, given, sex=str(frame.patient.gender or ""))
    except Invalid as wrong:
        sheet.error = spoken(wrong)
    else:
        if "partly" in ticked and not sheet.result.given:
            sheet.error = _("Nothing was answered. Answer a question, or mark it as declined.")
    return sheet


def _form(name: str) -> Form:
    if name not in FORMS:
        raise Http404
    return FORMS[name]


@chart_page("social")
def ask(request: ChartAsked, frame: Frame, name: str) -> HttpResponse:
    """A questionnaire: asked, then kept with its score."""
    form = _form(name)
    if not may_ask(frame):
        raise NotAllowed("Your role may read this list, not write it.")
    sheet = _posted(request, frame, form) if request.method == "POST" else Sheet(form)
    if sheet.done and sheet.result is not None:
        version = keeping.keep(chart_of(frame), form, sheet.result)
        return _kept(request, frame, form, sheet.result, version)
    about = {
        "action": reverse("questionnaire-new", args=[frame.id, name]),
        "draft": f"questionnaire:{name}",
    }
    return _drawn(request, frame, sheet, about)


@chart_page("social")
def change(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Answers that were kept wrong, or not to the end: corrected, with the scores that came of them."""
    found, shown = read_filled(frame, item)
    if not may_ask(frame):
        raise NotAllowed("Your role may read this list, not write it.")
    form, sheet = shown.form, Sheet(shown.form, shown.answers)
    if request.method == "POST":
        sheet = _posted(request, frame, form)
    if sheet.done and sheet.result is not None:
        version = version_of(request)
        if version == found.version and dict(sheet.result.given) == dict(shown.result.given):
            there = reverse("questionnaire", args=[frame.id, item])
            return saved(request, there, _("Nothing was changed"))
        try:
            made = amend(chart_of(frame), found, form, sheet.result, version)
        except (PreconditionFailed, Conflict):
            return _stale(request, form, item)
        return _kept(request, frame, form, sheet.result, made)
    about: dict[str, object] = {
        "action": reverse("questionnaire-change", args=[frame.id, item]),
        "draft": f"questionnaire:{item}",
        "item": found,
        "day": shown.date,
    }
    if request.method != "POST":
        about["result"] = shown.result
    return _drawn(request, frame, sheet, about)


def _stale(request: ChartAsked, form: Form, item: str) -> HttpResponse:
    """Somebody else has corrected it since: what both changed is asked."""

    def fields_of(one: r4.QuestionnaireResponse) -> dict[str, str]:
        filled = keeping.filled(Item(one, 0), "")
        return dict(filled.answers) if filled else {}

    labels = {one.code: _(one.text) for one in form.questions}
    words = {
        one.code: {DECLINED: _("Asked, declined")} | {c.code: _(c.text) for c in one.choices}
        for one in form.questions
    }
    return merging.stale(request, (_TYPE, item), fields_of, labels, words)


def _drawn(
    request: ChartAsked, frame: Frame, sheet: Sheet, about: Mapping[str, object]
) -> HttpResponse:
    posted = request.method == "POST"
    given = {
        "form": sheet.form,
        "questions": sheet.questions,
        "result": sheet.result,
        "error": sheet.error,
        "open": bool(sheet.result and sheet.result.open),
        "ticked": sheet.ticked,
        "score_url": reverse("questionnaire-score", args=[frame.id, sheet.form.name]),
        "back": reverse("social", args=[frame.id]),
        "declined": DECLINED,
        **about,
    }
    status = 422 if posted else 200
    return render_form(request, frame, "staff/background/ask.html", given, status=status)


def _kept(
    request: ChartAsked, frame: Frame, form: Form, result: Answered, version: Version
) -> HttpResponse:
    there = reverse("social", args=[frame.id])
    if result.alarm:
        there = reverse("questionnaire", args=[frame.id, version.id])
    told = _(form.title)
    if result.score is not None and result.band:
        told = f"{told}: {result.score}, {_(result.band.text)}"
    undo = Undo(version.type, version.id, version.version)
    return saved(request, there, told, undo=undo)


@require_POST
@chart_page("social")
def score(request: ChartAsked, frame: Frame, name: str) -> HttpResponse:
    """The score of what is answered so far."""
    sheet = _posted(request, frame, _form(name))
    about = {"form": sheet.form, "result": sheet.result, "error": sheet.error}
    return render(request, "staff/background/score.html", about)
