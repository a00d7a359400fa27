"""The medication list: what is taken now and was before; record, edit, stop, hold, resume, complete, review."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Chart, Item
from osler.clinic.lists.mistakes import refuse_mistakes
from osler.clinic.medications import listing, writing
from osler.clinic.medications.listing import Drug
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import Fact, chart_of, done, most, older, version_of
from osler.staff.medications.forms import MedicationForm
from osler.ui.page import one_line

_TOLD = {"stop": "Stopped", "hold": "On hold", "resume": "Resumed", "complete": "Completed"}


def _read(chart: Chart, item: str) -> Item[Drug]:
    """The resource behind a line: a request or a statement, whichever has this id."""
    try:
        return chart.read(r4.MedicationStatement, item)
    except (NotFound, NotAllowed):
        return chart.read(r4.MedicationRequest, item)


def _prescribed(one: Drug) -> bool:
    """Whether it was prescribed here: that is changed where it was prescribed."""
    return isinstance(one, r4.MedicationRequest) and not one.reportedBoolean


def _facts(found: Item[Drug]) -> list[Fact]:
    line = listing.medication(found)
    return [
        Fact(_("Directions"), line.sig),
        Fact(_("Status"), _(listing.STATUSES.get(line.status, line.status))),
        Fact(_("Why"), line.why),
        Fact(_("Started"), line.start, "date"),
        Fact(_("Stopped"), line.stop, "date"),
        Fact(_("Prescriber or source"), line.by),
        Fact(_("For"), line.reason),
        Fact(_("Note"), line.note),
    ]


MEDICATIONS = Entry(
    kind=r4.MedicationStatement,
    section="medications",
    name="medication",
    form=MedicationForm,
    title=lambda one: listing.medication(Item(one, 0)).name,
    heading=N_("Add a medication"),
    added=N_("Medication added"),
    changed=N_("Medication changed"),
    initial={"source": "patient"},
    template="staff/medications/form.html",
    fixed=_prescribed,
    find=_read,
    facts=_facts,
)


@chart_page("medications")
def medications(request: ChartAsked, frame: Frame) -> HttpResponse:
    """What is taken now, and what was."""
    chart = chart_of(frame)
    found = listing.read_medications(chart, most(request))
    may = frame.writes["MedicationStatement"]
    about = {
        "list": found,
        "more": older(request, found.more),
        "may": may,
        "may_review": may and frame.writes["List"],
        "no_allergy_check": not frame.reads["AllergyIntolerance"],
        "whole": frame.whole["MedicationRequest"] and frame.whole["MedicationStatement"],
        "part_check": not frame.whole["AllergyIntolerance"],
    }
    return render_chart(request, frame, "staff/medications/list.html", about)


@chart_page("medications")
def step(request: ChartAsked, frame: Frame, item: str, step: str) -> HttpResponse:
    """Stop, hold, resume, complete: asked why, then done."""
    chart = chart_of(frame)
    found = _read(chart, item)
    refuse_mistakes(found)
    line = listing.medication(found)
    if not writing.may_step(line.status, step):
        raise Invalid("This drug has another status by now. Go back to the list.")
    about = {
        "line": line,
        "item": found,
        "step": step,
        "word": _(writing.STEPS[step][1]),
        "error": "",
    }
    about |= {
        "reasons": [_(one) for one in writing.REASONS],
        "back": reverse("medications", args=[frame.id]),
    }
    if request.method == "POST":
        reason = one_line(request.POST.get("reason", ""))
        try:
            version = writing.take_step(chart, found, step, reason, version_of(request))
        except Invalid as error:
            about["error"] = spoken(error)
            return render_form(request, frame, "staff/medications/step.html", about, status=422)
        return done(request, frame, version, "medications", _(_TOLD[step]))
    return render_form(request, frame, "staff/medications/step.html", about)


@require_POST
@chart_page("medications")
def review(request: ChartAsked, frame: Frame) -> HttpResponse:
    """State that the list was gone through today."""
    version = writing.reviewed(chart_of(frame))
    return done(request, frame, version, "medications", _("Medications reviewed today"))
