"""A form that is saved too late: what two people changed in different fields is kept of both, else somebody chooses.

    except (PreconditionFailed, Conflict):
        if late := merging_forms.late(request, ("Condition", item), form, shown):
            return late
        raise

`shown(resource)` is the form as it shows a resource, unbound. It may be a formset: then each row is one value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union, cast

from django import forms
from django.forms import BaseForm, BaseFormSet
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from osler.kit.errors import Invalid
from osler.ui import merging
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField
from osler.ui.formats import day
from osler.ui.page import Asked

Shown = Union[BaseForm, "BaseFormSet[Any]"]
Values = dict[str, list[str]]
_KEPT, _TRIES = "osler.merged.with", "osler.merged.times"
_MOST_TRIES = 3
_ROWS = "-row"


def late(
    request: Asked,
    item: tuple[str, str],
    mine: Shown,
    shown: Callable[[Any], Shown],
    codes: Mapping[str, str] | None = None,
) -> HttpResponse | None:
    """The answer to a form whose `version` is not the current one; None if it is.

    Where both changes go together the view is asked again, with both. `codes`: what boxes of terms turned out to mean.
    """
    theirs, now, begun = merging.versions(request, item)
    if str(theirs.version) == request.POST.get("version", ""):
        return None
    form = shown(now)
    values, base = _values(form), _values(shown(begun if begun is not None else now))
    wanted = _values(mine, codes or {})
    labels = _labels(form)
    fields = merging.merged(wanted, values, base, labels)
    tries = request.META.get(_TRIES, 0)
    match = request.resolver_match
    asked = any(one.conflict for one in fields) or _entangled(form, fields)
    if begun is None or match is None or tries >= _MOST_TRIES or asked:
        posted = dict(request.POST.lists()) | {k: v for k, v in wanted.items() if v}
        told = merging.Theirs(values, theirs.version, theirs.who, theirs.when)
        words = _words(form, (wanted, values, base))
        return merging.differences(
            request, mine=posted, theirs=told, base=base, labels=labels, choices=words
        )
    request.POST = _both(request, fields, theirs.version)  # type: ignore[assignment]  # as if it had been posted
    request.META |= {_TRIES: tries + 1, _KEPT: theirs.who or _("somebody else")}
    return cast("HttpResponse", match.func(request, *match.args, **match.kwargs))


def _entangled(form: Shown, fields: Iterable[merging.Field]) -> bool:
    """Whether both changed fields that say one thing, as a dose and how often: two doublings are not one."""
    listed = list(fields)
    for group in getattr(form, "together", ()):
        some = [
            one
            for one in listed
            if one.name.removesuffix("_pick") in group and one.mine != one.theirs
        ]
        if any(one.mine != one.base for one in some) and any(
            one.theirs != one.base for one in some
        ):
            return True
    return False


def told(request: Asked, text: str) -> str:
    """What a toast says of a save: also whose change was kept beside one's own."""
    who = request.META.get(_KEPT)
    if not who:
        return text
    return _("%(text)s. What %(who)s had changed meanwhile was kept too.") % {"text": text, "who": who}  # fmt: skip


def unfolded(data: QueryDict, prefix: str) -> QueryDict:
    """The data of a formset whose rows were chosen whole. Raises Invalid for what no such choice posts."""
    rows = data.getlist(prefix + _ROWS)
    if not rows:
        return data
    made = data.copy()
    listed = [_row_of(text) for text in rows if text]
    # All count as there from the beginning: one that is as it was before would else be left out.
    made[f"{prefix}-TOTAL_FORMS"] = made[f"{prefix}-INITIAL_FORMS"] = str(len(listed))
    for number, row in enumerate(listed):
        for name in [key for key in made if key.startswith(f"{prefix}-{number}-")]:
            del made[name]
        for name, values in row.items():
            made.setlist(f"{prefix}-{number}-{name}", values)
    return made


