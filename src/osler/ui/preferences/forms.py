"""The form of the preferences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from osler.identity.models import Preferences
from osler.ui.forms import Form
from osler.ui.preferences import LANGUAGES

HOMES = {
    "today": _("Today"),
    "patients": _("Patients"),
    "results-inbox": _("Results"),
}
"""Pages that one may begin with, by their names among the addresses."""
_THEMES = [
    (Preferences.Theme.SYSTEM, _("As my device has it")),
    (Preferences.Theme.LIGHT, _("Light")),
    (Preferences.Theme.DARK, _("Dark")),
    (Preferences.Theme.CONTRAST, _("High contrast")),
]
_DENSITIES = [
    (Preferences.Density.COSY, _("Comfortable")),
    (Preferences.Density.COMPACT, _("Compact: more rows on a screen")),
    (Preferences.Density.TOUCH, _("Touch: large targets for fingers")),
]
_UNITS = [
    (Preferences.Units.US, _("US customary: lb, in, °F")),
    (Preferences.Units.METRIC, _("Metric: kg, cm, °C")),
]


class PreferencesForm(Form):
    """Everything that a person may choose about the pages."""

    theme = forms.ChoiceField(label=_("Colors"), choices=_THEMES, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Spacing"), choices=_DENSITIES, widget=forms.RadioSelect)
    units = forms.ChoiceField(label=_("Units"), choices=_UNITS, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language"), required=False)
    home = forms.ChoiceField(label=_("First page after signing in"), required=False)
    keys = forms.BooleanField(label=_("Shortcuts of single keys"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]  # a ChoiceField's
            ("", _("As my browser has it")),
            *LANGUAGES.items(),
        ]
        self.fields["home"].choices = _homes()  # type: ignore[attr-defined]


def _homes() -> list[tuple[str, Any]]:
    """Those of HOMES that there are."""
    return [(name, words) for name, words in HOMES.items() if address(name)]


def address(name: str) -> str:
    """Where a page of this name is; empty where there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
