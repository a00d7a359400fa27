"""The form of a vaccine: given here, given elsewhere, or not given."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from osler.clinic.immunizations import vaccines
from osler.clinic.immunizations.vaccines import (
    FUNDING,
    KINDS,
    REASONS,
    ROUTES,
    SITES,
    Entered,
)
from osler.clinic.lists.concepts import value_of
from osler.clinic.lists.items import Item, notes
from osler.clinic.terms.tables import MVX
from osler.fhir import r4
from osler.staff.lists.fields import choice, note
from osler.staff.lists.forms import WrittenForm
from osler.staff.lists.pages import Looked
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField


class ImmunizationForm(WrittenForm):
    """What a vaccine's record holds; most of it only for one that was given here."""

    writing: ClassVar = vaccines
    boxes: ClassVar = {"vaccine": "vaccine", "manufacturer": "manufacturer"}
    apart = True
    kind = choice(KINDS, _("What is recorded"), required=True)
    vaccine = TermField("vaccine", free=True, label=_("Vaccine"))
    date = PartialDateField(label=_("Date"), required=True, past=True)
    dose = forms.CharField(label=_("Dose number"), required=False, max_length=20)
    lot = forms.CharField(label=_("Lot number"), required=False, max_length=40)
    expires = PartialDateField(label=_("Lot expires"), required=False)
    manufacturer = TermField("manufacturer", free=True, label=_("Manufacturer"), required=False)
    site = choice(SITES, _("Site"), empty=_("Not stated"))
    route = choice(ROUTES, _("Route"), empty=_("Not stated"))
    funding = choice(FUNDING, _("Stock"), empty=_("Not stated"))
    vis = PartialDateField(
        label=_("Date of the information sheet (VIS)"), required=False, past=True
    )
    performer = forms.CharField(label=_("Given by"), required=False, max_length=200)
    reason = choice(REASONS, _("Why it was not given"), empty=_("Not stated"))
    note = note()

    def clean(self) -> dict[str, Any]:
        """One given here has its lot and a whole date; one not given its reason."""
        given = super().clean() or {}
        if given.get("kind") == "given":
            if not given.get("lot"):
                self.add_error("lot", _("The law wants the lot of a vaccine that is given here."))
            if given.get("date") and len(given["date"]) < 10:
                self.add_error("date", _("Give the day and the month too."))
        if given.get("kind") == "refused" and not given.get("reason"):
            self.add_error("reason", _("Say why it was not given."))
        return given

    def entered(self, looked: dict[str, Looked]) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        maker = looked.get("manufacturer")
        pair = (
            (maker.term.code if maker.term else "", given["manufacturer"].text)
            if maker
            else ("", "")
        )
        left_out = {"vaccine", "manufacturer"}
        rest = {name: value for name, value in given.items() if name not in left_out}
        return Entered(looked["vaccine"].concept, manufacturer=pair, **rest)

    @classmethod
    def values(cls, one: r4.Immunization) -> dict[str, Any]:
        """What the form shows of a vaccine."""
        line = vaccines.dose_of(Item(one, 0))
        value = value_of(one.vaccineCode, "vaccine")
        maker = one.manufacturer.identifier if one.manufacturer else None
        return {
            "kind": line.kind,
            "vaccine": Picked(line.name, value, typed=not value),
            "date": line.date[:10],
            "dose": line.dose,
            "lot": line.lot,
            "expires": line.expires,
            "manufacturer": Picked(
                line.maker, f"{MVX}|{maker.value}" if maker and maker.value else "", typed=not maker
            ),
            "site": _first(one.site, SITES),
            "route": _first(one.route, ROUTES),
            "funding": _first(one.fundingSource, FUNDING),
            "vis": next(
                (str(e.publicationDate) for e in one.education or [] if e.publicationDate), ""
            )[:10],
            "performer": line.by,
            "reason": _first(one.statusReason, REASONS),
            "note": notes(one),
        }


def _first(concept: r4.CodeableConcept | None, table: dict[str, str]) -> str:
    return next(
        (c.code for c in (concept.coding if concept else None) or [] if c.code and c.code in table),
        "",
    )
