"""The results of one patient: by report, over time, one test as a trend, and the review."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from osler.clinic import results as clinic
from osler.clinic.chart.values import Value
from osler.clinic.results.trends import SPANS
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.results.forms import ReviewForm, chosen
from osler.ui.answers import Undo, saved
from osler.ui.charts import Band, Point, Series

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@chart_page("results")
def results(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Reports, those that wait on top; or tests against dates."""
    before = _day(request)
    if request.GET.get("view") == "time":
        abnormal = request.GET.get("only") == "abnormal"
        grid = clinic.over_time(frame.asking, before=before, abnormal=abnormal)
        about = {"grid": grid, "abnormal": abnormal, "before": before}
        return render_chart(request, frame, "staff/results/grid.html", about)
    found = clinic.reports(frame.asking, before=before)
    about = {
        "found": found,
        "before": before,
        "form": ReviewForm(),
        "may_review": frame.writes["Task"] and bool(request.principal.person),
    }
    return render_chart(request, frame, "staff/results/reports.html", about)


@require_POST
@chart_page("results")
def review(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Mark what was ticked as reviewed; back to where it was done, or on to the next."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        found = clinic.reports(frame.asking)
        about = {"found": found, "form": form, "may_review": True}
        return render_chart(request, frame, "staff/results/reports.html", about, status=422)
    marked = chosen(request.POST)
    outcomes = clinic.review(
        frame.record,
        request.principal,
        frame.id,
        marked,
        comment=form.cleaned_data["comment"],
        follow_up=form.wanted(),
    )
    text = ngettext("%(count)s result reviewed", "%(count)s results reviewed", len(marked))
    version = outcomes[0].version
    undo = Undo("Task", version.id, version.version) if len(marked) == 1 and version else None
    on = request.POST.get("next") == "inbox"
    back = reverse("results-inbox") if on else reverse("results", args=[frame.id])
    return saved(request, back, text % {"count": len(marked)}, undo=undo)


@chart_page("results")
def result(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One test over time, beside the page or as one."""
    found = clinic.trend(frame.asking, item, span=request.GET.get("span", "all"))
    points = [
        Point(at, float(number), flag=row.flag, words=_words(row.value))
        for at, number, row in found.points
    ]
    about = {
        "trend": found,
        "item": item,
        "series": [Series.of(found.name, points)] if len(points) > 1 else [],
        "bands": _bands(found),
        "spans": [(code, words, code == found.span) for code, (words, _days) in SPANS.items()],
    }
    return render_form(request, frame, "staff/results/trend.html", about)


def _words(value: Value) -> str:
    """A number as it was reported: "<5" is not 5."""
    return f"{value.comparator}{value.number} {value.unit}".strip()


def _bands(found: clinic.Trend) -> list[Band]:
    """The range of the newest value that has one."""
    newest = next((row for row in found.rows if row.value.unit == found.unit and row.range), None)
    low, high = (newest.range.low, newest.range.high) if newest else (None, None)
    if low is None and high is None:
        return []
    return [Band(None if low is None else float(low), None if high is None else float(high))]


def _day(request: HttpRequest) -> str:
    given = request.GET.get("before", "")
    return given if _DAY.match(given) else ""
