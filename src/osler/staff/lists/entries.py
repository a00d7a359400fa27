"""Entries of a chart that have one form each: added, changed over their version, marked as mistakes.

PAGES = Entry(kind=r4.Goal, section="goals", name="goal", form=GoalForm, heading=N_("Add a goal"), …)
urlpatterns = [path(…, goals, name="goals"), *PAGES.urls("patients/<fhir:id>/goals/")]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from django import forms
from django.forms import BoundField
from django.http import HttpResponse, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.background.mistakes import is_wrong, mark
from osler.clinic.lists.items import Chart, Item, fresh
from osler.clinic.terms import search
from osler.fhir.base import Resource
from osler.fhir.narrative.summary import renewed
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.kit.ids import uuid7
from osler.record import Create, Update, Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_form
from osler.staff.lists.pages import Fact, Looked, LookedUp, chart_of, shown, version_of
from osler.ui import merging
from osler.ui.answers import Undo, saved
from osler.ui.combobox import Picked
from osler.ui.dates import PartialDateField
from osler.ui.page import one_line

_MOST_ROWS = 200
_ROW = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand beside each other, with words above them where there are any."""

    legend: str
    fields: list[BoundField]


class EntryForm(LookedUp):
    """The form of one entry. `boxes` are its fields that look up terms; `frame` is the chart's, for choices."""

    boxes: ClassVar[Mapping[str, str]] = {}
    idle = False
    """Whether it was saved and nothing was other than before."""

    def __init__(self, *args: Any, frame: Frame, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frame = frame
        self.prepare()

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

    def side_by_side(self, *lines: str) -> list[Group]:
        """Groups of "one two" lines, in which fields stand beside each other."""
        return [Group("", [self[name] for name in line.split()]) for line in lines]

    @classmethod
    def values(cls, one: Any) -> dict[str, Any]:
        """What the form shows of an entry."""
        raise NotImplementedError

    def fill(self, chart: Chart, one: Any, looked: dict[str, Looked]) -> None:
        """Write what the form says into an entry."""
        raise NotImplementedError

    def along(self, chart: Chart, reference: str) -> list[Create | Update]:  # noqa: ARG002 - for others
        """What is written in the same transaction; `reference` leads to the entry."""
        return []

    @classmethod
    def wrong_along(cls, chart: Chart, item: Item[Any], reason: str) -> list[Update]:  # noqa: ARG003 - for others
        """What is written in the same transaction where an entry was a mistake."""
        return []

    def rows(self, stem: str, least: int = 3) -> range:
        """Numbers of the rows to draw: those that were posted or are there, and a spare one."""
        given: Mapping[str, Any] = self.data if self.is_bound else self.initial
        used = [
            int(name[len(stem) :])
            for name in given
            if name.startswith(stem) and _ROW.fullmatch(name[len(stem) :]) and given[name]
        ]
        spare = 0 if self.is_bound else 1
        return range(1, min(max([least, *(n + spare for n in used)]), _MOST_ROWS) + 1)


@dataclass(frozen=True)
class Entry:
    """One kind of entry: its type, the address names of its list and of one of it, its form and its words."""

    kind: type[Resource]
    section: str
    name: str
    form: type[EntryForm]
    blank: Callable[[Chart], Any]
    title: Callable[[Any], str]
    heading: str
    added: str
    changed: str
    initial: Mapping[str, Any] = field(default_factory=dict)
    template: str = "staff/lists/entry.html"
    needs: str = ""
    """A type that one must be able to read besides: who may only register people writes nothing clinical."""
    belongs: Callable[[Any], bool] = lambda _one: True

    def urls(self, at: str, under: str = "") -> list[URLPattern]:
        """The addresses of its forms; `under` sets them apart from another kind in the same section."""
        here = f"{at}{under}"
        return [
            path(f"{here}new/", chart_page(self.section)(self.new), name=f"{self.name}-new"),
            path(f"{here}<fhir:item>/", chart_page(self.section)(self.one), name=self.name),
            path(
                f"{here}<fhir:item>/wrong/",
                require_POST(chart_page(self.section)(self.wrong)),
                name=f"{self.name}-wrong",
            ),
        ]

    def new(self, request: ChartAsked, frame: Frame) -> HttpResponse:
        """Add one."""
        self._refuse(frame)
        start = dict(self.initial)
        form = self.form(request.POST or None, initial=start, frame=frame)
        about = {"action": reverse(f"{self.name}-new", args=[frame.id]), **self._about(frame, None)}

        def save(looked: dict[str, Looked]) -> Version:
            chart = chart_of(frame)
            made = self.blank(chart)
            form.fill(chart, made, looked)
            renewed(made)
            url = f"urn:uuid:{uuid7()}"
            first = Create(made, source="typed", full_url=url)
            return chart.write([first, *form.along(chart, url)])[0]

        return self._answer(request, frame, form, about, save, self.added)

    def one(self, request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
        """One of them: its form, or what it says for who may only read."""
        found = self.read(frame, item)
        start = {**self.form.values(found.resource), "id": item}
        if not frame.writes[self.kind.__name__] and request.method != "POST":
            facts = facts_of(self.form(initial=start, frame=frame))
            title = self.title(found.resource)
            return shown(request, frame, title, self.kind.__name__, found, facts)
        self._refuse(frame)
        form = self.form(request.POST or None, initial=start, frame=frame)
        about = {"action": reverse(self.name, args=[frame.id, item]), **self._about(frame, found)}

        def save(looked: dict[str, Looked]) -> Version:
            chart = chart_of(frame)
            fresh(found, version_of(request))
            form.fill(chart, found.resource, looked)
            renewed(found.resource)
            first = chart.changed(found)
            ops = [first, *form.along(chart, f"{self.kind.__name__}/{item}")]
            made = chart.write(ops)
            pairs = zip(ops, made, strict=True)
            form.idle = all(isinstance(op, Update) and op.if_match == v.version for op, v in pairs)
            return made[0]

        return self._answer(request, frame, form, about, save, self.changed)

    def wrong(self, request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
        """Entered in error, with the reason."""
        self._refuse(frame)
        found = self.read(frame, item)
        reason = one_line(request.POST.get("reason", ""))
        chart = chart_of(frame)
        along = self.form.wrong_along(chart, found, reason) if reason.strip() else []
        version = mark(chart, found, reason, version_of(request), along)
        return self._done(request, frame, version, _("Marked as entered in error"))

    def read(self, frame: Frame, item: str) -> Item[Any]:
        """One of them. Raises NotFound for what is none, or was entered in error."""
        found: Item[Any] = chart_of(frame).read(self.kind, item)
        if self.needs and not frame.reads[self.needs]:
            raise NotFound(f"This page shows no {self.kind.__name__}/{item}.")
        if is_wrong(found.resource):
            raise NotFound("This was entered in error. Its history shows what it was.")
        if not self.belongs(found.resource):
            raise NotFound(f"This page shows no {self.kind.__name__}/{item}.")
        return found

    def _refuse(self, frame: Frame) -> None:
        unseen = self.needs and not frame.reads[self.needs]
        if unseen or not frame.writes[self.kind.__name__]:
            raise NotAllowed("Your role may read this list, not write it.")

    def _about(self, frame: Frame, found: Item[Any] | None) -> dict[str, Any]:
        about: dict[str, Any] = {
            "back": reverse(self.section, args=[frame.id]),
            "draft": f"{self.name}:{found.id if found else 'new'}",
            "type": self.kind.__name__,
            "heading": _(self.heading),
        }
        if found is not None:
            about |= {
                "item": found,
                "name": self.title(found.resource),
                "wrong_url": reverse(f"{self.name}-wrong", args=[frame.id, found.id]),
            }
        return about

    def _answer(
        self,
        request: ChartAsked,
        frame: Frame,
        form: EntryForm,
        about: dict[str, Any],
        save: Callable[[dict[str, Looked]], Version],
        told: str,
    ) -> HttpResponse:
        if request.method != "POST":
            return render_form(request, frame, self.template, {"form": form, **about})
        looked: dict[str, Looked] = {}
        if form.is_valid():
            looked = form.look(frame.record, frame.principal, form.kinds())
        if form.is_valid():
            try:
                version = save(looked)
            except (PreconditionFailed, Conflict):
                if "item" not in about:
                    raise
                return self._stale(request, frame, form, about["item"].id)
            except Invalid as error:
                form.add_error(None, spoken(error))
            else:
                for one in looked.values():
                    search.chosen(frame.record, frame.principal, one.term)
                before = about["item"].version if "item" in about else 0
                text = _("Nothing was changed") if form.idle else _(told)
                return self._done(request, frame, version, text, before)
        return render_form(request, frame, self.template, {"form": form, **about}, status=422)

    def _done(
        self, request: ChartAsked, frame: Frame, version: Version, told: str, before: int = 0
    ) -> HttpResponse:
        """Back to the list. Where there is no new version, Undo would take back what was there before."""
        undo = Undo(version.type, version.id, version.version)
        back = reverse(self.section, args=[frame.id])
        return saved(request, back, told, undo=undo if version.version != before else None)

    def _stale(self, request: ChartAsked, frame: Frame, form: EntryForm, item: str) -> HttpResponse:
        """Somebody else was faster. Codes of boxes are left out: the words that are chosen say them again."""
        now = self.form.values(self.read(frame, item).resource)
        theirs = self.form(initial={**now, "id": item}, frame=frame)
        words = QueryDict(mutable=True)
        boxes = form.kinds()
        for name, values in request.POST.lists():
            if not any(name in {f"{box}_code", f"{box}_typed", f"{box}_pick"} for box in boxes):
                words.setlist(name, values)
        request.POST = words  # type: ignore[assignment]  # what the form is compared by
        # Also rows that only they have added: left out, saving mine would take them away.
        fields = {**theirs.fields, **form.fields}
        labels = {name: str(one.label or name) for name, one in fields.items()}
        return merging.stale(
            request, (self.kind.__name__, item), lambda one: posted(self.form.values(one)), labels
        )


def posted(values: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What a form shows, as it posts it."""
    return {
        name: list(map(str, value)) if isinstance(value, list) else _text(value)
        for name, value in values.items()
    }


def _text(value: Any) -> str:
    match value:
        case Picked():
            return value.text
        case True:
            return "on"
        case None | False:
            return ""
        case _:
            return str(value)


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
        text = _("Yes") if value is True else _text(value)
        facts.append(
            Fact(str(one.label or ""), text, "date" if dated and text[:1].isdigit() else "")
        )
    return facts


def choices_of(field: forms.ChoiceField) -> list[tuple[str, Any]]:
    """The choices of a list, each with its words."""
    return list(cast("Iterable[tuple[str, Any]]", field.choices))
