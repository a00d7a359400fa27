"""Printing a chart or parts of it; each print is in the audit, what leaves the practice in the register."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from osler.clinic import printing
from osler.clinic.notes.paper import moment
from osler.clinic.notes.signing import Desk, signer_name
from osler.clinic.printing import chart
from osler.clinic.privacy.disclosures import Disclosure, disclose
from osler.kit import clock
from osler.kit.errors import NotAllowed
from osler.record import Access
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.dates import PartialDateField
from osler.ui.forms import Form

_TEMPLATE = "staff/documents/print.html"
HERE, OUT = "here", "out"
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
    """Choose parts; get the PDF, or for a long chart its files one by one."""
    if request.method != "POST":
        return _shown(request, frame, PrintForm(initial={"parts": list(chart.PARTS)}))
    form = PrintForm(request.POST)
    if not form.is_valid():
        return _shown(request, frame, form, status=422)
    given = form.cleaned_data
    wanted = chart.Wanted(tuple(given["parts"]), given["since"], given["until"], _zone())
    count = chart.files(frame.asking, wanted)
    asked = request.POST.get("file", "")
    if count > 1 and not asked.isdecimal():
        return _shown(request, frame, form, files=list(range(1, count + 1)))
    number = min(max(int(asked), 1), count) if asked.isdecimal() and len(asked) < 4 else 1
    if given["where"] == OUT and number == 1:
        if not frame.writes["Communication"]:
            raise NotAllowed(
                _("Your role does not give out records: it cannot write into the register.")
            )
        _registered(frame, given)
    return _pdf(frame, wanted, given, number, count)


def _zone() -> tzinfo:
    return timezone.get_current_timezone()


def _shown(
    request: ChartAsked, frame: Frame, form: PrintForm, status: int = 200, **more: Any
) -> HttpResponse:
    return render_chart(request, frame, _TEMPLATE, {"form": form, **more}, status=status)


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


def _pdf(
    frame: Frame, wanted: chart.Wanted, given: dict[str, Any], number: int, count: int
) -> HttpResponse:
    who = signer_name(Desk(frame.record, frame.principal, frame.id)) or frame.principal.id
    at = moment(clock.now().isoformat(), wanted.zone)
    about = [("Printed by", who), ("On", at)]
    if wanted.since or wanted.until:
        about.append(("Span", f"{wanted.since or 'the beginning'} to {wanted.until or 'today'}"))
    if given["where"] == OUT:
        about.append(("For", given["recipient"]))
    if count > 1:
        about.append(("File", f"{number} of {count}"))
    content = printing.pdf(
        printing.Document(
            title="Chart",
            letterhead=printing.letterhead(frame.record, frame.principal),
            patient=printing.patient_head(frame.patient),
            parts=chart.parts(frame.asking, frame.patient, wanted, number),
            about=tuple(about),
            foot=f"Printed by {who}, {at}",
        )
    )
    query = urlencode(
        {"parts": ",".join(wanted.parts), "since": wanted.since, "until": wanted.until}
    )
    action = "export" if given["where"] == OUT else "print"
    detail = f"file {number} of {count}" + (f", {given['purpose']}" if action == "export" else "")
    access = Access(action, "Patient", frame.id, patients=(frame.id,), query=query, detail=detail)
    frame.record.note(frame.principal, access)
    answer = HttpResponse(content, content_type="application/pdf")
    suffix = f"-{number}" if count > 1 else ""
    answer["Content-Disposition"] = f'attachment; filename="chart{suffix}.pdf"'
    return answer
