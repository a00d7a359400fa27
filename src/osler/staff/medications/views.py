"""The medication list: what is taken now and was before; record, edit, stop, hold, resume, complete, review."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Chart, Item
from osler.clinic.medications import clashes, listing, writing
from osler.clinic.medications.listing import Drug
from osler.clinic.problems.listing import read_problems
from osler.clinic.terms.drugs import readable
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
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
from osler.staff.medications.forms import KINDS, MedicationForm, initial
from osler.ui.page import one_line

_FORM = "staff/medications/form.html"
_TOLD = {"stop": "Stopped", "hold": "On hold", "resume": "Resumed", "complete": "Completed"}


@chart_page("medications")
def medications(request: ChartAsked, frame: Frame) -> HttpResponse:
    """What is taken now, and what was."""
    chart = chart_of(frame)
    found = listing.read_medications(chart, most(request))
    may = frame.writes["MedicationStatement"]
    about = {
        "list": found,
        "more": most(request) * 2 if found.more else 0,
        "may": may,
        "may_review": may and frame.writes["List"],
        "no_allergy_check": not frame.reads["AllergyIntolerance"],
        "whole": frame.whole["MedicationRequest"] and frame.whole["MedicationStatement"],
        "part_check": not frame.whole["AllergyIntolerance"],
    }
    return render_chart(request, frame, "staff/medications/list.html", about)


@chart_page("medications")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Record one; what speaks against it is said before it is saved."""
    chart = chart_of(frame)
    form = MedicationForm(
        request.POST or None, initial=initial(None, None), problems=_problems(chart)
    )

    def save(looked: dict[str, Looked]) -> Version:
        entered = form.entered(looked["drug"].concept)
        _warn(form, chart, entered.drug)
        return _allowed(lambda: writing.add(chart, entered), entered.source)

    about = {
        "action": reverse("medication-new", args=[frame.id]),
        "back": reverse("medications", args=[frame.id]),
        "draft": "medication:new",
    }
    return edited(
        request, frame, form, _FORM, about, kinds=KINDS, save=save, to="medications",
        told=_("Medication added"),
    )  # fmt: skip


def _allowed(save: object, source: str) -> Version:
    """What `save` makes. Raises Invalid where somebody's role may record only what others say."""
    assert callable(save)
    try:
        made = save()
    except NotAllowed:
        if source != "prescribed":
            raise
        raise Invalid(
            "Your role records what patients and others say: choose another source."
        ) from None
    assert isinstance(made, Version)
    return made


def _warn(form: MedicationForm, chart: Chart, drug: r4.CodeableConcept) -> None:
    """Raises Invalid for an allergy or the same drug on the list, until the form is sent a second time."""
    if form.cleaned_data["anyway"]:
        return
    said = warnings(chart, drug)
    if said:
        say_twice(form)
        raise Invalid(" ".join([*said, _("Save again to record it all the same.")]))


def warnings(chart: Chart, drug: r4.CodeableConcept) -> list[str]:
    """What speaks against a drug, and what could not be checked."""
    allergies = listing.active_allergies(chart)
    said: list[str] = []
    if allergies is None:
        said.append(_("Allergies were not checked: you may not see them."))
    elif allergies:
        checked = clashes.check(drug, allergies)
        said += [_clash(one) for one in checked.clashes]
        known = [
            _(one) if one.endswith(".") else _("Not checked against: %s.") % one
            for one in checked.unchecked
        ]
        said += known
    held = [
        one.resource
        for one in listing.both(chart, 200)
        if one.resource.status in {"active", "on-hold", "draft"}
    ]
    alike = clashes.twice(drug, [one.medicationCodeableConcept for one in held])
    return said + [_("On the list already: %s.") % readable(one) for one in dict.fromkeys(alike)]


def _clash(one: clashes.Clash) -> str:
    if one.near:
        return _("Allergy to %(allergy)s: %(drug)s is of a related class.") % {
            "allergy": one.allergy,
            "drug": one.by,
        }
    return _("Allergy to %(allergy)s: this drug contains or belongs to it (%(drug)s).") % {
        "allergy": one.allergy,
        "drug": one.by,
    }


def _problems(chart: Chart) -> list[tuple[str, str]]:
    if not chart.may_search("Condition"):
        return []
    return [(one.id, one.name) for one in read_problems(chart, 200, notes=False).tabs["active"]]


def _read(chart: Chart, item: str) -> Item[Drug]:
    """The resource behind a line: a request or a statement, whichever has this id."""
    try:
        return chart.read(r4.MedicationStatement, item)
    except (NotFound, NotAllowed):
        return chart.read(r4.MedicationRequest, item)


@chart_page("medications")
def medication(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One drug: its form, or its facts where it was prescribed here or may only be read."""
    chart = chart_of(frame)
    found = _read(chart, item)
    refuse_mistakes(found)
    line = listing.medication(found)
    fixed = isinstance(found.resource, r4.MedicationRequest) and not found.resource.reportedBoolean
    if (fixed or not frame.writes[line.type]) and request.method != "POST":
        return shown(request, frame, line.name, line.type, found, _facts(line))
    names = _problems(chart)
    form = MedicationForm(
        request.POST or None, initial=initial(found.resource, line), problems=names
    )

    def shown_as(one: Any) -> MedicationForm:
        return MedicationForm(
            initial=initial(one, listing.medication(Item(one, 0))), problems=names
        )

    def save(looked: dict[str, Looked]) -> Version:
        return writing.edit(chart, found, form.entered(looked["drug"].concept), version_of(request))

    about = {
        "action": reverse("medication", args=[frame.id, found.id]),
        "wrong_url": reverse("medication-wrong", args=[frame.id, found.id]),
        "back": reverse("medications", args=[frame.id]),
        "draft": f"medication:{found.id}",
        "item": found,
        "type": line.type,
        "line": line,
    }
    return edited(
        request, frame, form, _FORM, about, kinds=KINDS, save=save, to="medications",
        told=_("Medication changed"), shown=shown_as,
    )  # fmt: skip


def _facts(line: listing.Medication) -> list[Fact]:
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


@require_POST
@chart_page("medications")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error."""
    found = _read(chart_of(frame), item)
    return mark_wrong(request, frame, type(found.resource), item, "medications")
