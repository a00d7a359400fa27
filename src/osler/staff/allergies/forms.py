"""The form of an allergy."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.allergies import writing
from osler.clinic.allergies.listing import allergy
from osler.clinic.allergies.writing import (
    CATEGORIES,
    CERTAINTIES,
    CRITICALITIES,
    REACTIONS,
    SEVERITIES,
    STATUSES,
    TYPES,
    Entered,
)
from osler.clinic.chart.words import said
from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import Chart, Item, notes
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.staff.lists.fields import OnsetField, choice, note
from osler.staff.lists.forms import WrittenForm
from osler.staff.lists.pages import Looked
from osler.ui.combobox import Picked, TermField


class AllergyForm(WrittenForm):
    """What somebody is allergic to, and what happens."""

    writing: ClassVar = writing
    boxes: ClassVar = {"substance": "allergen"} | {
        f"reaction{n}": "reaction" for n in range(1, REACTIONS + 1)
    }
    together = (
        frozenset(("substance", "certainty", "status", "criticality")),
        *(frozenset((f"reaction{n}", f"severity{n}")) for n in range(1, 4)),
    )
    substance = TermField("allergen", free=True, label=_("Substance, drug or drug class"))
    type = choice(TYPES, _("Kind"), required=True)
    category = choice(CATEGORIES, _("Category"), empty=_("By the substance"))
    criticality = choice(CRITICALITIES, _("Criticality"), empty=_("Not stated"))
    certainty = choice(CERTAINTIES, _("Certainty"), required=True)
    reaction1 = TermField("reaction", free=True, label=_("Reaction"), required=False)
    severity1 = choice(SEVERITIES, _("Severity"), empty=_("Not stated"))
    reaction2 = TermField("reaction", free=True, label=_("Second reaction"), required=False)
    severity2 = choice(SEVERITIES, _("Severity"), empty=_("Not stated"))
    reaction3 = TermField("reaction", free=True, label=_("Third reaction"), required=False)
    severity3 = choice(SEVERITIES, _("Severity"), empty=_("Not stated"))
    onset = OnsetField(label=_("Onset"), required=False, past=True)
    status = choice(STATUSES, _("Status"), required=True)
    note = note()
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def entered(self, looked: dict[str, Looked]) -> Entered:
        """What the form says; the category follows the substance unless it is chosen."""
        given = self.cleaned_data
        term = looked["substance"].term
        guessed = term.groups[0] if term and term.groups and term.groups[0] in CATEGORIES else ""
        if term is not None and term.about == "Drug class":
            guessed = "medication"
        names = [f"{n}" for n in range(1, REACTIONS + 1) if f"reaction{n}" in looked]
        return Entered(
            looked["substance"].concept,
            category=given["category"] or guessed,
            reactions=tuple((looked[f"reaction{n}"].concept, given[f"severity{n}"]) for n in names),
            **{
                name: given[name]
                for name in ("type", "criticality", "certainty", "status", "onset", "note")
            },
        )

    @classmethod
    def values(cls, one: r4.AllergyIntolerance) -> dict[str, Any]:
        """What the form shows of an allergy."""
        line = allergy(Item(one, 0))
        made: dict[str, Any] = {
            "substance": _picked(one.code, "allergen"),
            "type": one.type or "allergy",
            "category": next(iter(one.category or []), ""),
            "criticality": line.criticality,
            "certainty": line.certainty or "confirmed",
            "status": line.status or "active",
            "onset": line.onset,
            "note": notes(one),
        }
        pairs = [
            (what, r.severity or "") for r in one.reaction or [] for what in r.manifestation or []
        ]
        for number, (what, how) in enumerate(pairs[:REACTIONS], 1):
            made[f"reaction{number}"], made[f"severity{number}"] = _picked(what, "reaction"), how
        return made

    def against(self, chart: Chart, entered: Entered) -> Invalid | None:
        """One that is on the list."""
        alike = writing.alike(chart, entered.code)
        if not alike:
            return None
        return Invalid(f"On the list already: {alike[0]}. Save again to add it all the same.")


def _picked(concept: r4.CodeableConcept | None, kind: str) -> Picked:
    value = value_of(concept, kind)
    return Picked(said(concept), value, typed=not value)