def _row_of(text: str) -> Values:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("A row of the form cannot be read. Open the form again.")
    return {str(name): [str(one) for one in values] for name, values in found.items()}


def _both(request: Asked, fields: Iterable[merging.Field], version: int | str) -> QueryDict:
    post = request.POST.copy()
    for one in fields:
        post.setlist(one.name, list(one.result) or [""])
        # A choice of several without any posts nothing, as a box without a tick does.
        unticked = not one.result and (one.many or one.name not in request.POST)
        if unticked and not one.name.endswith(_ROWS):
            del post[one.name]
    post["version"] = str(version)
    return post


def _values(form: Shown, codes: Mapping[str, str] | None = None) -> Values:
    """What a form would post, by the names under which fields are compared."""
    if isinstance(form, BaseFormSet):
        filled = form.forms if form.is_bound else form.initial_forms
        return {_name(form): [json.dumps(row) for row in map(_row, filled) if row]}
    made: Values = {}
    for name, field in form.fields.items():
        bound = form[name]
        if not bound.is_hidden:
            made[_name(form, name)] = _value(form, name, field, (codes or {}).get(name, ""))
    return made


def _value(form: BaseForm, name: str, field: forms.Field, code: str = "") -> list[str]:
    value: Any = form[name].value()
    if form.is_bound and isinstance(field, PartialDateField | forms.DateField):
        value = form.cleaned_data.get(
            name, value
        )  # However it was typed, the same day is the same.
    match value:
        case Picked():
            return [f"{value.code or code or 'typed'} {value.text}"] if value else []
        case True:
            return ["on"]
        case None | False | "":
            return []
        case list() | tuple():
            return [str(one) for one in value]
        case _:
            dated = isinstance(field, forms.DateField)
            return [str(field.widget.format_value(value) if dated else value)]


def _row(form: BaseForm) -> Values:
    """One row, empty where nothing is written in it: a kind alone is nothing."""
    row = {name: _value(form, name, field) for name, field in form.fields.items()}
    typed = [name for name, one in form.fields.items() if not isinstance(one, forms.ChoiceField)]
    return row if any(row[name] for name in typed) else {}


def _name(form: Shown, name: str = "") -> str:
    if isinstance(form, BaseFormSet):
        return f"{form.prefix}{_ROWS}"
    return form.add_prefix(name) + ("_pick" if isinstance(form.fields[name], TermField) else "")


def _labels(form: Shown) -> dict[str, str]:
    if isinstance(form, BaseFormSet):
        return {_name(form): _("Entries")}
    seen = [name for name in form.fields if not form[name].is_hidden]
    return {_name(form, name): str(form.fields[name].label or name) for name in seen}


def _words(form: Shown, all: Iterable[Values]) -> dict[str, dict[str, str]]:
    """How values are said, by field."""
    listed = list(all)
    if isinstance(form, BaseFormSet):
        name, row = _name(form), form.empty_form
        texts = {text for values in listed for text in values[name]}
        return {name: {text: _said(row, _row_of(text)) for text in texts}}
    found: dict[str, dict[str, str]] = {}
    for name, field in form.fields.items():
        key = _name(form, name)
        texts = {text for values in listed for text in values.get(key, ())}
        said = {text: _word(field, text) for text in texts}
        if any(text != word for text, word in said.items()):
            found[key] = said
    return found


def _said(form: BaseForm, row: Values) -> str:
    words = [_word(form.fields[n], text) for n, texts in row.items() if n in form.fields for text in texts]  # fmt: skip
    return ", ".join(words)


def _word(field: forms.Field, text: str) -> str:
    match field:
        case TermField():
            return text.partition(" ")[2]
        case forms.ChoiceField():
            table = dict(cast("Iterable[tuple[Any, Any]]", field.choices))
            return str(table.get(text, text))
        case forms.BooleanField():
            return _("Yes") if text else ""
        case PartialDateField() | forms.DateField() if text[:1].isdigit():
            return str(day(text))
        case _:
            return text
