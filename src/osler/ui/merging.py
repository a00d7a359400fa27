"""When somebody else was faster: their change and mine, field by field, and a form that saves what is chosen.

    try:
        record().commit(request.principal, [Update(changed, source="typed", if_match=version)])
    except (PreconditionFailed, Conflict):
        return merging.stale(request, ("Condition", item), fields_of, labels)

`fields_of` makes of a resource the values of the form's fields, named as the form posts them. The page posts to
the same address as the form did, with the new version: the view need not know that it is a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit.errors import Gone, NotFound
from osler.ui.answers import in_panel
from osler.ui.page import Asked, record

__all__ = ["Field", "Theirs", "differences", "merged", "stale", "versions"]

Values = Mapping[str, Sequence[str] | str | None]
Choices = Mapping[str, Mapping[str, str]]
_OURS = frozenset({"csrfmiddlewaretoken", "version"})
_LONG = 60


@dataclass(frozen=True, slots=True)
class Theirs:
    """What is saved now: the form's fields of it, its version (of several: as the form says it), who and when."""

    values: Values
    version: int | str
    who: str = ""
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form: as it was, as they have it, as I have it.

    `result` is what is saved unless something else is chosen. `conflict`: both changed it, differently.
    """

    name: str
    label: str
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def conflict(self) -> bool:
        """Whether somebody has to choose."""
        return self.mine != self.theirs and self.base not in (self.mine, self.theirs)

    @property
    def many(self) -> bool:
        """Whether the field has several values, which are chosen one by one."""
        return max(map(len, (self.base, self.theirs, self.mine))) > 1

    @property
    def result(self) -> tuple[str, ...]:
        """The change of whoever changed it; of several values all that nobody took out, with what either added."""
        if self.mine in (self.base, self.theirs):
            return self.theirs
        if self.theirs == self.base or not self.many:
            return self.mine
        kept = [one for one in self.base if one in self.theirs and one in self.mine]
        added = [one for one in (*self.theirs, *self.mine) if one not in self.base]
        return tuple(dict.fromkeys((*kept, *added)))

    @property
    def together(self) -> str:
        """Both texts, one below the other, where the field is one for writing; "" where it is not."""
        if self.many or self.choices:
            return ""
        mine, theirs = "".join(self.mine), "".join(self.theirs)
        long = max(len(mine), len(theirs)) > _LONG or "\n" in mine + theirs
        return f"{theirs}\n{mine}" if long and mine and theirs else ""

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """Of several values: each with what it says and whether it is chosen beforehand."""
        every = dict.fromkeys((*self.base, *self.theirs, *self.mine))
        return [(one, self.choices.get(one, one), one in self.result) for one in every]

    def said(self, values: tuple[str, ...]) -> str:
        """Values as the form shows them."""
        return ", ".join(self.choices.get(one, one) for one in values if one)

    @property
    def said_base(self) -> str:
        """As it was."""
        return self.said(self.base)

    @property
    def said_theirs(self) -> str:
        """As they have it."""
        return self.said(self.theirs)

    @property
    def said_mine(self) -> str:
        """As I have it."""
        return self.said(self.mine)


def merged(
    mine: Values,
    theirs: Values,
    base: Values,
    labels: Mapping[str, str],
    choices: Choices | None = None,
) -> list[Field]:
    """The fields in the order of their labels; a field without a label is none."""
    return [
        Field(
            name,
            str(label),
            _texts(base.get(name)),
            _texts(theirs.get(name)),
            _texts(mine.get(name)),
            (choices or {}).get(name, {}),
        )
        for name, label in labels.items()
    ]


def differences(
    request: HttpRequest,
    *,
    mine: Values,
    theirs: Theirs,
    base: Values,
    labels: Mapping[str, str],
    choices: Choices | None = None,
) -> HttpResponse:
    """The page, or the panel, on which somebody chooses (409): nothing has been overwritten.

    What only one of both changed is taken over; only what both changed is asked.
    """
    fields = merged(mine, theirs.values, base, labels, choices)
    passed = [
        (name, value)
        for name, values in _lists(mine)
        if name not in _OURS and name not in labels
        for value in values
    ]
    context = {
        "conflicts": [one for one in fields if one.conflict],
        "mine_only": [one for one in fields if not one.conflict and one.result != one.theirs],
        "theirs_only": [one for one in fields if one.mine == one.base != one.theirs],
        "settled": [
            (one.name, value)
            for one in fields
            if not one.conflict
            # A form that posts an empty field gets it back empty; a box without a tick posts none.
            for value in one.result or ([""] if one.name in mine else [])
        ],
        "passed": passed,
        "theirs": theirs,
        "action": request.get_full_path(),
        "base": "ui/merging/panel.html" if in_panel(request) else "ui/merging/page.html",
    }
    return render(request, "ui/merging/differences.html", context, status=409)


def stale(
    request: Asked,
    item: tuple[str, str],
    fields_of: Callable[[Any], Values],
    labels: Mapping[str, str],
    choices: Choices | None = None,
) -> HttpResponse:
    """The same for a form of one resource, `item` its (type, id), whose hidden `version` is not the current one.

    Raises:
        Gone: it has been deleted meanwhile; NotFound: it is none that may be seen.
    """
    told, now, begun = versions(request, item)
    theirs = replace(told, values=fields_of(now))
    base = theirs.values if begun is None else fields_of(begun)
    mine = dict(request.POST.lists())
    return differences(request, mine=mine, theirs=theirs, base=base, labels=labels, choices=choices)


def versions(request: Asked, item: tuple[str, str]) -> tuple[Theirs, Resource, Resource | None]:
    """Who wrote what is saved now, that itself, and the version that the form began with if it can be had."""
    here, who = record(), request.principal
    now = here.read(who, *item)
    told = here.written_by(who, *item)
    theirs = Theirs({}, now.version, *(told or ("", now.updated)))
    return theirs, decode(now.content), _begun(request, item)


def _begun(request: Asked, item: tuple[str, str]) -> Resource | None:
    """The version that the form began with; None where it cannot be had: then every difference is asked."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    try:
        return decode(record().vread(request.principal, *item, int(text)).content)
    except (NotFound, Gone):
        return None


def _texts(values: Sequence[str] | str | None) -> tuple[str, ...]:
    """Values as a form posts them; one that is empty is none, as an empty field posts one."""
    if values is None:
        return ()
    listed = (values,) if isinstance(values, str) else values
    return tuple(one.replace("\r\n", "\n") for one in map(str, listed) if one.strip())


def _lists(values: Values) -> Iterable[tuple[str, Sequence[str]]]:
    for name, value in values.items():
        yield name, [value] if isinstance(value, str) else value or []
