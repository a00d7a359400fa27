"""The form of a problem."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.chart.words import said
from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import Chart, Item, notes
from osler.clinic.problems import listing, writing
from osler.clinic.problems.listing import TABS
from osler.clinic.problems.writing import SEVERITIES, VERIFICATIONS, Entered
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.staff.lists.fields import OnsetField, choice, note
from osler.staff.lists.forms import WrittenForm
from osler.staff.lists.pages import Looked
from osler.ui.combobox import Picked, TermField


class ProblemForm(WrittenForm):
    """A problem in plain words or by code, with what is known of it."""

    writing: ClassVar = writing
    boxes: ClassVar = {"problem": "diagnosis"}
    together = (frozenset(("problem", "status", "verification", "abatement")),)
    problem = TermField("diagnosis", free=True, label=_("Problem"))
    status = choice(TABS, _("Status"), required=True)
    verification = choice(VERIFICATIONS, _("Certainty"), required=True)
    onset = OnsetField(label=_("Onset"), required=False, past=True)
    abatement = OnsetField(label=_("Resolved on"), required=False, past=True)
    severity = choice(SEVERITIES, _("Severity"), empty=_("Not stated"))
    note = note()
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def entered(self, looked: dict[str, Looked]) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        names = ("status", "verification", "onset", "abatement", "severity", "note")
        return Entered(looked["problem"].concept, **{name: given[name] for name in names})

    @classmethod
    def values(cls, one: r4.Condition) -> dict[str, Any]:
        """What the form shows of a problem."""
        line = listing.problem(Item(one, 0))
        severity = next(
            (
                c.code
                for c in (one.severity.coding if one.severity else None) or []
                if c.code in SEVERITIES
            ),
            "",
        )
        return {
            "problem": Picked(line.name, value_of(one.code, "diagnosis"), typed=not line.code),
            "status": line.tab,
            "verification": line.verification or "confirmed",
            "onset": line.onset,
            "abatement": line.abatement,
            "severity": severity,
            "note": notes(one),
        }

    def against(self, chart: Chart, entered: Entered) -> Invalid | None:
        """One that is on the list."""
        names = [said(one.resource.code) for one in writing.alike(chart, entered.code)]
        if not names:
            return None
        return Invalid(f"On the list already: {names[0]}. Save again to add it all the same.")
