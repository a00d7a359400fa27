"""Breaking the glass: the form with its reason, what is open, and closing it again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from osler.identity import stepup
from osler.kit.errors import OslerError
from osler.ui.page import Asked, page, record


class GlassForm(forms.Form):
    """Which chart, why, for how long."""

    patient = forms.CharField(
        label="Patient",
        max_length=120,
        help_text="Record number, or family name and birth date, as in: García 1961-05-02",
    )
    reason = forms.CharField(
        label="Why do you need this chart now?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The patient and the privacy officer read this.",
    )
    minutes = forms.ChoiceField(
        label="For",
        choices=[("30", "30 minutes"), ("60", "an hour"), ("240", "four hours")],
        initial="60",
    )


@page(kinds=("staff",))
def opened(request: Asked) -> HttpResponseBase:
    """The form; sending it takes fresh proof of who asks."""
    if request.method == "POST":
        return _break(request)
    return _page(request, GlassForm(initial={"patient": request.GET.get("patient", "")}))


def _page(request: Asked, form: GlassForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "open": record().glass(request.principal)}
    return render(request, "staff/access/glass.html", context, status=status)


@stepup.required
def _break(request: Asked) -> HttpResponse:
    form = GlassForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 400)
    data = form.cleaned_data
    try:
        patient = record().locate(request.principal, data["patient"])
        glass = record().break_glass(
            request.principal, patient, data["reason"], int(data["minutes"])
        )
    except OslerError as error:
        form.add_error(None, str(error))
        return _page(request, form, 400)
    messages.warning(
        request,
        f"The chart is open to you until {glass.expires:%H:%M} UTC. The patient will see that.",
    )
    return redirect("glass")


@page(kinds=("staff",))
def ended(request: Asked, patient: str) -> HttpResponse:
    """Close a chart before its time."""
    if request.method == "POST" and record().end_glass(request.principal, patient):
        messages.success(request, "The chart is closed again.")
    return redirect("glass")
