"""A patient's own requests to the privacy desk."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from osler.clinic.privacy import amendments, desk, requests
from osler.clinic.privacy.codes import ASKED_BY_PATIENTS, WORDS, Kind, code_of
from osler.kit.errors import NotFound, OslerError
from osler.portal.record.views import patient_of
from osler.ui.page import Asked, page, record


class Ask(forms.Form):
    """A new request."""

    kind = forms.ChoiceField(
        label="What do you ask for?", choices=[(k, WORDS[k]) for k in ASKED_BY_PATIENTS]
    )
    focus = forms.RegexField(
        r"^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$",
        label="Which entry should be amended?",
        required=False,
        help_text="Only for an amendment: the entry's number as your record shows it",
    )
    text = forms.CharField(label="In your words", widget=forms.Textarea(attrs={"rows": 5}))


@page(kinds=("patient", "proxy"))
def mine(request: Asked) -> HttpResponse:
    """My requests, and a form for a new one."""
    patient = patient_of(request)
    form = Ask(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            requests.receive(
                record(),
                request.principal,
                Kind(data["kind"]),
                patient,
                data["text"],
                focus=data["focus"] or None,
            )
        except OslerError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Your request has arrived. You see here when it is answered.")
            return redirect("my-requests")
    rows = [
        _row(request, one)
        for one in desk.cases(record(), request.principal, patient=patient, closed=True)
    ]
    context = {"form": form, "rows": rows}
    return render(request, "portal/requests.html", context, status=400 if form.errors else 200)


def _row(request: Asked, found: desk.Case) -> dict[str, object]:
    answers = desk.texts(found.task, "answer")
    denied = found.kind is Kind.AMENDMENT and found.task.status == "rejected"
    texts = amendments.of_case(record(), request.principal, found.id) if denied else []
    said = any(code_of(kind) == "disagreement" for note in texts for kind in note.category or [])
    return {
        "case": found,
        "words": WORDS[found.kind],
        "answer": answers[-1] if answers else None,
        "extension": next(iter(desk.texts(found.task, "extension")), None),
        "texts": texts,
        "can_withdraw": found.task.status == "requested" and found.kind in ASKED_BY_PATIENTS,
        "can_disagree": denied and not said,
    }


@page(kinds=("patient", "proxy"))
def step(request: Asked, id: str) -> HttpResponse:
    """Take a request back, or append a statement of disagreement."""
    found = desk.case(record(), request.principal, id, *ASKED_BY_PATIENTS)
    if request.method != "POST" or found.patient != patient_of(request):
        raise NotFound("There is no such request of yours.")
    text = request.POST.get("text", "")
    if request.POST.get("step") == "disagree":
        amendments.disagree(record(), request.principal, id, text)
        messages.success(request, "Your statement now stands beside the entry.")
    else:
        requests.take_back(record(), request.principal, id)
        messages.success(request, "Taken back.")
    return redirect("my-requests")
