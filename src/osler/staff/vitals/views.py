"""The pages of vital signs: the flowsheet with its charts, entry, one reading and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.vitals import SIGNS, person
from osler.clinic.vitals.derived import bmi, surface
from osler.clinic.vitals.entry import save, take_back
from osler.clinic.vitals.parsing import Measure
from osler.clinic.vitals.reading import read
from osler.clinic.vitals.sheet import home_average, sheet
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Invalid, NotFound
from osler.staff.chart.frame import (
    ChartAsked,
    Frame,
    chart_page,
    render_chart,
    render_form,
    units_of,
)
from osler.staff.vitals import trends
from osler.staff.vitals.forms import VitalsForm, WrongForm
from osler.staff.vitals.layout import lines, seldom
from osler.staff.vitals.rooming import Rooming, require, rooming
from osler.ui.answers import saved

_FORM = "staff/vitals/form.html"


@chart_page("vitals")
def vitals(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The flowsheet, newest first, and the trend of one sign."""
    require(frame)
    who, units = person(frame.patient), units_of(request)
    before, age = _before(request), who.age(clock.now())
    found = sheet(frame.record, request.principal, frame.id, who, before)
    about = {
        "sheet": found,
        "before": before,
        "units": units,
        "rows": [trends.row(one, units) for one in found.rows],
        "home": home_average(found.readings, who),
        "trend": trends.chosen(request, frame, who, units),
        "child": age is not None and 1 <= age < 13,
        "young": age is not None and age < 20,
    }
    return render_chart(request, frame, "staff/vitals/sheet.html", about)


@chart_page("vitals")
def vital_new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Enter what was measured."""
    require(frame)
    room = rooming(request, frame)
    form = VitalsForm(room, request.POST) if request.method == "POST" else VitalsForm(room)
    if request.method == "POST" and form.is_valid():
        save(frame.record, request.principal, form.taking(frame.id), room.who)
        return saved(request, reverse("vitals", args=[frame.id]), _("Vitals saved"))
    for name in [one for one in form.errors if one in form.fields][:1]:
        form.fields[name].widget.attrs["autofocus"] = True
    status = 422 if form.errors else 200
    return render_form(
        request,
        frame,
        _FORM,
        {"form": form, "lines": lines(form), "fold": seldom(form)},
        status=status,
    )


@require_POST
@chart_page("vitals")
def vital_check(request: ChartAsked, frame: Frame) -> HttpResponse:
    """What one field says as soon as it is left: understood so, refused, or asked about. Posted, nothing is kept."""
    require(frame)
    room = rooming(request, frame)
    form = VitalsForm(room, request.POST)
    form.is_valid()
    name = request.GET.get("field", "")
    if name not in form.fields:
        raise NotFound("The form of vitals has no such field. Load the page again.")
    about = {
        "errors": form.errors.get(name, []),
        "understood": _understood(form, room, name),
        "name": name,
    }
    return render(request, "staff/vitals/check.html", about)


@chart_page("vitals")
def vital(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """One reading: how, when and by whom; and the form that takes it back."""
    version = frame.record.read(request.principal, "Observation", item)
    resource = decode(version.content)
    whose = (
        resource.subject.reference
        if isinstance(resource, r4.Observation) and resource.subject
        else ""
    )
    if not isinstance(resource, r4.Observation) or whose != f"Patient/{frame.id}":
        raise NotFound("This patient has no such reading. Choose one from the flowsheet.")
    form = WrongForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = request.POST.get("version", "")
        if not given.isdecimal() or len(given) > 9:
            raise Invalid("The form does not say which version it is about. Load the page again.")
        reason = form.cleaned_data["reason"]
        take_back(frame.record, request.principal, frame.id, item, int(given), reason)
        text = _("Marked as entered in error. Enter the right value if it is known.")
        return saved(request, reverse("vitals", args=[frame.id]), text)
    about = {
        "form": form,
        "reading": read(resource, person(frame.patient), version.version),
        "shown": trends.value(resource, person(frame.patient), units_of(request)),
        "version": version.version,
        "item": item,
        "name": resource.code.text,
        "wrong": resource.status == "entered-in-error",
        "notes": [note.text for note in resource.note or []],
    }
    status = 422 if form.errors else 200
    return render_form(request, frame, "staff/vitals/reading.html", about, status=status)


def _before(request: ChartAsked) -> datetime | None:
    """The time before which an older page of the flowsheet begins."""
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Invalid(
            "The address of this page is not complete. Open the flowsheet again."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _understood(form: VitalsForm, room: Rooming, name: str) -> list[str]:
    """What was understood of a field, in both systems of units, and what follows from it."""
    values: dict[str, Any] = {one.key: one.value for one in form.taken if not one.absent}
    found = values.get(name)
    if name not in {"weight", "height", "temp", "head", "waist"} or not isinstance(found, Measure):
        return []
    said = [" = ".join(trends.both(found, SIGNS[name]))]
    weight, height = values.get("weight"), values.get("height")
    if height is None and (earlier := room.earlier_height()):
        height = earlier[0]
    if name in {"weight", "height"} and isinstance(weight, Measure) and isinstance(height, Measure):
        about = {"bmi": bmi(weight, height), "bsa": surface(weight, height)}
        said.append(_("BMI %(bmi)s kg/m² · body surface %(bsa)s m²") % about)
    return said
