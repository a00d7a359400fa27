"""Procedures that were done: the list, and one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Item
from osler.clinic.procedures import done as procedures_done
from osler.fhir import r4
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
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
from osler.staff.procedures.forms import KINDS, ProcedureForm, initial

_FORM = "staff/procedures/form.html"


@chart_page("procedures")
def procedures(request: ChartAsked, frame: Frame) -> HttpResponse:
    """All of them, newest first."""
    found, more = procedures_done.read_procedures(chart_of(frame), most(request))
    about = {
        "procedures": found,
        "more": most(request) * 2 if more else 0,
        "may": frame.writes["Procedure"],
    }
    return render_chart(request, frame, "staff/procedures/list.html", about)


@chart_page("procedures")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Record one."""
    form = ProcedureForm(request.POST or None, initial=initial(None, None))

    def save(looked: dict[str, Looked]) -> Version:
        return procedures_done.add(chart_of(frame), form.entered(looked["procedure"].concept))

    about = {
        "action": reverse("procedure-new", args=[frame.id]),
        "back": reverse("procedures", args=[frame.id]),
        "draft": "procedure:new",
    }
    return edited(
        request,
        frame,
        form,
        _FORM,
        about,
        kinds=KINDS,
        save=save,
        to="procedures",
        told=_("Procedure added"),
    )


@chart_page("procedures")
def procedure(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One procedure: its form, or its facts for who may only read."""
    chart = chart_of(frame)
    found = chart.read(r4.Procedure, item)
    refuse_mistakes(found)
    line = procedures_done.done(found)
    if not frame.writes["Procedure"] and request.method != "POST":
        return shown(request, frame, line.name, "Procedure", found, _facts(line))
    form = ProcedureForm(request.POST or None, initial=initial(found.resource, line))

    def shown_as(one: Any) -> ProcedureForm:
        return ProcedureForm(initial=initial(one, procedures_done.done(Item(one, 0))))

    def save(looked: dict[str, Looked]) -> Version:
        entered = form.entered(looked["procedure"].concept)
        return procedures_done.edit(chart, found, entered, version_of(request))

    return edited(
        request, frame, form, _FORM, _about(frame, found, line), kinds=KINDS, save=save, to="procedures",
        told=_("Procedure changed"), shown=shown_as,
    )  # fmt: skip


def _about(
    frame: Frame, found: Item[r4.Procedure], line: procedures_done.Done
) -> dict[str, object]:
    return {
        "action": reverse("procedure", args=[frame.id, found.id]),
        "wrong_url": reverse("procedure-wrong", args=[frame.id, found.id]),
        "back": reverse("procedures", args=[frame.id]),
        "draft": f"procedure:{found.id}",
        "item": found,
        "type": "Procedure",
        "line": line,
    }


def _facts(line: procedures_done.Done) -> list[Fact]:
    return [
        Fact(_("Status"), _(procedures_done.STATUSES.get(line.status, line.status))),
        Fact(_("Date"), line.date, "date"),
        Fact(_("Done by"), line.performer),
        Fact(_("Body site"), line.site),
        Fact(_("Outcome"), line.outcome),
        Fact(_("Note"), line.note),
    ]


@require_POST
@chart_page("procedures")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error."""
    return mark_wrong(request, frame, r4.Procedure, item, "procedures")
