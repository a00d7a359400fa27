"""The problem list: by status, in the order people give it; add, edit, resolve, bring back, promote, reorder."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.chart.words import said
from osler.clinic.lists.items import Item
from osler.clinic.lists.mistakes import refuse_mistakes
from osler.clinic.problems import listing, writing
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import Fact, chart_of, done, most, older, version_of
from osler.staff.problems.forms import ProblemForm

_TOLD = {
    "active": "Problem is active again",
    "inactive": "Problem set inactive",
    "resolved": "Problem resolved",
}


def _facts(found: Item[r4.Condition]) -> list[Fact]:
    line = listing.problem(found)
    return [
        Fact(_("Code"), line.code or _("Without a code")),
        Fact(_("Status"), _(listing.TABS[line.tab])),
        Fact(_("Certainty"), _(writing.VERIFICATIONS.get(line.verification, "")))
        if line.verification
        else Fact("", ""),
        Fact(_("Severity"), _(line.severity) if line.severity else ""),
        Fact(_("Onset"), line.onset, "" if line.onset.startswith("at ") else "date"),
        Fact(_("Resolved on"), line.abatement, "" if line.abatement.startswith("at ") else "date"),
        Fact(_("Note"), line.note),
    ]


PROBLEMS = Entry(
    kind=r4.Condition,
    section="problems",
    name="problem",
    form=ProblemForm,
    title=lambda one: said(one.code),
    heading=N_("Add a problem"),
    added=N_("Problem added"),
    changed=N_("Problem changed"),
    initial={"status": "active", "verification": "confirmed"},
    template="staff/problems/form.html",
    facts=_facts,
)


@chart_page("problems")
def problems(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The list by status."""
    found = listing.read_problems(chart_of(frame), most(request), notes=frame.reads["Composition"])
    tab = request.GET.get("show", "active")
    tab = tab if tab in listing.TABS else "active"
    about = {
        "tab": tab,
        "tabs": [(name, _(label), found.count(name)) for name, label in listing.TABS.items()],
        "problems": found.tabs[tab],
        "visits": found.visits if tab == "active" else [],
        "shown": ",".join(one.id for one in found.tabs[tab]),
        "more": older(request, found.more),
        "may": frame.writes["Condition"],
        "may_order": frame.writes["List"],
    }
    return render_chart(request, frame, "staff/problems/list.html", about)


@require_POST
@chart_page("problems")
def status(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Resolve, set aside, bring back."""
    chart = chart_of(frame)
    found = chart.read(r4.Condition, item)
    refuse_mistakes(found)
    wanted = request.POST.get("status", "")
    version = writing.set_status(chart, found, wanted, version_of(request))
    return done(request, frame, version, "problems", _(_TOLD[wanted]))


@require_POST
@chart_page("problems")
def promote(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Put a visit's diagnosis on the list."""
    chart = chart_of(frame)
    version = writing.promote(chart, chart.read(r4.Condition, item))
    return done(request, frame, version, "problems", _("Added to the problem list"))


@require_POST
@chart_page("problems")
def move(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One up or down."""
    listed = [one for one in request.POST.get("shown", "").split(",") if one]
    by = {"up": -1, "down": 1}.get(request.POST.get("by", ""), 0)
    version = writing.move(chart_of(frame), item, listed, by)
    return done(request, frame, version, "problems", _("Order changed"))
