"""A patient's own requests to the privacy desk."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy

from osler.clinic.privacy import amendments, desk, requests
from osler.clinic.privacy.codes import ASKED_BY_PATIENTS, WORDS, Kind, code_of
from osler.fhir.r4 import Communication
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotFound, OslerError
from osler.portal.record.views import patient_of
from osler.ui.forms import Form
from osler.ui.law import law
from osler.ui.page import Asked, page, record


class Ask(Form):
    """A new request."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What do you ask for?"),
        choices=[(k, gettext_lazy(WORDS[k])) for k in ASKED_BY_PATIENTS],
    )
    focus = forms.RegexField(
        r"^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$",
        label=gettext_lazy("Which entry should be amended?"),
        required=False,
        help_text=gettext_lazy("Only for an amendment: the entry's number as your record shows it"),
    )
    text = forms.CharField(
        label=gettext_lazy("In your words"), widget=forms.Textarea(attrs={"rows": 5})
    )


class Statement(Form):
    """Why a patient disagrees with a denial."""

    text = forms.CharField(
        label=gettext_lazy("Your statement, which will stand beside the entry"),
        min_length=3,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@page(kinds=("patient",))
def mine(request: Asked) -> HttpResponse:
    """My requests, and a form for a new one."""
    form = Ask(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            requests.receive(
                record(),
                request.principal,
                Kind(data["kind"]),
                patient_of(request),
                data["text"],
                focus=data["focus"] or None,
                law=law(),
            )
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            messages.success(
                request, gettext("Your request has arrived. You see here when it is answered.")
            )
            return redirect("my-requests")
    return _page(request, form)


def _page(
    request: Asked, form: Ask, statement: tuple[str, Statement] | None = None
) -> HttpResponse:
    """The list with its forms; `statement` is one that could not be taken, and whose request it is about."""
    mine = desk.cases(record(), request.principal, patient=patient_of(request), closed=True)
    newest = sorted(mine, key=lambda one: one.task.authoredOn or "", reverse=True)
    rows = [_row(request, one, statement) for one in newest]
    wrong = form.errors or statement
    context = {"form": form, "rows": rows}
    return render(request, "portal/requests.html", context, status=400 if wrong else 200)


def _row(
    request: Asked, found: desk.Case, statement: tuple[str, Statement] | None
) -> dict[str, object]:
    answers = desk.texts(found.task, "answer")
    denied = found.kind is Kind.AMENDMENT and found.task.status == "rejected"
    texts = amendments.of_case(record(), request.principal, found.id) if denied else []
    sent = statement[1] if statement and statement[0] == found.id else None
    return {
        "case": found,
        "words": gettext(WORDS[found.kind]),
        "answer": answers[-1] if answers else None,
        "extension": next(iter(desk.texts(found.task, "extension")), None),
        "texts": texts,
        "can_withdraw": found.task.status == "requested" and found.kind in ASKED_BY_PATIENTS,
        "can_disagree": denied and not _said(texts),
        "statement": sent or Statement(auto_id=f"{found.id}-%s"),
    }


def _said(texts: list[Communication]) -> bool:
    return any(code_of(kind) == "disagreement" for note in texts for kind in note.category or [])


@page(kinds=("patient",))
def step(request: Asked, id: str) -> HttpResponse:
    """Take a request back, or append a statement of disagreement."""
    if request.method != "POST":
        return redirect("my-requests")
    found = desk.case(record(), request.principal, id, *ASKED_BY_PATIENTS)
    if found.patient != patient_of(request):
        raise NotFound("There is no such request of yours.")
    match request.POST.get("step"):
        case "disagree":
            return _disagree(request, id)
        case "withdraw":
            requests.take_back(record(), request.principal, id)
            messages.success(request, gettext("Taken back."))
            return redirect("my-requests")
        case _:
            raise Invalid("This form is not one of this page; open the page again.")


def _disagree(request: Asked, id: str) -> HttpResponse:
    form = Statement(request.POST, auto_id=f"{id}-%s")
    if not form.is_valid():
        return _page(request, Ask(), (id, form))
    if _said(amendments.of_case(record(), request.principal, id)):
        raise Conflict("Your statement stands beside the entry already.")
    amendments.disagree(record(), request.principal, id, form.cleaned_data["text"])
    messages.success(request, gettext("Your statement now stands beside the entry."))
    return redirect("my-requests")
