"""Immunizations: the grid by group, the list, and one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.immunizations import vaccines
from osler.clinic.lists.items import Item
from osler.fhir import r4
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.immunizations.forms import BOXES, ImmunizationForm, initial
from osler.staff.lists.pages import (
    Fact,
    Looked,
    chart_of,
    edited,
    most,
    refuse_mistakes,
    shown,
    version_of,
)
from osler.staff.lists.pages import wrong as mark_wrong

_FORM = "staff/immunizations/form.html"


@chart_page("immunizations")
def immunizations(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The grid and the list."""
    found = vaccines.read_immunizations(chart_of(frame), most(request))
    about = {
        "list": found,
        "more": most(request) * 2 if found.more else 0,
        "may": frame.writes["Immunization"],
    }
    return render_chart(request, frame, "staff/immunizations/list.html", about)


@chart_page("immunizations")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Record one."""
    form = ImmunizationForm(request.POST or None, initial=initial(None, None))

    def save(looked: dict[str, Looked]) -> Version:
        return vaccines.add(chart_of(frame), form.entered(looked))

    about = {
        "action": reverse("immunization-new", args=[frame.id]),
        "back": reverse("immunizations", args=[frame.id]),
        "draft": "immunization:new",
    }
    return edited(
        request, frame, form, _FORM, about, kinds=BOXES, save=save, to="immunizations",
        told=_("Immunization added"),
    )  # fmt: skip


@chart_page("immunizations")
def immunization(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One vaccine: its form, or its facts for who may only read."""
    chart = chart_of(frame)
    found = chart.read(r4.Immunization, item)
    refuse_mistakes(found)
    line = vaccines.dose_of(found)
    if not frame.writes["Immunization"] and request.method != "POST":
        return shown(request, frame, line.name, "Immunization", found, _facts(line))
    form = ImmunizationForm(request.POST or None, initial=initial(found.resource, line))

    def shown_as(one: Any) -> ImmunizationForm:
        return ImmunizationForm(initial=initial(one, vaccines.dose_of(Item(one, 0))))

    def save(looked: dict[str, Looked]) -> Version:
        return vaccines.edit(chart, found, form.entered(looked), version_of(request))

    return edited(
        request, frame, form, _FORM, _about(frame, found, line), kinds=BOXES, save=save,
        to="immunizations", told=_("Immunization changed"), shown=shown_as,
    )  # fmt: skip


def _about(frame: Frame, found: Item[r4.Immunization], line: vaccines.Dose) -> dict[str, object]:
    return {
        "action": reverse("immunization", args=[frame.id, found.id]),
        "wrong_url": reverse("immunization-wrong", args=[frame.id, found.id]),
        "back": reverse("immunizations", args=[frame.id]),
        "draft": f"immunization:{found.id}",
        "item": found,
        "type": "Immunization",
        "line": line,
    }


def _facts(line: vaccines.Dose) -> list[Fact]:
    return [
        Fact(_("What is recorded"), _(vaccines.KINDS[line.kind])),
        Fact(_("Date"), line.date, "date"),
        Fact(_("Dose number"), line.dose),
        Fact(_("Lot number"), line.lot),
        Fact(_("Lot expires"), line.expires, "date"),
        Fact(_("Manufacturer"), line.maker),
        Fact(_("Site"), line.site),
        Fact(_("Route"), line.route),
        Fact(_("Given by"), line.by),
        Fact(_("Why it was not given"), line.why),
        Fact(_("Note"), line.note),
    ]


@require_POST
@chart_page("immunizations")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error."""
    return mark_wrong(request, frame, r4.Immunization, item, "immunizations")
