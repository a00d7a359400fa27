"""The practice's own data: its organization and partners, its sites and rooms."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.practice import organizations, places
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.words import N_
from osler.staff.admin import forms
from osler.staff.admin.editing import Editor, edited
from osler.staff.admin.gates import PRACTICE
from osler.ui.page import Asked, record


@PRACTICE
def listed(request: Asked) -> HttpResponse:
    """Every organization, by what it is."""
    found = organizations.all_of_them(record(), request.principal)
    own = [one for one in found if one.kind == "prov" and one.ours]
    others = [one for one in found if one.kind == "prov" and not one.ours]
    # Nobody works anywhere yet: then every practice may be ours.
    groups = [("prov", N_("Practice"), own or others)]
    groups += [
        (code, label, [one for one in found if one.kind == code])
        for code, (label, _system) in organizations.KINDS.items()
        if code != "prov"
    ]
    if own:
        groups.insert(-1, ("provider", N_("Other practices and hospitals"), others))
    shown = [one for one in groups if one[2] or one[0] not in {"other", "provider"}]
    about = {"groups": shown, "full": len(found) >= organizations.MOST}
    return render(request, "staff/admin/practice.html", about)


@PRACTICE
def new(request: Asked) -> HttpResponse:
    """Another organization; `kind` is chosen beforehand."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in organizations.KINDS else "other"
    return edited(request, _organization(request, "", kind), None)


@PRACTICE
def one(request: Asked, item: str) -> HttpResponse:
    """One organization."""
    found = record().read(request.principal, "Organization", item)
    return edited(request, _organization(request, item), found)


def _organization(request: Asked, item: str, kind: str = "") -> Editor:
    every = organizations.all_of_them(record(), request.principal)
    others = [(line.id, line.name) for line in every if line.id != item]
    return Editor(
        "staff/admin/organization.html",
        organizations.LABELS,
        partial(forms.OrganizationForm, others=others),
        organizations.values_of,
        organizations.changed,
        r4.Organization,
        reverse("admin-practice"),
        next((line.name for line in every if line.id == item), _("New organization")),
        {"kind": kind, "active": "on"},
    )


@PRACTICE
def places_listed(request: Asked) -> HttpResponse:
    """Every site with its rooms."""
    found = places.all_of_them(record(), request.principal)
    about = {"places": found, "full": len(found) >= places.MOST}
    return render(request, "staff/admin/places.html", about)


@PRACTICE
def place_new(request: Asked) -> HttpResponse:
    """Another site or room; `in` is the place that it is part of."""
    return edited(request, _place(request, "", request.GET.get("in", "")), None)


@PRACTICE
def place(request: Asked, item: str) -> HttpResponse:
    """One site or room."""
    found = record().read(request.principal, "Location", item)
    place = decode(found.content)
    assert isinstance(place, r4.Location), "a Location is asked for"
    holds = places.values_of(place)["organization"]
    return edited(request, _place(request, item, holds=holds), found)


def _place(request: Asked, item: str, inside: str = "", holds: str = "") -> Editor:
    every = places.all_of_them(record(), request.principal)
    belongs = organizations.all_of_them(record(), request.principal)
    own = [(line.id, line.name) for line in belongs if line.employs or line.id == holds]
    inside = inside if any(line.id == inside for line in every) else ""
    start = {"status": "active", "part_of": inside, "kind": "ro" if inside else "si"}
    if practice := [line.id for line in belongs if line.ours and line.active][:1]:
        start["organization"] = practice[0]
    return Editor(
        "staff/admin/place.html",
        places.LABELS,
        partial(forms.PlaceForm, others=every, organizations=own, own=item),
        places.values_of,
        places.changed,
        r4.Location,
        reverse("admin-places"),
        next((line.name for line in every if line.id == item), _("New place")),
        start,
    )
