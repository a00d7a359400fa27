"""How forms write their controls: the plain ones by code, which takes a tenth of what Django's templates do.

A form of vital signs has 120 options and inputs, each of which would be two or three templates with a loop. What is
written is the same: https://docs.djangoproject.com/en/5.2/ref/forms/renderers/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]
_WIDGETS = "django/forms/widgets/"


class Renderer(DjangoTemplates):
    """Django's, but for inputs, text areas and selects."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        """The markup of a form, a field or a control."""
        write = _WRITERS.get(template_name)
        if write is not None:
            return SafeString(write(context["widget"]))
        return SafeString(super().render(template_name, context, request))


def _input(widget: Widget) -> str:
    value = widget["value"]
    given = "" if value is None else f' value="{_text(value)}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{given}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    text = _text(widget["value"]) if widget["value"] else ""
    # The first line break in a text area is not part of its text.
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget)}>\n{text}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join(_group(name, options) for name, options, _ in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget)}>{groups}</select>'


def _group(name: Any, options: list[Widget]) -> str:
    written = "".join(map(_option, options))
    return f'<optgroup label="{_text(name)}">{written}</optgroup>' if name else written


def _option(widget: Widget) -> str:
    value, label = _text(widget["value"]), _text(widget["label"])
    return f'<option value="{value}"{_attributes(widget)}>{label}</option>'


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: Any) -> str:
    """As a template writes it: escaped unless it is markup already."""
    text = str(value)
    return text if hasattr(text, "__html__") else escape(text)


_INPUTS = (
    "color",
    "date",
    "datetime",
    "email",
    "hidden",
    "number",
    "password",
    "search",
    "tel",
    "text",
    "time",
    "url",
)
_WRITERS: dict[str, Callable[[Widget], str]] = {
    **{f"{_WIDGETS}{name}.html": _input for name in ("input", "checkbox", *_INPUTS)},
    f"{_WIDGETS}textarea.html": _textarea,
    f"{_WIDGETS}select.html": _select,
}
