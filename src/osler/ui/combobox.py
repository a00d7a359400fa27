"""Choosing from a long list by typing: the widget, the field, and what a form does with words that it must look up.

condition = TermField("diagnosis", free=True, label=_("Problem"))     # value: Picked
form.resolve("condition", search, named)                              # after is_valid(), see `Looked`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

_LONGEST = 250


@dataclass(frozen=True, slots=True)
class Picked:
    """What somebody chose: words, the "system|code" of an answer, or words that are meant as typed."""

    text: str = ""
    code: str = ""
    typed: bool = False

    def __bool__(self) -> bool:
        return bool(self.text or self.code)


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer as a list shows it; `value` is its "system|code"."""

    value: str
    text: str
    about: str = ""
    code: str = ""


class Combobox(forms.TextInput):
    """The text box of `ui/parts/combobox.html`. `kind` is of the terms that `/terms/<kind>/` finds."""

    template_name = "ui/parts/combobox.html"

    def __init__(
        self, kind: str, *, free: bool = False, attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
        self.kind, self.free = kind, free
        self.offers: tuple[Offer, ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Picked:  # noqa: ARG002 - Django's
        """The words, the code and how they are meant; a choice among offers has the name of what was chosen."""
        text = " ".join(str(data.get(name) or "").replace("\0", " ").split())
        # "typed", "system|code", and where two people's changes were compared with its own words after a space.
        pick, _space, words = str(data.get(f"{name}_pick") or "").replace("\0", " ").partition(" ")
        if pick:
            return Picked(words or text, typed=True) if pick == "typed" else Picked(words, pick)
        return Picked(text, str(data.get(f"{name}_code") or ""), data.get(f"{name}_typed") == "1")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:  # noqa: ARG002
        """Whether the form was posted without this box."""
        return name not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template shows."""
        picked = value if isinstance(value, Picked) else Picked(str(value or ""))
        context = super().get_context(name, picked.text, {"class": "input", **(attrs or {})})
        context["widget"] |= {
            "url": reverse("terms", args=[self.kind]),
            "free": self.free,
            "text": picked.text,
            "code": picked.code,
            "typed": "1" if picked.typed else "",
            "offers": self.offers,
        }
        return context


class TermField(forms.Field):
    """A term chosen by typing; its value is a `Picked`. `free` lets words stand without a code."""

    widget: Combobox

    def __init__(self, kind: str, *, free: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=Combobox(kind, free=free), **kwargs)
        self.kind, self.free = kind, free

    def clean(self, value: Any) -> Picked:
        """What was picked; whether its code exists is looked up by `resolved`."""
        picked = value if isinstance(value, Picked) else Picked()
        if self.required and not picked:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(picked.text) > _LONGEST:
            raise ValidationError(_("This is too long for a name; put details into the note."))
        return picked

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether something else was picked."""
        return (initial or Picked()) != (data or Picked())


def resolved(
    form: forms.Form,
    name: str,
    named: Callable[[str], Offer | None],
    search: Callable[[str], Iterable[Offer]],
) -> Offer | None:
    """The answer that a field of a valid form means, None for words without a code.

    Words that are not an answer's own name are asked about: the field gets an error and its box the offers.
    """
    picked, field = form.cleaned_data.get(name) or Picked(), form.fields[name]
    assert isinstance(field, TermField)
    if picked.code:
        known = named(picked.code)
        if known is None:
            form.add_error(name, _("This code is not known here. Choose again."))
        return known
    if not picked or (picked.typed and field.free):
        return None
    offers = tuple(search(picked.text))
    same = [one for one in offers if one.text.casefold() == picked.text.casefold()]
    if same or (not offers and field.free):
        return same[0] if same else None
    field.widget.offers = offers
    form.add_error(
        name, _("Choose what you mean.") if offers else _("Nothing fits. Try other words.")
    )
    return None
