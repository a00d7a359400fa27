"""The summary of a chart: what matters now, on one page."""

from __future__ import annotations

from django.http import HttpResponse

from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart


@chart_page("chart")
def summary(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The first page of a chart."""
    return render_chart(request, frame, "staff/chart/summary.html")
