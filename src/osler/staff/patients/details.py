"""Demographics of a patient: read as a page, changed one fieldset at a time, against the version it was read in."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.patients import coverage, demographics, flags, orientation, registering
from osler.clinic.patients.person import is_vip, person
from osler.fhir import r4
from osler.kit import uploads
from osler.kit.errors import Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.kit.words import N_
from osler.record import Op
from osler.search.tree import Nothing
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.patients import forms
from osler.ui import merging_forms
from osler.ui.answers import Undo, saved
from osler.ui.formats import day
from osler.ui.page import record

_PHOTO = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fieldset:
    """One part of the demographics: its heading, how it is read, asked and written. `many`: rows."""

    title: str
    read: Callable[[r4.Patient], Any]
    write: Callable[[r4.Patient, Any], None]
    form: Any
    many: bool = False


FIELDSETS = {
    "name": Fieldset(N_("Name"), demographics.read_name, demographics.write_name, forms.NameForm),
    "identity": Fieldset(
        N_("Birth, sex and gender"),
        demographics.read_identity,
        demographics.write_identity,
        forms.IdentityForm,
    ),
    "background": Fieldset(
        N_("Race, ethnicity and language"),
        lambda patient: forms.BackgroundForm.split(demographics.read_background(patient)),
        demographics.write_background,
        forms.BackgroundForm,
    ),
    "reach": Fieldset(
        N_("Telephone and e-mail"),
        demographics.read_reach,
        demographics.write_reach,
        forms.Reach,
        many=True,
    ),
    "places": Fieldset(
        N_("Address"),
        demographics.read_places,
        demographics.write_places,
        forms.Places,
        many=True,
    ),
    "kin": Fieldset(
        N_("Contacts"), demographics.read_kin, demographics.write_kin, forms.Kin, many=True
    ),
    "care": Fieldset(
        N_("Care and identifiers"),
        demographics.read_care,
        demographics.write_care,
        forms.CareForm,
    ),
}

_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@chart_page("details")
def details(request: ChartAsked, frame: Frame) -> HttpResponse:
    """All of it, with a way to change each part."""
    shown = []
    for name, part in FIELDSETS.items():
        form = _form(frame, name, None)
        rows = form.forms if part.many else [form]
        facts = [[(f.label, _words(f)) for f in one.visible_fields() if _words(f)] for one in rows]
        shown.append((name, part.title, [one for one in facts if one]))
    covers = []
    if frame.may_read("Coverage"):
        found = coverage.of_patient(frame.record, request.principal, frame.id)
        covers = [coverage.read(one) for one in found]
    about = {
        "shown": shown,
        "covers": covers,
        "person": person(frame.patient),
        "vip": is_vip(frame.patient),
        "incomplete": _is_incomplete(frame.patient),
        "may_write": _may_change(frame),
        "may_cover": frame.writes["Coverage"],
        "may_merge": frame.has("patients.merge"),
        "version": frame.patient.meta.versionId if frame.patient.meta else None,
    }
    return render_chart(request, frame, "staff/patients/details.html", about)


@chart_page("details")
def detail(request: ChartAsked, frame: Frame, part: str) -> HttpResponse:
    """Change one part."""
    if part not in FIELDSETS:
        raise NotFound("There is no such part of the demographics.")
    _may(frame)
    fieldset = FIELDSETS[part]
    form = _form(frame, part, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _save(request, frame, part, form)
    about = {
        "part": part,
        "title": fieldset.title,
        "many": fieldset.many,
        "form": form,
        "version": frame.patient.meta.versionId if frame.patient.meta else None,
    }
    status = 422 if request.method == "POST" else 200
    return render_form(request, frame, "staff/patients/detail.html", about, status=status)


def _save(request: ChartAsked, frame: Frame, part: str, form: Any) -> HttpResponse:
    """Write one part; where somebody else was faster, both changes are compared."""
    fieldset = FIELDSETS[part]
    rows = [one.values for one in form.forms if one.values] if fieldset.many else form.values
    try:
        made = registering.change(
            frame.record,
            request.principal,
            frame.patient,
            _version(request),
            lambda patient: fieldset.write(patient, rows),
            _beside(frame, rows),
        )
    except PreconditionFailed:

        def shown_as(patient: r4.Patient) -> Any:
            return _form(replace(frame, patient=patient), part, None)

        late = merging_forms.late(request, ("Patient", frame.id), form, shown_as)
        if late is None:
            raise
        return late
    if part == "places" and _is_incomplete(frame.patient):
        tag = flags.without_tag(frame.patient, registering.INCOMPLETE, made.version)
        frame.record.commit(request.principal, [tag] if tag is not None else [])
    undo = Undo("Patient", frame.id, made.version)
    told = merging_forms.told(request, _("Saved"))
    return saved(request, reverse("details", args=[frame.id]), told, undo=undo)


def _beside(frame: Frame, values: Any) -> list[Op]:
    """What a part says that is no part of the Patient."""
    if not isinstance(values, dict) or "orientation" not in values:
        return []
    before = orientation.read_orientation(frame.record, frame.principal, frame.id)
    return [*orientation.changed(frame.id, before, values["orientation"])]


@require_POST
@chart_page("details")
def state(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Deceased or not, active or not, who may open the chart, the photo; each with a way back."""
    _may(frame)
    what, day = request.POST.get("what", ""), request.POST.get("died", "")[:10]
    if what == "not-vip":
        return _opened(request, frame)
    change = {
        "deceased": lambda patient: flags.died(patient, day),
        "living": flags.living,
        "inactive": lambda patient: flags.set_active(patient, active=False),
        "active": lambda patient: flags.set_active(patient, active=True),
        "vip": flags.set_vip,
        "photo": lambda patient: _put_photo(request, patient),
        "no-photo": lambda patient: setattr(patient, "photo", None),
    }.get(what)
    if change is None:
        raise Invalid("There is no such state of a record.")
    made = registering.change(
        frame.record, request.principal, frame.patient, _version(request), change
    )
    undo = Undo("Patient", frame.id, made.version)
    return saved(request, reverse("details", args=[frame.id]), _("Saved"), undo=undo)


