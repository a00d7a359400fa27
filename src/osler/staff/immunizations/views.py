"""Immunizations: the grid by group, the list, and one of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from osler.clinic.chart.words import said
from osler.clinic.immunizations import vaccines
from osler.clinic.lists.items import Item
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page
from osler.staff.immunizations.forms import ImmunizationForm
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import Fact, chart_of, listed, most


def _facts(found: Item[r4.Immunization]) -> list[Fact]:
    line = vaccines.dose_of(found)
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


IMMUNIZATIONS = Entry(
    kind=r4.Immunization,
    section="immunizations",
    name="immunization",
    form=ImmunizationForm,
    title=lambda one: said(one.vaccineCode),
    heading=N_("Record a vaccine"),
    added=N_("Immunization added"),
    changed=N_("Immunization changed"),
    initial={"kind": "given", "date": "today"},
    template="staff/immunizations/form.html",
    facts=_facts,
)


@chart_page("immunizations")
def immunizations(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The grid and the list."""
    found = vaccines.read_immunizations(chart_of(frame), most(request))
    template = "staff/immunizations/list.html"
    return listed(request, frame, "Immunization", template, found.more, list=found)
