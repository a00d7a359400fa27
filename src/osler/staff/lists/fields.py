"""Fields that the forms of lists share: when something began, choices with an empty one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from osler.ui.dates import PartialDateField

_AGE = re.compile(
    r"(?:at|age|aged|a los)\s*(\d{1,3})"
    r"(?:\s*(?:(?:years?|yrs?|años)|(?P<mo>months?|mo|meses|mes)|(?P<wk>weeks?|wks?|semanas?)|(?P<d>days?|d|días?))?"
    r"(?:\s+old)?)?"
)
_OLDEST = 130
NOTE_ROWS = 3


class OnsetField(PartialDateField):
    """A date as exact as it is known, or an age ("at 12"); its value is a FHIR date or "at 12"."""

    def clean(self, value: Any) -> str:
        """The date or age."""
        text = str(value or "").strip().lower()
        age = _AGE.fullmatch(text)
        if age is None:
            return super().clean(value)
        if int(age.group(1)) > _OLDEST:
            raise ValidationError(
                _("Nobody is that old. Type an age such as “at 12”."), code="invalid"
            )
        unit = age.lastgroup if age.lastgroup in {"mo", "wk", "d"} else ""
        return f"at {int(age.group(1))} {unit}".strip()


def options(table: Mapping[str, str], empty: Any = None) -> list[tuple[str, Any]]:
    """The choices of a short table, translated when they are shown."""
    first: list[tuple[str, Any]] = [("", empty)] if empty is not None else []
    return first + [(code, gettext_lazy(text)) for code, text in table.items()]


def choice(
    table: Mapping[str, str], label: Any, *, empty: Any = None, required: bool = False
) -> forms.ChoiceField:
    """A list to choose from."""
    return forms.ChoiceField(label=label, choices=options(table, empty), required=required)


def note() -> forms.CharField:
    """The remark."""
    area = forms.Textarea(attrs={"rows": NOTE_ROWS})
    return forms.CharField(label=_("Note"), required=False, max_length=4000, widget=area)


def in_order(form: forms.Form, given: Mapping[str, Any], start: str, end: str) -> None:
    """An error where something ends before it begins; of partial dates as far as both are known."""
    first, last = given.get(start) or "", given.get(end) or ""
    size = min(len(first), len(last))
    if last and last[:size] < first[:size]:
        form.add_error(end, _("This is before it began."))
