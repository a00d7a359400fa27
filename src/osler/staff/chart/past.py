"""The past of a chart: the history of one item, undo, and the chart as it was on a date."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.chart.before import chart_at
from osler.clinic.chart.undoing import undo as take_back
from osler.clinic.chart.versions import past_of
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.staff.chart.frame import (
    ChartAsked,
    Frame,
    chart_page,
    render_chart,
    render_form,
    units_of,
)
from osler.staff.chart.views import pressures
from osler.ui import formats
from osler.ui.answers import go

_DONE = {
    "restored": N_("Undone: it is as it was before."),
    "marked": N_("Undone: it is kept as entered in error."),
    "deleted": N_("Undone: it is deleted; its history stays."),
}


@chart_page("item-history")
def item_history(request: ChartAsked, frame: Frame, type: str, item: str) -> HttpResponse:
    """Who changed one item when, and what."""
    past = past_of(frame.record, request.principal, frame.id, type, item)
    name = next((step.name for step in past.steps if step.name), type)
    about = {"past": past, "type": type, "item": item, "name": name}
    return render_form(request, frame, "staff/chart/item_history.html", about)


@require_POST
@chart_page("undo")
def undo(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Take back the write that a toast told of."""
    type, item = request.POST.get("type", ""), request.POST.get("item", "")
    version = request.POST.get("version", "")
    if not version.isdecimal() or not item:
        raise Invalid("The form does not say what is to be undone; reload the page and try again.")
    done = take_back(frame.record, request.principal, frame.id, type, item, int(version[:9]))
    messages.success(request, _(_DONE[done]))
    return go(request, _back(request, frame))


def _back(request: ChartAsked, frame: Frame) -> str:
    """The page that the form came from, where it is one of ours."""
    came = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure()):
        return came
    return reverse("chart", args=[frame.id])


@chart_page("as-of")
def as_of(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The chart as it was at the end of a day."""
    given = request.GET.get("on", "")
    day = _day(given)
    if day is None:
        wrong = _("Give a day up to today.") if given else ""
        asked = {"wrong": wrong, "on": given, "latest": formats.today().isoformat()}
        return render_chart(request, frame, "staff/chart/as_of_ask.html", asked)
    chart = chart_at(frame.record, request.principal, frame.id, _end_of(day), units_of(request))
    about = {
        "day": day,
        "opening": chart,
        "then": chart,
        "pressures": pressures(chart.signs.pressures),
        "latest": formats.today().isoformat(),
    }
    return render_chart(request, frame, "staff/chart/as_of.html", about)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= formats.today() else None


def _end_of(day: date) -> datetime:
    """The last instant of a day where the practice is."""
    return timezone.make_aware(datetime.combine(day, time())) + timedelta(days=1, microseconds=-1)
