"""Forms of entries of a chart: what they show, how they are grouped on the page, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from osler.clinic.lists.items import Chart, Item, fresh
from osler.fhir.narrative.summary import renewed
from osler.kit.errors import Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Update, Version
from osler.staff.chart.frame import Frame
from osler.staff.lists.pages import (
    Fact,
    Looked,
    LookedUp,
    say_twice,
)
from osler.ui.combobox import Picked
from osler.ui.dates import PartialDateField

_MOST_ROWS = 200
_ROW = re.compile(r"([0-9]{1,3})(?:_pick)?")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand beside each other, with words above them where there are any."""

    legend: str
    fields: list[BoundField]


class EntryForm(LookedUp):
    """The form of one entry. `boxes` are its fields that look up terms; `frame` is the chart's, for choices."""

    boxes: ClassVar[Mapping[str, str]] = {}
    together: tuple[frozenset[str], ...] = ()
    """Fields that say one thing: where two people have changed some of them, somebody chooses."""
    apart: ClassVar[bool] = False
    """Whether all others can be changed by two people at once; else a form is one thing as a whole."""
    more_written = False
    """Whether more than the entry itself was other than before."""

    def __init__(self, *args: Any, frame: Frame, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frame = frame
        self.prepare()
        if not self.together and not self.apart:
            self.together = (frozenset(self.fields),)

    def prepare(self) -> None:
        """Choices and rows that depend on the chart or on what is entered."""

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """The choices of a list that depend on the chart."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def keep(self, name: str, known: Mapping[str, Any]) -> None:
        """Offer what the entry has now, if it is none of the choices: saved again, it is not another one."""
        now = str(self.initial.get(name) or "")
        if now and now not in known:
            self.more(name, (now, now))

    def more(self, name: str, *choices: tuple[str, Any]) -> None:
        """Add choices that only this entry has: what the form cannot name stays as it is, unless it is changed."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        self.choose(name, [*choices_of(field), *choices])

    def kinds(self) -> dict[str, str]:
        """The boxes, with those of rows."""
        return dict(self.boxes)

    def layout(self) -> list[Group]:
        """The fields as the page groups them: each on its own line."""
        return [Group("", [self[name]]) for name in self.fields]

    def looked_up(self) -> dict[str, Looked] | None:
        """What its boxes mean; None where something is wrong with what was sent."""
        if not self.is_valid():
            return None
        looked = self.look(self.frame.record, self.frame.principal, self.kinds())
        return looked if self.is_valid() else None

    def side_by_side(self, *lines: str) -> list[Group]:
        """Groups of "one two" lines, in which fields stand beside each other."""
        return [Group("", [self[name] for name in line.split()]) for line in lines]

    @classmethod
    def blank(cls, chart: Chart) -> Any:
        """A resource to fill in."""
        raise NotImplementedError

    @classmethod
    def values(cls, one: Any) -> dict[str, Any]:
        """What the form shows of a resource."""
        raise NotImplementedError

    def fill(self, chart: Chart, one: Any, looked: dict[str, Looked]) -> None:
        """Write what the form says into a resource."""
        raise NotImplementedError

    def along(self, chart: Chart, reference: str) -> list[Create | Update]:  # noqa: ARG002 - for others
        """What is written in the same transaction; `reference` leads to the entry."""
        return []

    @classmethod
    def wrong_along(cls, chart: Chart, item: Item[Any], reason: str) -> list[Update]:  # noqa: ARG003 - for others
        """What is written in the same transaction where an entry was a mistake."""
        return []

    def add(self, chart: Chart, looked: dict[str, Looked]) -> Version:
        """Write a new one."""
        made = self.blank(chart)
        self.fill(chart, made, looked)
        renewed(made)
        url = f"urn:uuid:{uuid7()}"
        first = Create(made, source="typed", full_url=url)
        return chart.write([first, *self.along(chart, url)])[0]

    def edit(
        self, chart: Chart, item: Item[Any], looked: dict[str, Looked], version: int
    ) -> Version:
        """Write the next version of one, over the version that the form was made from."""
        fresh(item, version)
        self.fill(chart, item.resource, looked)
        renewed(item.resource)
        reference = f"{type(item.resource).__name__}/{item.id}"
        ops = [chart.changed(item), *self.along(chart, reference)]
        made = chart.write(ops)
        pairs = zip(ops[1:], made[1:], strict=True)
        self.more_written = any(
            not isinstance(op, Update) or op.if_match != v.version for op, v in pairs
        )
        return made[0]

    def rows(self, stem: str, least: int = 3) -> range:
        """Numbers of the rows to draw: those that were posted or are there, and a spare one."""
        given: Mapping[str, Any] = self.data if self.is_bound else self.initial
        found = (
            (_ROW.fullmatch(name.removeprefix(stem)), name)
            for name in given
            if name.startswith(stem)
        )
        used = [int(row[1]) for row, name in found if row and given[name]]
        spare = 0 if self.is_bound else 1
        return range(1, min(max([least, *(n + spare for n in used)]), _MOST_ROWS) + 1)


class WrittenForm(EntryForm):
    """The form of an entry that a module of the clinic writes, by `add(chart, entered)` and `edit(chart, item, …)`."""

    writing: ClassVar[Any]

    def entered(self, looked: dict[str, Looked]) -> Any:
        """What the form says, as the module takes it."""
        raise NotImplementedError

    def against(self, chart: Chart, entered: Any) -> Invalid | None:  # noqa: ARG002 - for others
        """What speaks against a new one. It is saved all the same when the form is sent a second time."""
        return None

    def add(self, chart: Chart, looked: dict[str, Looked]) -> Version:
        """Write a new one."""
        entered = self.entered(looked)
        against = None if self.cleaned_data.get("anyway") else self.against(chart, entered)
        if against is not None:
            say_twice(self)
            raise against
        made: Version = self.writing.add(chart, entered)
        return made

    def edit(
        self, chart: Chart, item: Item[Any], looked: dict[str, Looked], version: int
    ) -> Version:
        """Write the next version of one, over the version that the form was made from."""
        made: Version = self.writing.edit(chart, item, self.entered(looked), version)
        return made


def facts_of(form: EntryForm) -> list[Fact]:
    """What a form shows, for who may only read it."""
    facts = []
    for name, one in form.fields.items():
        value = form.initial.get(name)
        if one.widget.is_hidden:
            continue
        if isinstance(one, forms.ChoiceField):
            chosen = value if isinstance(value, list) else [value]
            named = (str(text) for code, text in choices_of(one) if code and code in chosen)
            value = ", ".join(named)
        dated = isinstance(one, PartialDateField)
        text = _said(value)
        facts.append(
            Fact(str(one.label or ""), text, "date" if dated and text[:1].isdigit() else "")
        )
    return facts


def _said(value: Any) -> str:
    match value:
        case Picked():
            return value.text
        case True:
            return _("Yes")
        case None | False:
            return ""
        case _:
            return str(value)


def choices_of(field: forms.ChoiceField) -> list[tuple[str, Any]]:
    """The choices of a list, each with its words."""
    return list(cast("Iterable[tuple[str, Any]]", field.choices))
