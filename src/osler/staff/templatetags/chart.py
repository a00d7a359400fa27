"""Tags of chart pages: `{% guard frame %}` in every form, and how a banner's parts are drawn."""

from __future__ import annotations

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from osler.kit.words import N_
from osler.staff.chart.frame import Frame

register = template.Library()
_HUES = 5
_WORDS = {
    "female": N_("Female"),
    "male": N_("Male"),
    "other": N_("Other"),
    "unknown": N_("Unknown"),
    "severe": N_("severe"),
    "moderate": N_("moderate"),
    "mild": N_("mild"),
}


@register.filter
def in_words(code: str) -> str:
    """A code of FHIR as people say it."""
    return gettext(_WORDS[code]) if code in _WORDS else code


@register.simple_tag(takes_context=True)
def guard(context: Context, frame: Frame, version: object = None) -> SafeString:
    """The hidden fields of a chart's form: against forgery, whose chart it is, and which version it changes."""
    fields = [("csrfmiddlewaretoken", get_token(context["request"])), ("patient", frame.id)]
    if version is not None:
        fields.append(("version", str(version)))
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', fields)


@register.simple_tag
def address(name: str, *args: str) -> str:
    """The address of a page, or nothing where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def face(frame: Frame) -> SafeString:
    """The patient's photo, or their initials."""
    url = address("photo", frame.id) if frame.banner.person.photo else ""
    if url:
        return format_html('<img class="av av-lg" src="{}" alt="" width="44" height="44">', url)
    hue = sum(map(ord, frame.id)) % _HUES + 1
    initials = frame.banner.person.initials
    return format_html('<span class="av av-lg h{}" aria-hidden="true">{}</span>', hue, initials)
