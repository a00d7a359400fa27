"""Entries of a chart that have one form each: added, changed over their version, marked as mistakes.

A list of the chart is a page of its own, which says what it shows, an `EntryForm`, which says how one of it is shown
and written, and an `Entry`, which has the addresses, the roles, the words and who was faster:

    GOALS = Entry(kind=r4.Goal, section="goals", name="goal", form=GoalForm, heading=N_("Add a goal"), …)
    urlpatterns = [path(…, goals, name="goals"), *GOALS.urls("patients/<fhir:id>/goals/")]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.lists.items import Chart, Item
from osler.clinic.lists.mistakes import mark, refuse_mistakes
from osler.clinic.terms import search
from osler.fhir.base import Resource
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.record import Version
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_form
from osler.staff.lists.forms import EntryForm, facts_of
from osler.staff.lists.pages import (
    Fact,
    Looked,
    chart_of,
    done,
    shown,
    version_of,
)
from osler.ui import merging_forms
from osler.ui.page import one_line


@dataclass(frozen=True)
class Entry:
    """One kind of entry: its type, the address names of its list and of one of it, its form and its words."""

    kind: type[Resource]
    section: str
    name: str
    form: type[EntryForm]
    title: Callable[[Any], str]
    heading: str
    added: str
    changed: str
    initial: Mapping[str, Any] = field(default_factory=dict)
    template: str = "staff/lists/entry.html"
    needs: str = ""
    """A type that one must be able to read besides: who may only register people writes nothing clinical."""
    belongs: Callable[[Any], bool] = lambda _one: True
    fixed: Callable[[Any], bool] = lambda _one: False
    """Whether one is only shown here, and changed elsewhere."""
    find: Callable[[Chart, str], Item[Any]] | None = None
    """Where an entry may be of several types: how one is read."""
    facts: Callable[[Item[Any]], list[Fact]] | None = None
    """What is shown to who may not change one; what the form shows, unless it is said."""

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
        form = self.form(request.POST or None, initial=dict(self.initial), frame=frame)
        about = self._about(frame, None)

        def save(looked: dict[str, Looked]) -> Version:
            return form.add(chart_of(frame), looked)

        return self._answer(request, frame, form, about, save)

    def one(self, request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
        """One of them: its form, or what it says for who may only read."""
        found = self.read(frame, item)
        may = frame.writes[type(found.resource).__name__] and not self.fixed(found.resource)
        if not may and request.method != "POST":
            return self._shown(request, frame, found)
        self._refuse(frame)
        form = self.form(request.POST or None, initial=self._values(found.resource), frame=frame)
        about = self._about(frame, found)

        def save(looked: dict[str, Looked]) -> Version:
            return form.edit(chart_of(frame), found, looked, version_of(request))

        return self._answer(request, frame, form, about, save)

    def wrong(self, request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
        """Entered in error, with the reason."""
        found = self.read(frame, item)
        self._refuse(frame)
        reason, chart = one_line(request.POST.get("reason", "")), chart_of(frame)
        along = self.form.wrong_along(chart, found, reason) if reason.strip() else []
        version = mark(chart, found, reason, version_of(request), along)
        return done(request, frame, version, self.section, _("Marked as entered in error"))

    def read(self, frame: Frame, item: str) -> Item[Any]:
        """One of them. Raises NotFound for what is none, or was entered in error."""
        chart = chart_of(frame)
        found: Item[Any] = self.find(chart, item) if self.find else chart.read(self.kind, item)
        if self.needs and not frame.reads[self.needs]:
            raise NotFound(f"This page shows no {self.kind.__name__}/{item}.")
        refuse_mistakes(found)
        if not self.belongs(found.resource):
            raise NotFound(f"This page shows no {self.kind.__name__}/{item}.")
        return found

    def _refuse(self, frame: Frame) -> None:
        unseen = self.needs and not frame.reads[self.needs]
        if unseen or not frame.writes[self.kind.__name__]:
            raise NotAllowed("Your role may read this list, not write it.")

    def _values(self, one: Any) -> dict[str, Any]:
        return {**self.form.values(one), "id": one.id}

    def _shown(self, request: ChartAsked, frame: Frame, found: Item[Any]) -> HttpResponse:
        one = found.resource
        facts = (
            self.facts(found)
            if self.facts
            else facts_of(self.form(initial=self._values(one), frame=frame))
        )
        return shown(request, frame, self.title(one), type(one).__name__, found, facts)

    def _about(self, frame: Frame, found: Item[Any] | None) -> dict[str, Any]:
        about: dict[str, Any] = {
            "action": reverse(f"{self.name}-new", args=[frame.id]),
            "back": reverse(self.section, args=[frame.id]),
            "draft": f"{self.name}:{found.id if found else 'new'}",
            "heading": _(self.heading),
        }
        if found is not None:
            about |= {
                "action": reverse(self.name, args=[frame.id, found.id]),
                "wrong_url": reverse(f"{self.name}-wrong", args=[frame.id, found.id]),
                "item": found,
                "type": type(found.resource).__name__,
                "name": self.title(found.resource),
            }
        return about

    def _answer(
        self,
        request: ChartAsked,
        frame: Frame,
        form: EntryForm,
        about: dict[str, Any],
        save: Callable[[dict[str, Looked]], Version],
    ) -> HttpResponse:
        """A form's page, and what comes of posting it: saved with Undo, or shown again with what is wrong."""
        if request.method != "POST":
            return render_form(request, frame, self.template, {"form": form, **about})
        item, looked = about.get("item"), form.looked_up()
        if looked is not None:
            try:
                version = save(looked)
            except (PreconditionFailed, Conflict) as error:
                late = self._late(request, frame, form, item, looked) if item else None
                if late is not None:
                    return late
                if isinstance(error, PreconditionFailed):
                    raise
                form.add_error(None, spoken(error))
            except Invalid as error:
                form.add_error(None, spoken(error))
            else:
                for one in looked.values():
                    search.chosen(frame.record, frame.principal, one.term)
                told = _(self.changed if item else self.added)
                before = item.version if item else 0
                return done(request, frame, version, self.section, told, before, form.more_written)
        return render_form(request, frame, self.template, {"form": form, **about}, status=422)

    def _late(
        self,
        request: ChartAsked,
        frame: Frame,
        form: EntryForm,
        item: Item[Any],
        looked: dict[str, Looked],
    ) -> HttpResponse | None:
        """Somebody else was faster: both changes where they go together, else somebody chooses."""
        codes = {name: one.term.value for name, one in looked.items() if one.term}

        def shown_as(one: Any) -> EntryForm:
            return self.form(initial={**self._values(one), "id": item.id}, frame=frame)

        about = (type(item.resource).__name__, item.id)
        return merging_forms.late(request, about, form, shown_as, codes)
