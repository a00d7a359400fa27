"""Search inside a chart; posted, for what is looked for has no place in addresses."""

from __future__ import annotations

from django.http import HttpResponse

from osler.clinic.chart.finding import find
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.page import one_line

_LONGEST = 100


@chart_page("find")
def search(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The words somebody looks for, and where the chart has them."""
    words = one_line(request.POST.get("q", ""))[:_LONGEST]
    groups = find(frame.asking, words) if words else []
    about = {"q": words, "groups": groups, "total": sum(len(one.hits) for one in groups)}
    return render_chart(request, frame, "staff/chart/find.html", about)
