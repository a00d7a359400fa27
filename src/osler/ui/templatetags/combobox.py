"""`{% load combobox %}{% combobox form.code hint="…" %}`: a field chosen by typing, as a whole."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from osler.ui.templatetags.osler import field

register = template.Library()


@register.simple_tag
def combobox(bound: BoundField, hint: str = "", label: str = "") -> SafeString:
    """The same as `{% field %}`, which draws such fields too; the page needs `{% script "combo-box" %}`."""
    return field(bound, hint, label)
