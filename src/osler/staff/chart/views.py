"""The summary of a chart: what matters now, on one page."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from osler.clinic.chart.opening import Opening, open_chart
from osler.clinic.chart.signs import Pressure
from osler.clinic.chart.values import instant_of
from osler.clinic.vitals import person
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, units_of
from osler.ui.charts import Band, Point, Series

_SHOWN = 8
_READINGS = 12
_GOAL = (Band(90, 130), Band(60, 80))


@chart_page("chart")
def summary(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The first page of a chart."""
    me, who = request.principal.person, person(frame.patient)
    opening = open_chart(frame.asking, frame.banner, me, units_of(request), who)
    about = {
        "opening": opening,
        "pressures": pressures(opening.signs.pressures),
        "goal": _GOAL,
        "shown": _SHOWN,
        "attention": _attention(opening),
    }
    return render_chart(request, frame, "staff/chart/summary.html", about)


def _attention(opening: Opening) -> int:
    """How many things wait."""
    waiting = bool(opening.results.new and not opening.results.critical)
    return (
        len(opening.results.critical) + waiting + len(opening.drafts) + len(opening.todos[:_SHOWN])
    )


def pressures(found: tuple[Pressure, ...]) -> list[Series]:
    """Blood pressures as the two lines of a chart; nothing where one reading makes no line."""
    dated = [(at, one) for one in found[:_READINGS] if (at := instant_of(one.at)) is not None]
    if len(dated) < 2:
        return []
    upper = [Point(at, float(p.systolic), p.flag) for at, p in dated]
    lower = [Point(at, float(p.diastolic)) for at, p in dated]
    return [Series.of(_("Systolic"), upper), Series.of(_("Diastolic"), lower, dashed=True)]
