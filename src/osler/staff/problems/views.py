"""The problem list: by status, in the order people give it; add, edit, resolve, bring back, promote, reorder."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.chart.words import said
from osler.clinic.lists.items import Item
from osler.clinic.problems import listing, writing
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.lists.pages import (
    Fact,
    Looked,
    chart_of,
    done,
    edited,
    most,
    refuse_mistakes,
    say_twice,
    shown,
    version_of,
)
from osler.staff.lists.pages import wrong as mark_wrong
from osler.staff.problems.forms import KINDS, ProblemForm, initial

_FORM = "staff/problems/form.html"
_TOLD = {
    "active": "Problem is active again",
    "inactive": "Problem set inactive",
    "resolved": "Problem resolved",
}


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
        "more": most(request) * 2 if found.more else 0,
        "may": frame.writes["Condition"],
        "may_order": frame.writes["List"],
    }
    return render_chart(request, frame, "staff/problems/list.html", about)


@chart_page("problems")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Add one, by plain words or as typed; one that is on the list already is asked about."""
    form = ProblemForm(request.POST or None, initial=initial(None, None))

    def save(looked: dict[str, Looked]) -> Version:
        code = looked["problem"].concept
        _warn(form, frame, code)
        return writing.add(chart_of(frame), form.entered(code))

    about = {
        "action": reverse("problem-new", args=[frame.id]),
        "back": reverse("problems", args=[frame.id]),
        "draft": "problem:new",
    }
    return edited(
        request,
        frame,
        form,
        _FORM,
        about,
        kinds=KINDS,
        save=save,
        to="problems",
        told=_("Problem added"),
    )


def _warn(form: ProblemForm, frame: Frame, code: r4.CodeableConcept) -> None:
    """Raises Invalid for a problem that is on the list, until the form is sent a second time."""
    if form.cleaned_data["anyway"]:
        return
    alike = writing.alike(chart_of(frame), code)
    if alike:
        say_twice(form)
        raise Invalid(
            f"On the list already: {said(alike[0].resource.code)}. Save again to add it all the same."
        )


@chart_page("problems")
def problem(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One problem: its form, or its facts for who may only read."""
    chart = chart_of(frame)
    found = chart.read(r4.Condition, item)
    refuse_mistakes(found)
    line = listing.problem(found)
    if not frame.writes["Condition"] and request.method != "POST":
        return shown(request, frame, line.name, "Condition", found, _facts(line))
    form = ProblemForm(request.POST or None, initial=initial(found.resource, line))

    def shown_as(one: Any) -> ProblemForm:
        return ProblemForm(initial=initial(one, listing.problem(Item(one, 0))))

    def save(looked: dict[str, Looked]) -> Version:
        return writing.edit(
            chart, found, form.entered(looked["problem"].concept), version_of(request)
        )

    return edited(
        request, frame, form, _FORM, _about(frame, found, line), kinds=KINDS, save=save, to="problems",
        told=_("Problem changed"), shown=shown_as,
    )  # fmt: skip


def _about(frame: Frame, found: Item[r4.Condition], line: listing.Problem) -> dict[str, object]:
    return {
        "action": reverse("problem", args=[frame.id, found.id]),
        "wrong_url": reverse("problem-wrong", args=[frame.id, found.id]),
        "back": reverse("problems", args=[frame.id]),
        "draft": f"problem:{found.id}",
        "item": found,
        "type": "Condition",
        "line": line,
    }


def _facts(line: listing.Problem) -> list[Fact]:
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


@require_POST
@chart_page("problems")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error."""
    return mark_wrong(request, frame, r4.Condition, item, "problems")
