"""The page of a patient's consents."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from osler.access.labels import OF_RESOURCES
from osler.clinic.privacy import consents
from osler.clinic.privacy.consents import Effect
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.identity.words import spoken
from osler.kit.errors import OslerError
from osler.portal.record.views import patient_of
from osler.search.parse import parse
from osler.ui.page import Asked, page, record

_EFFECTS = [("permit", gettext_lazy("may see")), ("deny", gettext_lazy("may not see"))]
_MOST = "500"


class Give(forms.Form):
    """A new consent."""

    to = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    effect = forms.ChoiceField(label=gettext_lazy("May they?"), choices=_EFFECTS)
    category = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        choices=[
            ("", gettext_lazy("everything")),
            *((one.code, gettext_lazy(one.name)) for one in OF_RESOURCES),
        ],
    )
    until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Without an end, if empty"),
    )

    def __init__(self, people: list[tuple[str, str]], *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # Django's own arguments
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("everybody who works here")), *people]


@page(kinds=("patient",))
def mine(request: Asked) -> HttpResponse:
    """My consents, and a form for a new one."""
    patient = patient_of(request)
    form = Give(_people(request), request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            consents.give(
                record(),
                request.principal,
                patient,
                cast("Effect", data["effect"]),
                to=data["to"],
                category=data["category"],
                until=data["until"],
            )
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            messages.success(request, gettext("It applies from now on."))
            return redirect("my-consents")
    context = {"rows": consents.of_patient(record(), request.principal, patient), "form": form}
    return render(request, "portal/consents.html", context, status=400 if form.errors else 200)


def _people(request: Asked) -> list[tuple[str, str]]:
    """Those who work here, by name."""
    query = parse("Practitioner", [("active", "true"), ("_count", _MOST)], record().registry)
    found = []
    for match in record().search(request.principal, query).matches:
        one = decode(match.content)
        assert isinstance(one, r4.Practitioner)
        found.append((f"Practitioner/{one.id}", _name(one)))
    return sorted(found, key=lambda pair: pair[1])


def _name(one: r4.Practitioner) -> str:
    name = (one.name or [r4.HumanName()])[0]
    parts = [*(name.given or []), name.family]
    return name.text or " ".join(part for part in parts if part) or f"Practitioner {one.id}"


@page(kinds=("patient",))
@require_POST
def withdrawn(request: Asked, id: str) -> HttpResponse:
    """End a consent."""
    consents.withdraw(record(), request.principal, patient_of(request), id)
    messages.success(request, gettext("Withdrawn; it no longer applies."))
    return redirect("my-consents")
