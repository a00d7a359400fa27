"""What every page of a chart stands in: the patient of its address, their banner, and the way to the other pages.

    @chart_page("problems")
    def problems(request: ChartAsked, frame: Frame) -> HttpResponse:
        return render_chart(request, frame, "staff/problems/list.html", {...})

The patient is in the address and, by `{% guard frame %}`, in every form: a form of another patient is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from osler.access import Principal
from osler.clinic.chart.asking import Asking
from osler.clinic.chart.banner import Banner, read_banner
from osler.clinic.patients.person import replaced_by
from osler.clinic.vitals.signs import Units
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Record
from osler.record.several import Reader
from osler.search.tree import Nothing
from osler.staff.chart.sections import Links, navigation, section_of
from osler.ui import people, preferences
from osler.ui.answers import in_panel
from osler.ui.page import Asked, page, record

P = ParamSpec("P")
PANEL = "staff/chart/workspace_panel.html"
PAGE = "staff/chart/workspace_page.html"
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", "patient", "version"})
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class ChartAsked(Asked):
    """A request for a page of a chart, for annotations."""


@dataclass(frozen=True, slots=True)
class May:
    """What a reader may do, for templates: `frame.reads.Condition`, `frame.writes.Condition`."""

    asked: Callable[[str], bool]

    def __getitem__(self, type: str) -> bool:
        return self.asked(type)


@dataclass(frozen=True)
class Frame:
    """One patient's chart as somebody opens it. `section` is the name of the page's address."""

    id: str
    patient: r4.Patient
    section: str
    principal: Principal
    record: Record
    reader: Reader = field(repr=False)

    @cached_property
    def banner(self) -> Banner:
        """What is always in view; read when a page shows it, not for a form in a panel."""
        return read_banner(self.asking, self.patient)

    @cached_property
    def asking(self) -> Asking:
        """Searches about this patient, under one policy for the whole request."""
        return Asking(self.reader, self.id)

    @cached_property
    def label(self) -> str:
        """Name, birth date and record number in one line."""
        return people.label(self.patient)

    @property
    def title(self) -> str:
        """What this page of the chart is called."""
        found = section_of(self.section)
        return _(found.label) if found else ""

    @property
    def reads(self) -> May:
        """Whether anything of a type can be seen of this patient, by type."""
        return May(self.asking.may_read)

    @property
    def whole(self) -> May:
        """Whether nothing of a type can be hidden, by type: who does not see all is never told that there is none."""
        return May(self.asking.sees_all)

    @property
    def writes(self) -> May:
        """Whether a button that writes a type makes sense, by type; the record decides when it is written."""
        where = self.reader.policy.where
        return May(lambda name: not isinstance(where(name, "create"), Nothing))

    @property
    def navigation(self) -> list[Links]:
        """The sections that this reader may open."""
        return navigation(self.id, self.section, self.may_read, self.has, age=self._years())

    def _years(self) -> int | None:
        """The patient's age, roughly; None where no birth date is known."""
        born = (self.patient.birthDate or "")[:4]
        return clock.now().year - int(born) if born.isdecimal() else None

    def may_read(self, type: str) -> bool:
        """Whether anything of a type can be seen of this patient by this reader."""
        return self.asking.may_read(type)

    def has(self, permission: str) -> bool:
        """Whether one of the reader's roles has a permission."""
        return self.reader.has(permission)


def chart_page(
    section: str, *, permission: str | None = None
) -> Callable[
    [Callable[Concatenate[Any, Frame, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Make a view of a function: for staff, of the patient in the address, safe from forms of another one."""

    def made(
        view: Callable[Concatenate[Any, Frame, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @page(kinds=("staff",), permission=permission)
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            id = str(kwargs.pop("id"))
            frame = frame_of(request, id, section)
            if request.method == "POST" and request.POST.get("patient") != id:
                return _another(request, frame)
            there = replaced_by(frame.patient)
            if there and request.method == "POST":
                return _another(request, frame, there)
            if there and request.method == "GET":
                messages.info(request, _("This record was merged into another one; you are there."))
                return redirect("chart", id=there)
            return view(request, frame, *args, **kwargs)

        return answer

    return made


def frame_of(request: Asked, id: str, section: str) -> Frame:
    """The frame of a patient's chart. Raises NotFound for one that the reader may not see."""
    here = record()
    reader = Reader(here, request.principal)
    patient = decode(reader.read("Patient", id).content)
    assert isinstance(patient, r4.Patient), "a Patient is asked for"
    return Frame(id, patient, section, request.principal, here, reader)


def units_of(request: HttpRequest) -> Units:
    """US customary or metric, as the reader prefers."""
    return "metric" if preferences.of(request).metric else "us"


def render_chart(
    request: HttpRequest,
    frame: Frame,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A page of the chart; its template extends staff/chart/base.html."""
    return render(request, template, {"frame": frame, **(context or {})}, status=status)


def render_form(
    request: HttpRequest,
    frame: Frame,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A form beside the chart, or a page of its own where no script asked; its template extends `workspace`."""
    inside = in_panel(request)
    given = {"workspace": PANEL if inside else PAGE, "in_panel": inside, **(context or {})}
    answer = render_chart(request, frame, template, given, status=status)
    answer["Vary"] = "HX-Request"
    return answer


def _another(request: HttpRequest, frame: Frame, merged: str = "") -> HttpResponse:
    """Refuse a form that was opened for another patient, and give back what was typed into it.

    `merged` is the record that this one was merged into since the form was opened: nobody would look here.
    """
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _NOT_TYPED
        for value in values
        if value.strip()
    ]
    given = merged or request.POST.get("patient", "")
    other = given if _ID.fullmatch(given) else ""
    label = people.patient_label(frame.record, frame.principal, other)
    about = {"typed": typed, "other": label, "other_id": other, "merged": bool(merged)}
    return render_form(request, frame, "staff/chart/another_patient.html", about, status=409)
