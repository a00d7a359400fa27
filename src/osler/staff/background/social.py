"""Social history: each questionnaire with what was answered last, its form, its score while one answers."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Item
from osler.clinic.questionnaires import keeping
from osler.clinic.questionnaires.form import DECLINED, Answered, Form, answered
from osler.clinic.questionnaires.forms import FORMS
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.lists.pages import chart_of, version_of
from osler.ui.answers import saved
from osler.ui.charts import Point, Series, trend
from osler.ui.page import one_line

_MOST = 300
_TYPE = "QuestionnaireResponse"
_DRAWN = 2


@chart_page("social")
def social(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The questionnaires by what they are about, with the last answers and how scores went."""
    sex = str(frame.patient.gender or "")
    chart = chart_of(frame)
    found = keeping.read_filled(chart, _MOST, sex) if frame.reads[_TYPE] else []
    known = keeping.read_known(chart, _MOST) if frame.reads["Observation"] else {}
    by_form: dict[str, list[keeping.Filled]] = defaultdict(list)
    for one in found:
        by_form[one.form.name].append(one)
    groups: dict[str, list[dict[str, object]]] = defaultdict(list)
    for form in FORMS.values():
        mine = by_form[form.name]
        groups[form.group].append(
            {
                "form": form,
                "last": mine[0] if mine else None,
                "before": mine[1:20],
                "known": known.get(form.name) if not mine else None,
                "trend": _trend(form, mine),
            }
        )
    alarms = [mine[0] for mine in by_form.values() if mine and mine[0].result.alarm]
    about = {
        "groups": list(groups.items()),
        "alarms": alarms,
        "may": _may(frame),
        "readable": frame.reads[_TYPE],
    }
    return render_chart(request, frame, "staff/background/social.html", about)


def _may(frame: Frame) -> bool:
    return frame.writes[_TYPE] and frame.writes["Observation"]


def _trend(form: Form, mine: list[keeping.Filled]) -> str:
    points = [
        Point(
            datetime.fromisoformat(one.date), float(one.result.score), words=str(one.result.score)
        )
        for one in mine
        if one.result.score is not None and len(one.date) > 10
    ]
    if len(points) < _DRAWN or form.score is None:
        return ""
    name = _(form.score.text)
    return trend([Series.of(name, points)], title=name)


def _form(name: str) -> Form:
    if name not in FORMS:
        raise Http404
    return FORMS[name]


def _answers(request: ChartAsked, form: Form) -> dict[str, str]:
    found = {one.code: one_line(request.POST.get(one.code, "")) for one in form.questions}
    if request.POST.get("declined") == "on":
        return dict.fromkeys(found, DECLINED)
    return found


@chart_page("social")
def ask(request: ChartAsked, frame: Frame, name: str) -> HttpResponse:
    """A questionnaire: asked, then kept with its score."""
    form = _form(name)
    if not _may(frame):
        raise NotAllowed("Your role may read this list, not write it.")
    answers: dict[str, str] = {}
    error, result, status = "", None, 200
    if request.method == "POST":
        answers, status = _answers(request, form), 422
        try:
            result = answered(form, answers, sex=str(frame.patient.gender or ""))
        except Invalid as wrong:
            error = spoken(wrong)
        else:
            if not result.open or request.POST.get("partly") == "on":
                return _kept(request, frame, form, result)
    about = {
        "form": form,
        "questions": _questions(form, answers, result),
        "result": result,
        "error": error,
        "open": bool(result and result.open),
        "action": reverse("questionnaire-new", args=[frame.id, name]),
        "score_url": reverse("questionnaire-score", args=[frame.id, name]),
        "back": reverse("social", args=[frame.id]),
        "declined": DECLINED,
    }
    return render_form(request, frame, "staff/background/ask.html", about, status=status)


def _questions(
    form: Form, answers: dict[str, str], result: Answered | None
) -> list[dict[str, object]]:
    missing = result.open if result else ()
    return [
        {"q": one, "value": answers.get(one.code, ""), "missing": one in missing}
        for one in form.questions
    ]


def _kept(request: ChartAsked, frame: Frame, form: Form, result: Answered) -> HttpResponse:
    if not any(result.given.values()):
        raise Invalid("Nothing was answered. Answer a question, or mark it as declined.")
    version = keeping.keep(chart_of(frame), form, result)
    there = reverse("social", args=[frame.id])
    if result.alarm:
        there = reverse("questionnaire", args=[frame.id, version.id])
    said = _(form.title)
    if result.score is not None and result.band:
        said = f"{said}: {result.score}, {_(result.band.text)}"
    return saved(request, there, said)


@require_POST
@chart_page("social")
def score(request: ChartAsked, frame: Frame, name: str) -> HttpResponse:
    """The score of what is answered so far."""
    form = _form(name)
    about: dict[str, object] = {"form": form}
    try:
        found = answered(form, _answers(request, form), sex=str(frame.patient.gender or ""))
        about["result"] = found
        about["skipped"] = [one for one in form.questions if one not in found.asked]
    except Invalid as wrong:
        about["error"] = spoken(wrong)
    return render(request, "staff/background/score.html", about)


@chart_page("social")
def one(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """What was answered."""
    found, shown = _read(frame, item)
    about = {
        "one": shown,
        "item": found,
        "type": _TYPE,
        "may": _may(frame),
        "wrong_url": reverse("questionnaire-wrong", args=[frame.id, item]),
    }
    return render_form(request, frame, "staff/background/answers.html", about)


@require_POST
@chart_page("social")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error: the answers and the score with them."""
    found, _shown = _read(frame, item)
    reason = one_line(request.POST.get("reason", ""))
    keeping.spoiled(chart_of(frame), found, reason, version_of(request))
    return saved(request, reverse("social", args=[frame.id]), _("Marked as entered in error"))


def _read(frame: Frame, item: str) -> tuple[Item[r4.QuestionnaireResponse], keeping.Filled]:
    found = chart_of(frame).read(r4.QuestionnaireResponse, item)
    shown = keeping.filled(found, str(frame.patient.gender or ""))
    if shown is None or found.resource.status == "entered-in-error":
        raise NotFound("This was entered in error, or is no questionnaire of this page.")
    return found, shown
