"""Breaking the glass: the form with its reason, what is open, and closing it again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy

from osler.identity import rights, stepup
from osler.identity.words import spoken
from osler.kit.errors import NotAllowed, OslerError
from osler.ui.banner import remember
from osler.ui.formats import clock_time
from osler.ui.forms import Form
from osler.ui.page import Asked, page, record
from osler.ui.people import patient_label, with_dates


class GlassForm(Form):
    """Which chart, why, for how long."""

    patient = forms.CharField(
        label=gettext_lazy("Patient"),
        max_length=120,
        help_text=gettext_lazy(
            "Record number, or family name and birth date, as in: García 5/2/1961"
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why do you need this chart now?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The privacy officer reads this; the patient sees that you opened the chart."
        ),
    )
    minutes = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=[
            ("30", gettext_lazy("30 minutes")),
            ("60", gettext_lazy("an hour")),
            ("240", gettext_lazy("four hours")),
        ],
        initial="60",
    )


@page(kinds=("staff",))
def opened(request: Asked) -> HttpResponseBase:
    """The form; sending it takes fresh proof of who asks."""
    known = rights.roles()
    if not any(known[one].break_glass for one in request.principal.roles if one in known):
        raise NotAllowed(
            "None of your roles may break the glass; ask somebody who treats patients."
        )
    if request.method == "POST":
        return _break(request)
    return _page(request, GlassForm(initial={"patient": request.GET.get("patient", "")}))


def _page(request: Asked, form: GlassForm, status: int = 200) -> HttpResponse:
    # The charts that are open are in the template already: the banner shows them on every page.
    return render(request, "staff/access/glass.html", {"form": form}, status=status)


@stepup.required
def _break(request: Asked) -> HttpResponse:
    form = GlassForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 400)
    data = form.cleaned_data
    try:
        patient = record().locate(request.principal, with_dates(data["patient"]))
        glass = record().break_glass(
            request.principal, patient, data["reason"], int(data["minutes"])
        )
    except OslerError as error:
        place = error.issues[0].expression
        form.add_error(place if place in form.fields else None, spoken(error))
        return _page(request, form, 400)
    label = patient_label(record(), request.principal, patient)
    remember(request, patient, label)
    messages.warning(
        request,
        gettext(
            "The chart of %(label)s is open to you until %(expires)s. The patient and the "
            "privacy officer will see that."
        )
        % {"label": label, "expires": clock_time(glass.expires)},
    )
    return redirect("glass")


@page(kinds=("staff",))
def ended(request: Asked, patient: str) -> HttpResponse:
    """Close a chart before its time."""
    if request.method == "POST":
        if record().end_glass(request.principal, patient):
            messages.success(request, gettext("The chart is closed again."))
        else:
            messages.info(request, gettext("That chart was closed already."))
    return redirect("glass")
