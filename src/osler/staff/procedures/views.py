"""Procedures that were done: the list, and one of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from osler.clinic.chart.words import said
from osler.clinic.lists.items import Item
from osler.clinic.procedures import done as procedures_done
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import Fact, chart_of, listed, most
from osler.staff.procedures.forms import ProcedureForm


def _facts(found: Item[r4.Procedure]) -> list[Fact]:
    line = procedures_done.done(found)
    return [
        Fact(_("Status"), _(procedures_done.STATUSES.get(line.status, line.status))),
        Fact(_("Date"), line.date, "date"),
        Fact(_("Done by"), line.performer),
        Fact(_("Body site"), line.site),
        Fact(_("Outcome"), line.outcome),
        Fact(_("Note"), line.note),
    ]


PROCEDURES = Entry(
    kind=r4.Procedure,
    section="procedures",
    name="procedure",
    form=ProcedureForm,
    title=lambda one: said(one.code),
    heading=N_("Add a procedure"),
    added=N_("Procedure added"),
    changed=N_("Procedure changed"),
    initial={"status": "completed"},
    template="staff/procedures/form.html",
    facts=_facts,
)


@chart_page("procedures")
def procedures(request: ChartAsked, frame: Frame) -> HttpResponse:
    """All of them, newest first."""
    found, more = procedures_done.read_procedures(chart_of(frame), most(request))
    return listed(request, frame, "Procedure", "staff/procedures/list.html", more, procedures=found)
