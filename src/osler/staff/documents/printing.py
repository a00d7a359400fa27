"""Printing a chart or parts of it; each print is in the audit, what leaves the practice in the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from osler.access import Principal
from osler.clinic import printing
from osler.clinic.printing import chart, whole
from osler.clinic.privacy.disclosures import Disclosure, disclose
from osler.identity.words import spoken
from osler.kit import clock
from osler.kit.errors import NotAllowed, TooCostly
from osler.record import Access, Record
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.answers import saved
from osler.ui.dates import PartialDateField
from osler.ui.forms import Form
from osler.ui.page import Asked, record
from osler.ui.page import page as page_of

_TEMPLATE = "staff/documents/print.html"
HERE, OUT = "here", "out"
_SILENT = timedelta(minutes=2)
"""Without a sign of progress for so long, nobody works on a print."""
_PURPOSES = {
    "TREAT": gettext_lazy("Treatment"),
    "HPAYMT": gettext_lazy("Payment"),
    "PATRQT": gettext_lazy("The patient's request"),
    "HLEGAL": gettext_lazy("A legal matter"),
    "PUBHLTH": gettext_lazy("Public health"),
    "HOPERAT": gettext_lazy("Work of the practice"),
}


class PrintForm(Form):
    """What is printed, of which span, and where it goes."""

    parts = forms.MultipleChoiceField(
        label=gettext_lazy("Parts"),
        choices=[(code, gettext_lazy(label)) for code, label in chart.PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    since = PartialDateField(label=gettext_lazy("From"), required=False)
    until = PartialDateField(label=gettext_lazy("To"), required=False)
    where = forms.ChoiceField(
        label=gettext_lazy("Where does it go?"),
        choices=[
            (HERE, gettext_lazy("It stays in the practice")),
            (OUT, gettext_lazy("It leaves the practice")),
        ],
        widget=forms.RadioSelect,
        initial=HERE,
    )
    recipient = forms.CharField(label=gettext_lazy("Recipient"), required=False, max_length=200)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=300)
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        required=False,
        choices=[("", gettext_lazy("Choose…")), *_PURPOSES.items()],
    )

    def clean(self) -> dict[str, Any]:
        """What leaves the practice says to whom and why."""
        given = super().clean() or {}
        if given.get("where") == OUT:
            for name in ("recipient", "purpose"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(
                        name,
                        _("What leaves the practice needs this, for the register of disclosures."),
                    )
        since, until = given.get("since") or "", given.get("until") or ""
        if since and until and since > until[: len(since)]:
            self.add_error("until", _("This is before the beginning of the span."))
        return given


@chart_page("print")
def page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Choose parts; get the PDF at once, or for a long chart once a worker has made it."""
    if request.method != "POST":
        return _shown(request, frame, PrintForm(initial={"parts": list(chart.PARTS)}))
    form = PrintForm(request.POST)
    if not form.is_valid():
        return _shown(request, frame, form, status=422)
    given = form.cleaned_data
    out = given["where"] == OUT
    if out and not frame.writes["Communication"]:
        raise NotAllowed(
            _("Your role does not give out records: it cannot write into the register.")
        )
    wanted = chart.Wanted(tuple(given["parts"]), given["since"], given["until"], _zone())
    order = whole.Order(wanted, given["recipient"] if out else "", given["purpose"] if out else "")
    if chart.is_long(chart.counted(frame.asking, wanted)):
        try:
            frame.record.ask_print(frame.principal, frame.id, order.kept())
        except TooCostly as error:
            form.add_error(None, spoken(error))
            return _shown(request, frame, form, status=422)
        if out:
            _registered(frame, given)
        return saved(
            request,
            reverse("print", args=[frame.id]),
            _("This chart is long: its PDF is being made"),
        )
    if out:
        _registered(frame, given)
    document = whole.frame(frame.record, frame.principal, frame.patient, order)
    content = printing.pdf(
        replace(document, parts=chart.parts(frame.asking, frame.patient, wanted))
    )
    return _sent(frame, content, order)


def _zone() -> tzinfo:
    return timezone.get_current_timezone()


def _shown(request: ChartAsked, frame: Frame, form: PrintForm, status: int = 200) -> HttpResponse:
    return render_chart(
        request,
        frame,
        _TEMPLATE,
        {"form": form, **_made(frame.record, frame.principal, frame.id)},
        status=status,
    )


def _made(record: Record, principal: Principal, patient: str) -> dict[str, Any]:
    """What one has let be printed of a patient, and whether some of it is under way."""
    found = record.prints(principal, patient)
    quiet = clock.now() - _SILENT
    return {
        "prints": [(one, [_(chart.PARTS[name]) for name in one.wanted["parts"]]) for one in found],
        "under_way": any(one.under_way for one in found),
        "silent": any(one.under_way and one.told < quiet for one in found),
        "all_parts": len(chart.PARTS),
        "id": patient,
    }


@page_of(kinds=("staff",))
def prints(request: Asked, id: str) -> HttpResponse:
    """How far one's prints of a patient are: asked for again and again, so nothing of the chart is read."""
    about = _made(record(), request.principal, id)
    return render(request, "staff/documents/prints.html", about)


@chart_page("print")
def file(_request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """The PDF that a worker made, for who asked for it; taking it is in the audit."""
    content = frame.record.print_file(frame.principal, frame.id, item)
    found = next(one for one in frame.record.prints(frame.principal, frame.id) if one.id == item)
    return _sent(frame, content, whole.Order.of(found.wanted))


@require_POST
@chart_page("print")
def drop(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Forget a print, or give it up."""
    frame.record.drop_print(frame.principal, item)
    return saved(request, reverse("print", args=[frame.id]), _("The print is gone"))


def _registered(frame: Frame, given: dict[str, Any]) -> None:
    """Write what leaves the practice into the register of disclosures."""
    words = ", ".join(chart.PARTS[one] for one in given["parts"])
    span = f" from {given['since']}" if given["since"] else ""
    span += f" until {given['until']}" if given["until"] else ""
    disclosure = Disclosure(
        at=clock.now(),
        recipient=given["recipient"],
        address=given["address"],
        what=f"Printed from the chart: {words}{span}",
        purpose=given["purpose"],
        why="",
        by=frame.principal.name,
    )
    disclose(frame.record, frame.principal, frame.id, disclosure)


def _sent(frame: Frame, content: bytes, order: whole.Order) -> HttpResponse:
    wanted = order.wanted
    query = urlencode(
        {"parts": ",".join(wanted.parts), "since": wanted.since, "until": wanted.until}
    )
    action = "export" if order.recipient else "print"
    detail = f"chart, {order.purpose}" if order.recipient else "chart"
    access = Access(action, "Patient", frame.id, patients=(frame.id,), query=query, detail=detail)
    frame.record.note(frame.principal, access)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="chart.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
