"""The privacy desk: the list of what is due, one matter, a new one, a patient's disclosures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from osler.clinic.privacy import amendments, breaches, desk, disclosures, requests
from osler.clinic.privacy.codes import WORDS, Kind
from osler.clinic.privacy.desk import Case
from osler.identity.words import spoken
from osler.kit.errors import NotFound, OslerError
from osler.staff.privacy.forms import PURPOSES, NewBreach, NewDisclosure, NewRequest
from osler.staff.privacy.steps import Step, steps
from osler.ui.law import law
from osler.ui.page import Asked, page, record
from osler.ui.people import find_patient, patient_label, patient_labels

_WHY = dict(PURPOSES)
_DESK = page(permission="privacy.manage", kinds=("staff",))


@_DESK
def inbox(request: Asked) -> HttpResponse:
    """Everything open, what is due first at the top."""
    closed = request.GET.get("closed") == "1"
    found = desk.cases(record(), request.principal, closed=closed)
    today = desk.today()
    labels = patient_labels(record(), request.principal, {one.patient or "" for one in found})
    rows = [
        _row(one)
        | {"overdue": one.overdue(today), "label": labels.get(one.patient or "", one.patient)}
        for one in found
    ]
    return render(request, "staff/privacy/inbox.html", {"rows": rows, "closed": closed})


def _row(found: Case) -> dict[str, Any]:
    return {
        "case": found,
        "words": gettext(WORDS[found.kind]),
        "left": (found.due - desk.today()).days if found.due else None,
    }


@_DESK
def new(request: Asked) -> HttpResponse:
    """Take in a request that came by letter, telephone or at the desk."""
    form = NewRequest(request.POST or None, initial={"patient": request.GET.get("patient", "")})
    if form.is_valid():
        data = form.cleaned_data
        id = _try(
            form,
            lambda: requests.receive(
                record(),
                request.principal,
                Kind(data["kind"]),
                find_patient(record(), request.principal, data["patient"]),
                data["text"],
                received=data["received"],
                focus=data["focus"] or None,
                law=law(),
            ),
        )
        if id is not None:
            return redirect("privacy-case", id=id)
    return _form_page(request, form, gettext("A request came in"), gettext("Start its clock"))


@_DESK
def new_breach(request: Asked) -> HttpResponse:
    """Open a breach case file."""
    form = NewBreach(request.POST or None, initial={"discovered": desk.today()})
    if form.is_valid():
        data = form.cleaned_data
        id = _try(
            form,
            lambda: breaches.discover(
                record(), request.principal, data["text"], discovered=data["discovered"], law=law()
            ),
        )
        if id is not None:
            return redirect("privacy-case", id=id)
    return _form_page(
        request, form, gettext("A breach was discovered"), gettext("Open the case file")
    )


def _form_page(request: Asked, form: forms.Form, title: str, button: str) -> HttpResponse:
    shown = {"form": form, "title": title, "button": button}
    shown |= {"back": "privacy", "back_words": gettext("Privacy desk")}
    return render(request, "staff/form.html", shown, status=400 if form.errors else 200)


def _try(form: forms.Form, do: Any) -> Any:
    """What `do` answers; where it is refused None, and the reason stands in the form beside what was typed."""
    try:
        return do()
    except OslerError as error:
        for issue in error.issues:
            name = issue.expression if issue.expression in form.fields else None
            form.add_error(name, spoken(issue.diagnostics))
        return None


@_DESK
def case(request: Asked, id: str) -> HttpResponse:
    """One matter: what is asked, its clock, its log, and the steps that are possible now."""
    found = desk.case(record(), request.principal, id)
    texts = amendments.of_case(record(), request.principal, id)
    possible = steps(found, amendments.kinds_appended(record(), request.principal, id))
    filled: dict[str, forms.Form] = {}
    if request.method == "POST":
        name = request.POST.get("step", "")
        if name not in possible:
            raise NotFound("This step is not possible (any more); reload the page.")
        form = _step(request, found, name, possible[name])
        if form is None:
            return redirect("privacy-case", id=id)
        filled[name] = form
    shown = [
        (name, one, filled.get(name) or (one.form(auto_id=f"{name}-%s") if one.form else None))
        for name, one in possible.items()
    ]
    context = _row(found) | {
        "steps": shown,
        "patient": found.patient,
        "label": patient_label(record(), request.principal, found.patient),
        "overdue": found.overdue(desk.today()),
        "texts": texts,
        "affected": breaches.affected_patients(found),
    }
    return render(request, "staff/privacy/case.html", context, status=400 if filled else 200)


def _step(request: Asked, found: Case, name: str, step: Step) -> forms.Form | None:
    """Do the step; None when it is done, else the form with what is wrong."""
    form = (step.form or forms.Form)(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        done = _try(
            form, lambda: (step.do(record(), request.principal, found.id, form.cleaned_data),)
        )
        if done is not None:
            messages.success(
                request,
                gettext("Done: %(what)s.") % {"what": _lowered(gettext(step.label))},
            )
            return None
    return form


def _lowered(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


@_DESK
def register(request: Asked, patient: str) -> HttpResponse:
    """A patient's disclosures, and a form for a new one."""
    form = NewDisclosure(request.POST or None)
    if form.is_valid():
        made = form.made(request.principal.name)
        if _try(form, lambda: disclosures.disclose(record(), request.principal, patient, made)):
            messages.success(request, gettext("The disclosure is in the register."))
            return redirect("privacy-disclosures", patient=patient)
    routine = request.GET.get("routine") == "1"
    rows = disclosures.accounting(record(), request.principal, patient, routine=routine)
    context = {
        "form": form,
        "rows": [(one, _WHY.get(one.purpose, one.purpose)) for one in rows],
        "patient": patient,
        "routine": routine,
        "label": patient_label(record(), request.principal, patient),
    }
    return render(
        request, "staff/privacy/disclosures.html", context, status=400 if form.errors else 200
    )
