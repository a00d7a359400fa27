"""Allergies: the list, one of them, and the statement that none are known."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.allergies import listing, writing
from osler.clinic.lists.items import Item
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.record import Version
from osler.staff.allergies.forms import KINDS, AllergyForm, initial
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.lists.pages import (
    Fact,
    Looked,
    chart_of,
    done,
    edited,
    refuse_mistakes,
    say_twice,
    shown,
    version_of,
)
from osler.staff.lists.pages import wrong as mark_wrong

_FORM = "staff/allergies/form.html"


@chart_page("allergies")
def allergies(request: ChartAsked, frame: Frame) -> HttpResponse:
    """All of them, and what is said where there are none."""
    about = {
        "list": listing.read_allergies(chart_of(frame)),
        "may": frame.writes["AllergyIntolerance"],
    }
    return render_chart(request, frame, "staff/allergies/list.html", about)


@chart_page("allergies")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Add one; the statement that none are known is withdrawn with it."""
    form = AllergyForm(request.POST or None, initial=initial(None, None))

    def save(looked: dict[str, Looked]) -> Version:
        entered = form.entered(looked)
        _warn(form, frame, entered.code)
        return writing.add(chart_of(frame), entered)

    about = {
        "action": reverse("allergy-new", args=[frame.id]),
        "back": reverse("allergies", args=[frame.id]),
        "draft": "allergy:new",
    }
    return edited(
        request,
        frame,
        form,
        _FORM,
        about,
        kinds=KINDS,
        save=save,
        to="allergies",
        told=_("Allergy added"),
    )


def _warn(form: AllergyForm, frame: Frame, code: r4.CodeableConcept) -> None:
    """Raises Invalid for one that is on the list, until the form is sent a second time."""
    alike = [] if form.cleaned_data["anyway"] else writing.alike(chart_of(frame), code)
    if alike:
        say_twice(form)
        raise Invalid(f"On the list already: {alike[0]}. Save again to add it all the same.")


@chart_page("allergies")
def allergy(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One allergy: its form, or its facts for who may only read."""
    chart = chart_of(frame)
    found = chart.read(r4.AllergyIntolerance, item)
    refuse_mistakes(found)
    line = listing.allergy(found)
    if not frame.writes["AllergyIntolerance"] and request.method != "POST":
        return shown(request, frame, line.substance, "AllergyIntolerance", found, _facts(line))
    form = AllergyForm(request.POST or None, initial=initial(found.resource, line))

    def shown_as(one: Any) -> AllergyForm:
        return AllergyForm(initial=initial(one, listing.allergy(Item(one, 0))))

    def save(looked: dict[str, Looked]) -> Version:
        return writing.edit(chart, found, form.entered(looked), version_of(request))

    return edited(
        request, frame, form, _FORM, _about(frame, found, line), kinds=KINDS, save=save, to="allergies",
        told=_("Allergy changed"), shown=shown_as,
    )  # fmt: skip


def _about(
    frame: Frame, found: Item[r4.AllergyIntolerance], line: listing.Allergy
) -> dict[str, object]:
    return {
        "action": reverse("allergy", args=[frame.id, found.id]),
        "wrong_url": reverse("allergy-wrong", args=[frame.id, found.id]),
        "back": reverse("allergies", args=[frame.id]),
        "draft": f"allergy:{found.id}",
        "item": found,
        "type": "AllergyIntolerance",
        "line": line,
    }


def _facts(line: listing.Allergy) -> list[Fact]:
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


@require_POST
@chart_page("allergies")
def none_known(request: ChartAsked, frame: Frame) -> HttpResponse:
    """State that no allergies are known; refused while there is an active one."""
    version = writing.state_none(chart_of(frame))
    return done(request, frame, version, "allergies", _("No known allergies, stated by you now"))


@require_POST
@chart_page("allergies")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error."""
    return mark_wrong(request, frame, r4.AllergyIntolerance, item, "allergies")
