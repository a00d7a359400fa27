"""`{% load osler %}`: icons, cards, flags, fields, built assets, and how dates and numbers are written."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from osler.kit.words import N_
from osler.ui import built, formats

register = template.Library()

register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("exact", formats.exact)
register.filter("clock_time", formats.clock_time)
register.filter("age", formats.age)
register.filter("decimal", formats.decimal)


@register.filter
def initials(name: str) -> str:
    """The letters in a round picture: of the first and the last word of a name."""
    words = [word for word in str(name).replace(",", " ").split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


_FLAGS = {
    "HH": ("crit solid", "↑↑ HH", N_("Critical high")),
    "H": ("warn", "↑ H", N_("High")),
    "L": ("warn", "↓ L", N_("Low")),
    "LL": ("crit solid", "↓↓ LL", N_("Critical low")),
    "A": ("warn", "! A", N_("Abnormal")),
    "AA": ("crit solid", "!! AA", N_("Critical")),
}


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built asset."""
    return built.url(name)


@register.simple_tag
def script(name: str) -> SafeString:
    """The bundle of an island."""
    return format_html('<script type="module" src="{}"></script>', built.url(f"{name}.js"))


@register.simple_tag
def style(name: str) -> SafeString:
    """A page group's own style sheet."""
    return format_html('<link rel="stylesheet" href="{}">', built.url(f"{name}.css"))


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon beside words; screen readers pass over it."""
    return _drawn(built.url("icons.svg"), name, size)


@lru_cache(maxsize=512)
def _drawn(file: str, name: str, size: int) -> SafeString:
    sized = "" if size == 16 else f" i-{size}"
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>', sized, file, name
    )


@register.simple_tag
def kept(name: str) -> SafeString:
    """A template that says the same on every page of a language: it is made once, and sees no variable."""
    return _kept(name, get_language() or "", built.url("icons.svg"))


@lru_cache(maxsize=64)
def _kept(name: str, language: str, icons: str) -> SafeString:  # noqa: ARG001 - what it depends on
    return SafeString(render_to_string(name))


@register.simple_tag
def flag(code: str | None) -> SafeString:
    """The mark of a result outside its range: symbol, letters, and words for who cannot see them."""
    if not code or code == "N":
        return (
            format_html('<span class="muted small">{}</span>', gettext("Normal"))
            if code
            else SafeString("")
        )
    if code not in _FLAGS:
        return format_html('<span class="flag warn">{}</span>', code)
    style, mark, words = _FLAGS[code]
    return format_html(
        '<span class="flag {}"><span aria-hidden="true">{}</span><span class="vh">{}</span></span>',
        style,
        mark,
        gettext(words),
    )


@register.simple_tag
def badge(kind: str, text: Any, icon: str = "") -> SafeString:
    """A small state; `kind` is crit, warn, ok, info, note or empty."""
    drawn = _icon(icon, 14) if icon else ""
    return format_html('<span class="badge {}">{}{}</span>', kind, drawn, text)


@register.simple_tag
def empty(text: str) -> SafeString:
    """What a list says when it has nothing."""
    return format_html('<p class="empty">{}</p>', text)


@register.simple_block_tag
def card(
    content: str, title: str, count: int | None = None, id: str = "", actions: str = ""
) -> SafeString:
    """A card with its head; `id` names the heading, `actions` is markup made by other tags."""
    named = id or f"h-{abs(hash(title)) % 100000}"
    number = "" if count is None else format_html(' <span class="count">{}</span>', count)
    return format_html(
        '<section class="card" aria-labelledby="{0}"><div class="card-h"><h2 id="{0}">{1}{2}</h2>'
        '<span class="grow"></span>{3}</div>{4}</section>',
        named,
        title,
        number,
        actions,
        content,
    )


@register.simple_tag
def field(bound: BoundField, hint: str = "", label: str = "") -> SafeString:
    """A form field: label, control, hint and errors, tied together for screen readers."""
    about = [f"{bound.auto_id}_hint"] if hint or bound.help_text else []
    about += [f"{bound.auto_id}_err"] if bound.errors else []
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    attributes: dict[str, str | bool] = {
        **({} if kind in ("checkbox", "radio", "file") else {"class": _classes(widget)}),
        **({"aria-describedby": " ".join(about)} if about else {}),
        **({"aria-invalid": "true"} if bound.errors else {}),
    }
    control = bound.as_widget(attrs=attributes)
    name = label or bound.label
    need = "" if bound.field.required else _optional(bound)
    told = _told(bound, hint)
    if kind == "checkbox" and not getattr(widget, "allow_multiple_selected", False):
        return format_html(
            '<div class="field"><label class="check">{} {}</label>{}</div>', control, name, told
        )
    if getattr(widget, "use_fieldset", False):
        return format_html(
            '<fieldset class="field"><legend class="label">{}{}</legend>{}{}</fieldset>',
            name,
            need,
            control,
            told,
        )
    return format_html(
        '<div class="field"><label for="{}">{}{}</label>{}{}</div>',
        bound.id_for_label,
        name,
        need,
        control,
        told,
    )


def _classes(widget: Any) -> str:
    return " ".join(part for part in ("input", widget.attrs.get("class", "")) if part)


def _optional(bound: BoundField) -> str | SafeString:
    """Forms mark what may be left out only where most must be filled in, by `mark_optional`."""
    if not getattr(bound.form, "mark_optional", False):
        return ""
    return format_html(' <span class="muted">({})</span>', pgettext("field", "optional"))


def _told(bound: BoundField, hint: str) -> SafeString:
    text = hint or bound.help_text
    hinted = (
        format_html('<span class="small muted" id="{}_hint">{}</span>', bound.auto_id, text)
        if text
        else ""
    )
    mark = _icon("circle-alert", 14)
    wrong = format_html_join(
        "", '<span class="err">{}<span>{}</span></span>', ((mark, one) for one in bound.errors)
    )
    errors = (
        format_html('<span id="{}_err">{}</span>', bound.auto_id, wrong) if bound.errors else ""
    )
    return mark_safe(f"{hinted}{errors}")  # noqa: S308 - both come from format_html


_icon = icon
