"""The directory: what the record says of the people who work here, beside their accounts."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.practice import organizations, places, practitioners
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.identity import rights
from osler.identity.models import Account
from osler.kit.errors import NotFound
from osler.staff.admin import forms
from osler.staff.admin.editing import Editor, edited
from osler.staff.admin.gates import PRACTICE
from osler.ui.page import Asked, one_line, record


@PRACTICE
def listed(request: Asked) -> HttpResponse:
    """Everybody in the directory; looked for by a POST, for names have no place in addresses."""
    wanted = one_line(request.POST.get("q", ""))[:80]
    found = practitioners.all_of_them(record(), request.principal, wanted)
    about = {"rows": found, "q": wanted, "full": len(found) >= practitioners.MOST}
    return render(request, "staff/admin/people.html", about)


@PRACTICE
def new(request: Asked) -> HttpResponse:
    """Somebody who is not in the record yet."""
    return edited(request, _person(request, None), None)


@PRACTICE
def one(request: Asked, item: str) -> HttpResponse:
    """One person: their data, what they do where, and their account."""
    found = record().read(request.principal, "Practitioner", item)
    person = decode(found.content)
    assert isinstance(person, r4.Practitioner), "a Practitioner is asked for"
    return edited(request, _person(request, person), found)


def _person(request: Asked, person: r4.Practitioner | None) -> Editor:
    more: dict[str, object] = {}
    spoken: list[str] = []
    if person is not None:
        item = person.id or ""
        values = practitioners.values_of(person)
        spoken = list(values["languages"])
        more = {
            "roles": _roles(request, item),
            "accounts": Account.objects.filter(person=f"Practitioner/{item}").order_by("name")[:5],
            "may_open": rights.has(request.principal, "accounts.manage"),
        }
    return Editor(
        "staff/admin/person.html",
        practitioners.LABELS,
        partial(forms.PractitionerForm, spoken=spoken),
        practitioners.values_of,
        practitioners.changed,
        r4.Practitioner,
        reverse("admin-people"),
        practitioners.called(person) if person is not None else _("New person"),
        {"active": "on"},
        more,
    )


def _roles(request: Asked, item: str) -> list[dict[str, object]]:
    """What somebody does where, in words."""
    here, who = record(), request.principal
    named = {line.id: line.name for line in organizations.all_of_them(here, who)}
    sites = {line.id: line.name for line in places.all_of_them(here, who)}
    found: list[dict[str, object]] = []
    for version, role in practitioners.roles_of(here, who, item):
        values = practitioners.role_values(role)
        job = practitioners.JOBS.get(str(values["job"]))
        found.append(
            {
                "id": version.id,
                "job": _(job[0]) if job else values["job"] or _("Works here"),
                "organization": named.get(str(values["organization"]), ""),
                "sites": ", ".join(sites.get(one, one) for one in values["sites"]),
                "specialty": values["specialty"],
                "active": values["active"],
            }
        )
    return found


@PRACTICE
def work_new(request: Asked, item: str) -> HttpResponse:
    """Something else that somebody does, or somewhere else."""
    record().read(request.principal, "Practitioner", item)
    return edited(request, _work(request, item, None), None)


@PRACTICE
def work(request: Asked, item: str, role: str) -> HttpResponse:
    """What somebody does where."""
    found = record().read(request.principal, "PractitionerRole", role)
    has = decode(found.content)
    assert isinstance(has, r4.PractitionerRole), "a PractitionerRole is asked for"
    if has.practitioner is None or has.practitioner.reference != f"Practitioner/{item}":
        raise NotFound(_("This person does nothing of that kind."))
    return edited(request, _work(request, item, has), found)


def _work(request: Asked, item: str, has: r4.PractitionerRole | None) -> Editor:
    here, who = record(), request.principal
    belongs = [
        (line.id, line.name) for line in organizations.all_of_them(here, who) if line.employs
    ]
    sites = [
        (line.id, f"{'– ' * line.depth}{line.name}")
        for line in places.all_of_them(here, who)
        if line.kind != places.KINDS["ro"]
    ]
    values = practitioners.role_values(has) if has is not None else {}
    # What it has stays possible, whatever kind it is.
    belongs += _missing(belongs, [str(values.get("organization", ""))])
    sites += _missing(sites, list(values.get("sites", ())))
    reference = r4.Reference(reference=f"Practitioner/{item}")
    return Editor(
        "staff/admin/work.html",
        practitioners.ROLE_LABELS,
        partial(forms.WorkForm, organizations=belongs, sites=sites, job=str(values.get("job", ""))),
        practitioners.role_values,
        practitioners.role_changed,
        lambda: r4.PractitionerRole(practitioner=reference),
        reverse("admin-person", args=[item]),
        _("What they do where"),
        {"active": "on"},
    )


def _missing(choices: list[tuple[str, str]], wanted: list[str]) -> list[tuple[str, str]]:
    known = {code for code, _label in choices}
    return [(one, one) for one in wanted if one and one not in known]
