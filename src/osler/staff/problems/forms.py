"""The form of a problem."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.lists.concepts import value_of
from osler.clinic.problems.listing import TABS, Problem
from osler.clinic.problems.writing import SEVERITIES, VERIFICATIONS, Entered
from osler.fhir import r4
from osler.staff.lists.fields import OnsetField, choice, note
from osler.staff.lists.pages import LookedUp
from osler.ui.combobox import Picked, TermField

KINDS = {"problem": "diagnosis"}


class ProblemForm(LookedUp):
    """A problem in plain words or by code, with what is known of it."""

    together = (frozenset(("problem", "status", "verification", "abatement")),)
    problem = TermField("diagnosis", free=True, label=_("Problem"))
    status = choice(TABS, _("Status"), required=True)
    verification = choice(VERIFICATIONS, _("Certainty"), required=True)
    onset = OnsetField(label=_("Onset"), required=False, past=True)
    abatement = OnsetField(label=_("Resolved on"), required=False, past=True)
    severity = choice(SEVERITIES, _("Severity"), empty=_("Not stated"))
    note = note()
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def entered(self, code: r4.CodeableConcept) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        names = ("status", "verification", "onset", "abatement", "severity", "note")
        return Entered(code, **{name: given[name] for name in names})


def initial(one: r4.Condition | None, line: Problem | None) -> dict[str, Any]:
    """What the form shows at first."""
    if one is None or line is None:
        return {"status": "active", "verification": "confirmed"}
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
        "note": next((s.text for s in one.note or [] if s.text and not s.time), ""),
    }
