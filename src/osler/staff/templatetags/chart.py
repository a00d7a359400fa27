"""Tags of chart pages: `{% guard frame %}` in every form, and how a banner's parts are drawn."""

from __future__ import annotations

import re

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from osler.clinic.chart.events import Event
from osler.clinic.chart.values import Range
from osler.kit.words import N_
from osler.staff.chart.frame import Frame
from osler.staff.chart.words import CODES, KINDS, ago, short_day
from osler.staff.links import may_break_glass
from osler.ui.charts import spark
from osler.ui.formats import day, decimal, moment
from osler.ui.templatetags.osler import icon

register = template.Library()
_HUES = 5
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?")
PAGES = {
    "Composition": "note",
    "DocumentReference": "document",
    "Condition": "problem",
    "AllergyIntolerance": "allergy",
    "MedicationRequest": "medication",
    "Immunization": "immunization",
    "Procedure": "procedure",
    "DiagnosticReport": "result",
}
"""The address of the page of one resource, by its type."""


_NOT_ALL = {
    "problems": (N_("You may not see all problems of this patient."), ("Condition",)),
    "medications": (
        N_("You may not see all medications of this patient."),
        ("MedicationRequest", "MedicationStatement"),
    ),
    "allergies": (
        N_("You may not see all allergies of this patient."),
        ("AllergyIntolerance",),
    ),
    "flags": (
        N_("You may not see all alerts of this patient, nor perhaps the code status."),
        ("Flag",),
    ),
}


@register.inclusion_tag("staff/chart/not_all.html", takes_context=True)
def not_all(context: Context, name: str) -> dict[str, object]:
    """Above a list of which the reader may not see all: that it is so, and what to do; the same for every patient."""
    frame: Frame = context["frame"]
    says, types = _NOT_ALL[name]
    some = any(frame.reads[type] for type in types)
    glass = may_break_glass(context["request"]) and f"{reverse('glass')}?patient={frame.id}"
    return {
        "shown": some and not all(frame.whole[type] for type in types),
        "says": gettext(says),
        "glass": glass,
    }


@register.filter
def in_words(code: str) -> str:
    """A code of FHIR as people say it."""
    return gettext(CODES[code]) if code in CODES else code


register.filter("ago", ago)
register.filter("short_day", short_day)


@register.filter
def year(text: str) -> str:
    """The year of a date; other words as they are."""
    return text[:4] if text[:4].isdigit() else text


@register.filter
def dated(text: str) -> str:
    """A text that is a date or moment as people read it; others as they are."""
    return moment(text) if _DATED.fullmatch(text) else text


@register.simple_tag
def kind(name: str) -> str:
    """What one event of a kind is called."""
    return gettext(KINDS[name][1])


@register.simple_tag
def kind_icon(name: str) -> SafeString:
    """The icon of a kind of events."""
    return icon(KINDS[name][2])


@register.filter
def day_month(value: str) -> str:
    """The day of an event under the heading of its month."""
    text = day(value)
    return text.rpartition(",")[0] or text


@register.simple_tag
def within(expected: Range) -> str:
    """A range as it stands beside a value."""
    low, high = decimal(expected.low), decimal(expected.high)
    if low and high:
        return f"{low}–{high}"
    if low:
        return f"≥ {low}"
    return f"≤ {high}" if high else expected.text


@register.simple_tag
def sparkline(before: tuple[float, ...], expected: Range | None, name: str) -> SafeString:
    """How a value went; the numbers of two readings make a line."""
    low, high = (expected.low, expected.high) if expected else (None, None)
    band = (float(low), float(high)) if low is not None and high is not None else None
    label = gettext("%(name)s, %(n)s values") % {"name": name, "n": len(before)}
    return spark(before[-12:], band, label)


@register.simple_tag
def item_address(event: Event, patient: str) -> str:
    """The page of what an event is; nothing where it has none."""
    name = PAGES.get(event.type, "")
    return address(name, patient, event.id) if name else ""


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
        version = frame.patient.meta.versionId if frame.patient.meta else ""
        return format_html(
            '<img class="av av-lg" src="{}?v={}" alt="" width="44" height="44">', url, version
        )
    hue = sum(map(ord, frame.id)) % _HUES + 1
    initials = frame.banner.person.initials
    return format_html('<span class="av av-lg h{}" aria-hidden="true">{}</span>', hue, initials)
