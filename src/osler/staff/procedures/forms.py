"""The form of a procedure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import notes
from osler.clinic.procedures.done import STATUSES, Done, Entered
from osler.fhir import r4
from osler.staff.lists.fields import choice, note
from osler.staff.lists.pages import LookedUp
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField

KINDS = {"procedure": "procedure"}


class ProcedureForm(LookedUp):
    """What was done, when, by whom."""

    procedure = TermField("procedure", free=True, label=_("Procedure"))
    status = choice(STATUSES, _("Status"), required=True)
    date = PartialDateField(label=_("Date"), required=False)
    performer = forms.CharField(label=_("Done by"), required=False, max_length=200)
    site = forms.CharField(label=_("Body site"), required=False, max_length=200)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=300)
    note = note()

    def entered(self, code: r4.CodeableConcept) -> Entered:
        """What the form says."""
        names = ("status", "date", "performer", "site", "outcome", "note")
        return Entered(code, **{name: self.cleaned_data[name] for name in names})


def initial(one: r4.Procedure | None, line: Done | None) -> dict[str, Any]:
    """What the form shows at first."""
    if one is None or line is None:
        return {"status": "completed"}
    value = value_of(one.code, "procedure")
    return {
        "procedure": Picked(line.name, value, typed=not value),
        "status": line.status,
        "date": line.date[:10],
        "performer": line.performer,
        "site": line.site,
        "outcome": line.outcome,
        "note": notes(one),
    }
