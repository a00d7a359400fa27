"""The form of a drug on the medication list."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import Chart, Item, notes
from osler.clinic.medications import clashes, listing, sig, writing
from osler.clinic.medications.listing import Drug, indication
from osler.clinic.medications.writing import SOURCES, Entered
from osler.clinic.problems.listing import read_problems
from osler.clinic.terms.drugs import readable
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed
from osler.record import Version
from osler.staff.lists.fields import choice, note, options
from osler.staff.lists.forms import WrittenForm
from osler.staff.lists.pages import Looked, chart_of
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField

_FREQUENCIES = {code: one.text for code, one in sig.FREQUENCIES.items()}
_ROUTES = {code: one.text for code, one in sig.ROUTES.items()}
_UNITS = {code: one.many for code, one in sig.UNITS.items()}


class MedicationForm(WrittenForm):
    """A drug, how it is taken, since when, on whose word."""

    writing: ClassVar = writing
    boxes: ClassVar = {"drug": "drug"}
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

    def prepare(self) -> None:
        """The problems of the chart, to say what it is for."""
        self.names = dict(_problems(chart_of(self.frame)))
        self.choose("problem", [("", _("Not stated")), *self.names.items()])
        self.choose("route", options(_ROUTES, _("Not stated")))

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

    def entered(self, looked: dict[str, Looked]) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        names = ("dose", "unit", "route", "frequency", "as_needed", "free")
        made = sig.Sig(**{name: given[name] for name in names}, reason=given["needed_for"])
        problem = (given["problem"], self.names.get(given["problem"], ""))
        rest = ("source", "prescriber", "start", "stop", "reason", "note")
        drug = looked["drug"].concept
        return Entered(drug, made, problem=problem, **{name: given[name] for name in rest})

    @classmethod
    def values(cls, one: Drug) -> dict[str, Any]:
        """What the form shows of a drug."""
        line = listing.medication(Item(one, 0))
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
            "source": ("patient" if line.by == "Patient" else "record")
            if statement
            else "prescribed",
            "prescriber": "" if line.by == "Patient" else line.by,
            "start": line.start[:10],
            "stop": line.stop[:10],
            "problem": indication(one),
            "reason": "" if indication(one) else line.reason,
            "note": notes(one),
        }

    def against(self, chart: Chart, entered: Entered) -> Invalid | None:
        """An allergy, or the same drug on the list, and what could not be checked."""
        found = warnings(chart, entered.drug)
        if not found:
            return None
        return Invalid(" ".join([*found, _now("Save again to record it all the same.")]))

    def add(self, chart: Chart, looked: dict[str, Looked]) -> Version:
        """Record it; somebody's role may record only what others say."""
        try:
            return super().add(chart, looked)
        except NotAllowed:
            if self.cleaned_data["source"] != "prescribed":
                raise
            raise Invalid(
                "Your role records what patients and others say: choose another source."
            ) from None


def warnings(chart: Chart, drug: r4.CodeableConcept) -> list[str]:
    """What speaks against a drug, and what could not be checked."""
    allergies = listing.active_allergies(chart)
    said: list[str] = []
    if allergies is None:
        said.append(_now("Allergies were not checked: you may not see them."))
    elif allergies:
        checked = clashes.check(drug, allergies)
        said += [_clash(one) for one in checked.clashes]
        known = [
            _now(one) if one.endswith(".") else _now("Not checked against: %s.") % one
            for one in checked.unchecked
        ]
        said += known
    held = [
        one.resource
        for one in listing.both(chart, 200)
        if one.resource.status in {"active", "on-hold", "draft"}
    ]
    alike = clashes.twice(drug, [one.medicationCodeableConcept for one in held])
    return said + [_now("On the list already: %s.") % readable(one) for one in dict.fromkeys(alike)]


def _clash(one: clashes.Clash) -> str:
    if one.near:
        return _now("Allergy to %(allergy)s: %(drug)s is of a related class.") % {
            "allergy": one.allergy,
            "drug": one.by,
        }
    return _now("Allergy to %(allergy)s: this drug contains or belongs to it (%(drug)s).") % {
        "allergy": one.allergy,
        "drug": one.by,
    }


def _problems(chart: Chart) -> list[tuple[str, str]]:
    if not chart.may_search("Condition"):
        return []
    return [(one.id, one.name) for one in read_problems(chart, 200, notes=False).tabs["active"]]
