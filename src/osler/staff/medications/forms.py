"""The form of a drug on the medication list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import notes
from osler.clinic.medications import sig
from osler.clinic.medications.listing import Drug, Medication, indication
from osler.clinic.medications.writing import SOURCES, Entered
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid
from osler.staff.lists.fields import choice, note, options
from osler.staff.lists.pages import LookedUp
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField

KINDS = {"drug": "drug"}
_FREQUENCIES = {code: one.text for code, one in sig.FREQUENCIES.items()}
_ROUTES = {code: one.text for code, one in sig.ROUTES.items()}
_UNITS = {code: one.many for code, one in sig.UNITS.items()}


class MedicationForm(LookedUp):
    """A drug, how it is taken, since when, on whose word."""

    together = (
        frozenset(
            ["drug", "dose", "unit", "route", "frequency", "as_needed", "needed_for", "free"]
        ),
    )
    drug = TermField("drug", free=True, label=_("Drug"))
    dose = forms.CharField(label=_("Dose"), required=False, max_length=20)
    unit = choice(_UNITS, _("Unit"), empty="")
    route = choice(_ROUTES, _("Route"), empty=_("Not stated"))
    frequency = choice(_FREQUENCIES, _("How often"), empty=_("Not stated"))
    as_needed = forms.BooleanField(label=_("As needed"), required=False)
    needed_for = forms.CharField(label=_("Needed for"), required=False, max_length=100)
    free = forms.CharField(label=_("Directions in other words"), required=False, max_length=500)
    source = choice(SOURCES, _("Source"), required=True)
    prescriber = forms.CharField(label=_("Prescriber or source"), required=False, max_length=200)
    start = PartialDateField(label=_("Started"), required=False)
    stop = PartialDateField(label=_("Stopped"), required=False)
    problem = forms.ChoiceField(label=_("For the problem"), required=False)
    reason = forms.CharField(label=_("For another reason"), required=False, max_length=200)
    note = note()
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, problems: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = dict(problems)
        field = self.fields["problem"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Not stated")), *self.names.items()]
        route = self.fields["route"]
        assert isinstance(route, forms.ChoiceField)
        route.choices = options(_ROUTES, _("Not stated"))

    def clean_dose(self) -> Any:
        """A number."""
        try:
            return sig.dose_of(self.cleaned_data["dose"])
        except Invalid as error:
            raise ValidationError(spoken(error)) from error

    def clean(self) -> dict[str, Any]:
        """A dose and its unit come together."""
        given = super().clean() or {}
        if given.get("dose") and not given.get("unit"):
            self.add_error("unit", _("A dose needs a unit."))
        return given

    def entered(self, drug: r4.CodeableConcept) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        names = ("dose", "unit", "route", "frequency", "as_needed", "free")
        made = sig.Sig(**{name: given[name] for name in names}, reason=given["needed_for"])
        problem = (given["problem"], self.names.get(given["problem"], ""))
        rest = ("source", "prescriber", "start", "stop", "reason", "note")
        return Entered(drug, made, problem=problem, **{name: given[name] for name in rest})


def initial(one: Drug | None, line: Medication | None) -> dict[str, Any]:
    """What the form shows at first."""
    if one is None or line is None:
        return {"source": "patient"}
    statement = isinstance(one, r4.MedicationStatement)
    dosage = one.dosage if isinstance(one, r4.MedicationStatement) else one.dosageInstruction
    said = sig.sig_of(next(iter(dosage or []), None))
    value = value_of(one.medicationCodeableConcept, "drug")
    return {
        "drug": Picked(line.name, value, typed=not value),
        "dose": sig.number(said.dose) if said.dose is not None else "",
        "unit": said.unit,
        "route": said.route,
        "frequency": said.frequency,
        "as_needed": said.as_needed,
        "needed_for": said.reason,
        "free": said.free,
        "source": ("patient" if line.by == "Patient" else "record") if statement else "prescribed",
        "prescriber": "" if line.by == "Patient" else line.by,
        "start": line.start[:10],
        "stop": line.stop[:10],
        "problem": indication(one),
        "reason": "" if indication(one) else line.reason,
        "note": notes(one),
    }
