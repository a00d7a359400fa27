"""Why can X see this, and who can see this patient: answered with the rules."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from osler.identity.words import spoken
from osler.kit.errors import OslerError
from osler.staff.access.holders import concerned, staff
from osler.ui.forms import Form
from osler.ui.page import Asked, page, record
from osler.ui.people import find_patient, patient_label

_ID = r"[A-Za-z0-9.-]{1,64}"


class WhyForm(Form):
    """Somebody, and one resource."""

    who = forms.ChoiceField(label=gettext_lazy("Who"))
    what = forms.RegexField(
        rf"^[A-Z][A-Za-z]+/{_ID}$",
        label=gettext_lazy("What"),
        help_text=gettext_lazy("Such as Patient/123 or Observation/456"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        self.people = {one.id: one for one in staff()}
        field.choices = [(one.id, one.name or one.id) for one in self.people.values()]


class WhoForm(Form):
    """A patient."""

    patient = forms.CharField(
        label=gettext_lazy("Patient"),
        max_length=120,
        help_text=gettext_lazy("Record number, or name and birth date (5/2/1961)"),
    )


@page(permission="access.explain", kinds=("staff",))
def why(request: Asked) -> HttpResponse:
    """Why somebody can, or cannot, see one resource."""
    form = WhyForm(request.GET or None)
    answer = None
    if form.is_valid():
        subject = form.people[form.cleaned_data["who"]]
        type, _, id = form.cleaned_data["what"].partition("/")
        try:
            answer = record().why(request.principal, type, id, subject)
        except OslerError as error:
            form.add_error("what", spoken(error))
    context = {"form": form, "answer": answer}
    return render(request, "staff/access/why.html", context, status=400 if form.errors else 200)


@page(permission="access.explain", kinds=("staff",))
def who(request: Asked) -> HttpResponse:
    """Everybody who can see something of a patient's record, and by which rule.

    Asked by a POST, for names and birth dates have no place in addresses.
    """
    form = WhoForm(request.POST or None)
    seeing, label = None, ""
    if form.is_valid():
        try:
            patient = find_patient(record(), request.principal, form.cleaned_data["patient"])
            found = record().who_can_see(request.principal, patient, concerned(patient))
            seeing = [one for one in found if one.types]
            label = patient_label(record(), request.principal, patient)
        except OslerError as error:
            form.add_error("patient", spoken(error))
    context = {"form": form, "seeing": seeing, "label": label}
    return render(request, "staff/access/who.html", context, status=400 if form.errors else 200)
