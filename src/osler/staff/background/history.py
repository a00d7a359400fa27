"""Family history and surgical history: the lists, and the entries of each."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from osler.clinic.background import family, surgical
from osler.clinic.chart.words import said
from osler.clinic.lists.items import Chart
from osler.clinic.lists.mistakes import held, is_mistake, mark, standing
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.kit.words import N_
from osler.record import Version
from osler.staff.background.forms import OperationForm, RelativeForm, StayForm
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import LookedUp, chart_of, done, listed, most, older, version_of
from osler.ui.combobox import TermField
from osler.ui.page import one_line

_FAMILY = "FamilyMemberHistory"
_MOST = 200


RELATIVES = Entry(
    kind=r4.FamilyMemberHistory,
    section="family",
    name="relative",
    form=RelativeForm,
    title=lambda one: _(family.RELATIVES.get(_kin(one), "")) or said(one.relationship),
    heading=N_("Add a relative"),
    added=N_("Relative added"),
    changed=N_("Relative changed"),
    belongs=lambda one: not family.statement(one),
)


def _kin(one: r4.FamilyMemberHistory) -> str:
    return next((c.code or "" for c in one.relationship.coding or []), "")


OPERATIONS = Entry(
    kind=r4.Procedure,
    section="surgical",
    name="operation",
    form=OperationForm,
    title=lambda one: said(one.code),
    heading=N_("Add an operation"),
    added=N_("Operation added"),
    changed=N_("Operation changed"),
    belongs=surgical.surgical,
)
STAYS = Entry(
    kind=r4.Encounter,
    section="surgical",
    name="stay",
    form=StayForm,
    title=lambda one: one.serviceProvider.display if one.serviceProvider else "",
    heading=N_("Add a stay in a hospital"),
    added=N_("Stay added"),
    changed=N_("Stay changed"),
    belongs=surgical.inpatient,
    needs="Procedure",
)


@chart_page("family")
def family_page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Relatives by generation, and what is said of the family as a whole."""
    chart = chart_of(frame)
    items, more = held(chart, r4.FamilyMemberHistory, most(request))
    stated = [
        {
            "id": one.id,
            "version": one.version,
            "of": family.none_of(one.resource),
            "why": family.unsaid(one.resource),
            "date": one.resource.date or "",
        }
        for one in items
        if family.statement(one.resource)
    ]
    lines = family.by_generation(items)
    template = "staff/background/family.html"
    return listed(request, frame, _FAMILY, template, more, generations=lines, statements=stated)


class NoneKnownForm(LookedUp):
    """What nobody of the family is known to have had; nothing means that the family is not known."""

    say = forms.ChoiceField(
        label=gettext_lazy("What is known"),
        choices=[(code, gettext_lazy(text)) for code, text in family.STATEMENTS.items()],
        widget=forms.RadioSelect,
    )
    of = TermField("diagnosis", free=True, label=gettext_lazy("Of what"), required=False)


@chart_page("family")
def statement(request: ChartAsked, frame: Frame) -> HttpResponse:
    """State that the family is not known, or that nobody in it is known to have had something."""
    if not frame.writes[_FAMILY]:
        raise NotAllowed("Your role may read this list, not write it.")
    form = NoneKnownForm(request.POST or None, initial={"say": family.UNKNOWN})
    if request.method == "POST" and form.is_valid():
        looked = form.look(frame.record, frame.principal, {"of": "diagnosis"})
        unknown = form.cleaned_data["say"] == family.UNKNOWN
        if unknown and form.cleaned_data["of"]:
            form.add_error(
                "say", _("Choose “no known family history of”, or leave the condition empty.")
            )
        if not unknown and "of" not in looked and "of" not in form.errors:
            form.add_error("of", _("Say which condition."))
        if form.is_valid():
            of = None if unknown else looked["of"].concept
            try:
                version = _state(chart_of(frame), of)
            except Invalid as error:
                form.add_error("say" if unknown else "of", spoken(error))
            else:
                return done(request, frame, version, "family", _("Recorded"))
    about = {
        "form": form,
        "action": reverse("family-statement", args=[frame.id]),
        "back": reverse("family", args=[frame.id]),
        "draft": "family:statement",
    }
    status = 422 if form.errors else 200
    return render_form(request, frame, "staff/background/statement.html", about, status=status)


def _state(chart: Chart, of: r4.CodeableConcept | None) -> Version:
    """Write a statement. Raises Invalid for one that is there already, or that a relative contradicts."""
    family.check(standing(chart.items(r4.FamilyMemberHistory, _MOST)), of)
    return chart.add(family.stated(chart, of is None, of))[0]


@chart_page("family")
def withdraw(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """A statement that was wrong, with the reason."""
    chart = chart_of(frame)
    found = chart.read(r4.FamilyMemberHistory, item)
    if is_mistake(found.resource) or not family.statement(found.resource):
        raise NotFound("This is no statement of the family's history, or was entered in error.")
    reason = one_line(request.POST.get("reason", ""))
    version = mark(chart, found, reason, version_of(request))
    return done(request, frame, version, "family", _("Marked as entered in error"))


@chart_page("surgical")
def surgical_page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Operations and stays in hospitals."""
    chart = chart_of(frame)
    operations, more_operations = surgical.read_operations(chart, most(request))
    stays, more_stays = surgical.read_stays(chart, most(request))
    about = {
        "operations": operations,
        "stays": stays,
        "states": surgical.STATUSES,
        "operations_readable": frame.reads["Procedure"],
        "stays_readable": frame.reads["Encounter"],
        "may_operate": frame.writes["Procedure"],
        "may_stay": frame.writes["Encounter"] and frame.reads["Procedure"],
        "more": older(request, more_operations or more_stays),
    }
    return render_chart(request, frame, "staff/background/surgical.html", about)
