"""The timeline of a chart: everything newest first, by kinds, paged by date, with a rail of years."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from osler.clinic.chart.events import Event
from osler.clinic.chart.timeline import KINDS, first_year, readable, stretch
from osler.clinic.chart.values import instant_of
from osler.kit import clock
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.chart.words import KINDS as WORDS
from osler.ui import formats


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: pressed or not, and where pressing it leads."""

    label: str
    icon: str
    url: str
    on: bool


@chart_page("timeline")
def timeline(request: ChartAsked, frame: Frame) -> HttpResponse:
    """What happened, newest first."""
    there = readable(frame.asking)
    chosen = [one for one in request.GET.getlist("kind") if one in there]
    given = request.GET.get("before", "")
    before = given if instant_of(given) else ""
    page = stretch(frame.asking, chosen or there, before, clock.now())
    about = {
        "chips": _chips(there, chosen),
        "months": _months(page.events),
        "older": _url(chosen, page.before) if page.before else "",
        "newest": _url(chosen, "") if before else "",
        "years": _years(frame, chosen, before),
        "chosen": chosen,
    }
    return render_chart(request, frame, "staff/chart/timeline.html", about)


def _months(events: tuple[Event, ...]) -> list[tuple[str, list[Event]]]:
    """The events under the months of their days."""
    by_month = groupby(events, key=lambda one: formats.as_date(one.at).isoformat()[:7])
    return [(formats.day(month), list(some)) for month, some in by_month]


def _chips(there: list[str], chosen: list[str]) -> list[Chip]:
    """All, and each kind: pressing a kind adds it to the chosen ones or takes it away."""
    chips = [Chip(_("All"), "", _url([], ""), not chosen)]
    for kind in KINDS:
        if kind in there:
            after = [k for k in chosen if k != kind] if kind in chosen else [*chosen, kind]
            label, _one, icon = WORDS[kind]
            chips.append(Chip(_(label), icon, _url(after, ""), kind in chosen))
    return chips


def _years(frame: Frame, chosen: list[str], before: str) -> list[tuple[int, str, bool]]:
    """From this year back to the first visit; each leads to the end of that year."""
    first = first_year(frame.asking)
    this = formats.today().year
    moment = instant_of(before)
    shown = moment.year if moment else this
    return [
        (year, _url(chosen, f"{year + 1}-01-01" if year < this else ""), year == shown)
        for year in range(this, (first or this) - 1, -1)
    ]


def _url(kinds: list[str], before: str) -> str:
    pairs = [("kind", one) for one in kinds] + ([("before", before)] if before else [])
    return f"?{urlencode(pairs)}"
