"""Controls written by code are what Django's own templates write."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString

from osler.kit.settings import Settings
from osler.ui.rendering import Renderer
from tests.pages import SETTINGS

_CHOICES = [("", "—"), ("a<", "A & B"), ("Group", [("1", "one"), (2, SafeString("<b>two</b>"))])]


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    from osler.main.site import configure

    configure(SETTINGS, Settings().database_url or "postgresql://nowhere/none")


class Everything(forms.Form):
    """One of each control."""

    text = forms.CharField(
        widget=forms.TextInput(attrs={"autofocus": True, "data-x": 'a"b', "hidden": False})
    )
    number = forms.DecimalField()
    day = forms.DateField()
    mail = forms.EmailField(required=False)
    secret = forms.CharField(widget=forms.PasswordInput)
    kept = forms.CharField(widget=forms.HiddenInput)
    said = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))
    sure = forms.BooleanField()
    one = forms.ChoiceField(choices=_CHOICES)
    some = forms.MultipleChoiceField(choices=_CHOICES)
    group = forms.ChoiceField(choices=_CHOICES[:2], widget=forms.RadioSelect)
    file = forms.FileField()


_GIVEN = (
    None,
    {"text": "a<b>'\"&", "number": "1.5", "day": date(2026, 3, 4), "said": "\nfirst\n<script>", "sure": True,
     "one": "a<", "some": ["1", "2"], "group": "a<", "kept": "k", "mail": "a@example.org"},
)  # fmt: skip


@pytest.mark.parametrize("given", _GIVEN)
@pytest.mark.parametrize("name", Everything.base_fields)
def test_each_control_is_as_django_writes_it(name: str, given: dict[str, object] | None) -> None:
    ours = str(Everything(initial=given, renderer=Renderer())[name])
    theirs = str(Everything(initial=given, renderer=DjangoTemplates())[name])
    assert _plain(ours) == _plain(theirs)
    assert isinstance(Everything(renderer=Renderer())[name].as_widget(), SafeString)


def _plain(markup: str) -> str:
    """Without the white space between tags, which in a select counts for nothing."""
    return re.sub(r">\s+<", "><", markup.strip()) if "<select" in markup else markup.strip()
