"""The form of a procedure."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import Item, notes
from osler.clinic.procedures import done as procedures_done
from osler.clinic.procedures.done import STATUSES, Entered, done
from osler.fhir import r4
from osler.staff.lists.fields import choice, note
from osler.staff.lists.forms import WrittenForm
from osler.staff.lists.pages import Looked
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField


class ProcedureForm(WrittenForm):
    """What was done, when, by whom."""

    writing: ClassVar = procedures_done
    boxes: ClassVar = {"procedure": "procedure"}
    apart = True
    procedure = TermField("procedure", free=True, label=_("Procedure"))
    status = choice(STATUSES, _("Status"), required=True)
    date = PartialDateField(label=_("Date"), required=False)
    performer = forms.CharField(label=_("Done by"), required=False, max_length=200)
    site = forms.CharField(label=_("Body site"), required=False, max_length=200)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=300)
    note = note()

    def entered(self, looked: dict[str, Looked]) -> Entered:
        """What the form says."""
        names = ("status", "date", "performer", "site", "outcome", "note")
        return Entered(
            looked["procedure"].concept, **{name: self.cleaned_data[name] for name in names}
        )

    @classmethod
    def values(cls, one: r4.Procedure) -> dict[str, Any]:
        """What the form shows of a procedure."""
        line, value = done(Item(one, 0)), value_of(one.code, "procedure")
        return {
            "procedure": Picked(line.name, value, typed=not value),
            "status": line.status,
            "date": line.date[:10],
            "performer": line.performer,
            "site": line.site,
            "outcome": line.outcome,
            "note": notes(one),
        }