def _opened(request: ChartAsked, frame: Frame) -> HttpResponse:
    op = flags.without_vip(frame.patient, _version(request))
    if op is None:
        raise Invalid("The chart is open to the practice already.")
    version = frame.record.commit(request.principal, [op])[0].version
    undo = Undo("Patient", frame.id, version.version) if version is not None else None
    return saved(request, reverse("details", args=[frame.id]), _("Saved"), undo=undo)


def _may_change(frame: Frame) -> bool:
    return not isinstance(frame.reader.policy.where("Patient", "update"), Nothing)


def _may(frame: Frame) -> None:
    if not _may_change(frame):
        raise NotAllowed("Your roles do not let you change demographics.")


def _is_incomplete(patient: r4.Patient) -> bool:
    tags = (patient.meta.tag if patient.meta else None) or ()
    return any((one.system, one.code) == registering.INCOMPLETE for one in tags)


def _form(frame: Frame, part: str, data: Any) -> Any:
    fieldset = FIELDSETS[part]
    initial = fieldset.read(frame.patient)
    if fieldset.many:
        given = data if data is None else merging_forms.unfolded(data, part)
        return fieldset.form(given, prefix=part, initial=initial)
    if part == "identity" and frame.may_read("Observation") and frame.writes["Observation"]:
        said = orientation.read_orientation(frame.record, frame.principal, frame.id)
        return forms.SelfForm(data, initial={**initial, "orientation": orientation.code_of(said)})
    if part == "care":
        here, who = record(), frame.principal
        return forms.CareForm(
            data,
            initial=initial,
            practices=registering.practices(here, who),
            doctors=registering.doctors(here, who),
        )
    return fieldset.form(data, initial=initial)


def _words(bound: Any) -> str:
    """What a field says now, in words."""
    value = bound.value()
    table = dict(getattr(bound.field, "choices", ()))
    if isinstance(value, list):
        return ", ".join(str(table.get(one, one)) for one in value)
    if _DAY.fullmatch(str(value or "")):
        return day(str(value))
    return str(table.get(value, value) or "") if value else ""


def _version(request: ChartAsked) -> int | None:
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid("The form does not say which version it changes. Open it again.")
    return int(text)


def _put_photo(request: ChartAsked, patient: r4.Patient) -> None:
    given = request.FILES.get("photo")
    if given is None:
        raise Invalid("Choose a picture first.")
    upload = uploads.accept(given.read(), given.content_type or "", most=_PHOTO)
    if not upload.media_type.startswith("image/"):
        raise Invalid("The photo is no image. Choose a JPEG or PNG picture.")
    data = b64encode(upload.content).decode()
    patient.photo = [r4.Attachment(contentType=upload.media_type, data=data)]
