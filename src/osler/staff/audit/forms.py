"""What the audit report is narrowed to."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext, gettext_lazy

from osler.identity.words import spoken
from osler.kit.errors import NotFound, OslerError
from osler.record.audit_words import ACTIONS
from osler.ui.forms import Form
from osler.ui.page import Asked, record
from osler.ui.people import find_patient

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=_DAYS)


def _actions() -> list[tuple[str, str]]:
    named = [(code, gettext(one.words).replace("{}", "…")) for code, one in ACTIONS.items()]
    return [("", gettext("anything")), *sorted(named, key=lambda pair: pair[1])]


class Filter(Form):
    """Days, a patient, a person, what was done."""

    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("To"))
    patient = forms.CharField(
        label=gettext_lazy("Patient"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Record number, or name and birth date (5/2/1961)"),
    )
    who = forms.CharField(
        label=gettext_lazy("Who"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("The name, or its beginning"),
    )
    action = forms.ChoiceField(label=gettext_lazy("Did"), required=False, choices=_actions)
    type = forms.RegexField(
        r"^[A-Z][A-Za-z]+$",
        label=gettext_lazy("Kind of resource"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Such as Observation"),
    )
    address = forms.CharField(label=gettext_lazy("Network address"), required=False, max_length=60)
    failed = forms.BooleanField(label=gettext_lazy("Only what failed"), required=False)
    emergency = forms.BooleanField(label=gettext_lazy("Only broken glass"), required=False)

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = asked

    def clean_patient(self) -> str:
        """The id of the patient who is meant, also of one who is in the audit alone by now."""
        text: str = self.cleaned_data["patient"]
        if not text or (self._asked.method == "GET" and _ID.fullmatch(text)):
            return text
        try:
            return find_patient(record(), self._asked.principal, text)
        except NotFound as error:
            if _ID.fullmatch(text):
                return text
            raise forms.ValidationError(spoken(error)) from error
        except OslerError as error:
            raise forms.ValidationError(spoken(error)) from error

    def clean(self) -> dict[str, Any]:
        """An end before the beginning would find nothing, and look as if there were nothing."""
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("This is before the day that it begins on."))
        return given

    def kept(self) -> dict[str, str]:
        """The same as a query of an address: days, codes and ids."""
        data = self.cleaned_data if self.is_bound else {}
        found = {name: "on" if value is True else value for name, value in data.items() if value}
        return {name: str(value) for name, value in found.items()}
