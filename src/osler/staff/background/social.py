"""Social history: each questionnaire with what was answered last, how scores went, and one response."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.questionnaires import keeping
from osler.clinic.questionnaires.form import Form
from osler.clinic.questionnaires.forms import FORMS
from osler.staff.background.asking import may_ask, read_filled
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.lists.pages import chart_of, done, most, older, version_of
from osler.ui.charts import Point, Series, trend
from osler.ui.formats import as_date
from osler.ui.page import one_line

_TYPE = "QuestionnaireResponse"
_DRAWN = 2
_INLINE = 8


@chart_page("social")
def social(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The questionnaires by what they are about, with the last answers and how scores went."""
    sex = str(frame.patient.gender or "")
    chart, count = chart_of(frame), most(request)
    found, more = keeping.read_filled(chart, count, sex) if frame.reads[_TYPE] else ([], False)
    known = keeping.read_known(chart, count) if frame.reads["Observation"] else {}
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
                "before": mine[1 : _INLINE + 1],
                "earlier": mine[_INLINE + 1 :],
                "known": _newer(known.get(form.name), mine),
                "trend": _trend(form, mine),
            }
        )
    about = {
        "groups": list(groups.items()),
        "alarms": list(filter(None, map(keeping.alarmed, by_form.values()))),
        "may": may_ask(frame),
        "readable": frame.reads[_TYPE],
        "more": older(request, more),
    }
    return render_chart(request, frame, "staff/background/social.html", about)


def _newer(known: keeping.Known | None, mine: list[keeping.Filled]) -> keeping.Known | None:
    """What is known without a response, or by somebody else's observation since the last one."""
    if known is None or not mine or not mine[0].date:
        return known
    return known if known.date and as_date(known.date) > as_date(mine[0].date) else None


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


@chart_page("social")
def one(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """What was answered."""
    found, shown = read_filled(frame, item)
    about = {
        "one": shown,
        "item": found,
        "type": _TYPE,
        "may": may_ask(frame),
        "wrong_url": reverse("questionnaire-wrong", args=[frame.id, item]),
    }
    return render_form(request, frame, "staff/background/answers.html", about)


@require_POST
@chart_page("social")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error: the answers and the score with them."""
    found, _shown = read_filled(frame, item)
    reason = one_line(request.POST.get("reason", ""))
    version = keeping.spoiled(chart_of(frame), found, reason, version_of(request))
    return done(request, frame, version, "social", _("Marked as entered in error"))
