"""Allergies: the list, one of them, and the statement that none are known."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.allergies import listing, writing
from osler.clinic.chart.words import said
from osler.clinic.lists.items import Item
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.allergies.forms import AllergyForm
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import Fact, chart_of, done


def _facts(found: Item[r4.AllergyIntolerance]) -> list[Fact]:
    line = listing.allergy(found)
    happened = "; ".join(" ".join(filter(None, (one.text, one.severity))) for one in line.reactions)
    return [
        Fact(_("Reaction"), happened),
        Fact(
            _("Criticality"), _(writing.CRITICALITIES[line.criticality]) if line.criticality else ""
        ),
        Fact(
            _("Certainty"),
            _(writing.CERTAINTIES[line.certainty]) if line.certainty in writing.CERTAINTIES else "",
        ),
        Fact(_("Onset"), line.onset, "" if line.onset.startswith("at ") else "date"),
        Fact(_("Note"), line.note),
    ]


ALLERGIES = Entry(
    kind=r4.AllergyIntolerance,
    section="allergies",
    name="allergy",
    form=AllergyForm,
    title=lambda one: said(one.code),
    heading=N_("Add an allergy"),
    added=N_("Allergy added"),
    changed=N_("Allergy changed"),
    initial={"type": "allergy", "certainty": "confirmed", "status": "active"},
    template="staff/allergies/form.html",
    facts=_facts,
)


@chart_page("allergies")
def allergies(request: ChartAsked, frame: Frame) -> HttpResponse:
    """All of them, and what is said where there are none."""
    about = {
        "list": listing.read_allergies(chart_of(frame)),
        "may": frame.writes["AllergyIntolerance"],
    }
    return render_chart(request, frame, "staff/allergies/list.html", about)


@require_POST
@chart_page("allergies")
def none_known(request: ChartAsked, frame: Frame) -> HttpResponse:
    """State that no allergies are known; refused while there is an active one."""
    version = writing.state_none(chart_of(frame))
    return done(request, frame, version, "allergies", _("No known allergies, stated by you now"))
