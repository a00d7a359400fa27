"""Registering a patient: two columns of fieldsets, similar people beside them, or the quick form of five fields."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.patients import addresses, registering
from osler.clinic.patients.duplicates import Candidate, Similar, similar
from osler.clinic.patients.registering import Registration
from osler.clinic.patients.tables import words
from osler.identity.words import spoken
from osler.kit import uploads
from osler.kit.errors import Invalid, NotAllowed, OslerError
from osler.search.tree import Nothing
from osler.staff.patients import forms
from osler.ui.answers import saved
from osler.ui.page import Asked, page, record

_DESK = page(kinds=("staff",))
_PHOTO = 8 * 1024 * 1024
_PARTS = ("name", "identity", "background", "care")
_SETS: dict[str, Any] = {
    "reach": forms.Reach,
    "places": forms.Places,
    "kin": forms.Kin,
    "coverages": forms.Coverages,
}


@_DESK
def new(request: Asked) -> HttpResponse:
    """Register: everything that US Core asks."""
    _may(request)
    parts = _forms(request)
    if request.method != "POST":
        return _show(request, parts, [])
    alike = similar(record(), request.principal, _candidate(parts)) if _valid(parts) else []
    others = _said(request)
    if not _valid(parts) or _held(request, alike):
        return _show(request, parts, alike, status=422)
    try:
        asked = Registration(
            values={k: v for name in _PARTS for k, v in parts[name].values.items()},
            reach=_rows(parts["reach"]),
            places=_rows(parts["places"]),
            kin=_rows(parts["kin"]),
            coverages=_rows(parts["coverages"]),
            others=tuple(one.id for one in alike if one.id in others),
            photo=_photo(request),
            orientation=_orientation(request),
        )
        made = registering.register(record(), request.principal, asked)
    except NotAllowed:
        raise
    except OslerError as error:
        parts["name"].add_error(None, spoken(error))
        return _show(request, parts, alike, status=422)
    return saved(request, reverse("chart", args=[made.id]), _("Patient registered"))


@_DESK
def quick(request: Asked) -> HttpResponse:
    """Register in haste: name, birth date, sex, telephone; the rest later."""
    _may(request)
    form = forms.QuickForm(request.POST or None, practices=_practices(request))
    alike: list[Similar] = []
    if form.is_valid():
        values, reach = form.values, [{"system": "phone", "value": form.values["phone"]}]
        alike = similar(record(), request.principal, Candidate.of(values, reach))
        if not _held(request, alike):
            kept = tuple(one.id for one in alike if one.id in _said(request))
            asked = Registration(values, reach, others=kept, quick=True)
            made = registering.register(record(), request.principal, asked)
            return saved(
                request, reverse("details", args=[made.id]), _("Patient registered; complete later")
            )
    about = {"form": form, "alike": alike, "said": _said(request), "held": _held(request, alike)}
    status = 422 if request.method == "POST" else 200
    return render(request, "staff/patients/quick.html", about, status=status)


@require_POST
@_DESK
def alike(request: Asked) -> HttpResponse:
    """Who is similar to what has been typed so far."""
    _may(request)
    values = {
        name: request.POST.get(name, "")[:100] for name in ("family", "given", "usual", "ssn")
    }
    values["gender"] = request.POST.get("gender", "")[:10]
    values["born"] = _whole_day(request.POST.get("born", ""))
    reach = [
        {"system": request.POST.get(f"reach-{n}-system"), "value": request.POST.get(f"reach-{n}-value", "")[:40]}
        for n in range(3)
    ]  # fmt: skip
    reach.append({"value": request.POST.get("phone", "")[:40]})
    place = {name: request.POST.get(f"places-0-{name}", "")[:100] for name in ("line1", "postal")}
    found = similar(record(), request.principal, Candidate.of(values, reach, [place]))
    about = {"alike": found, "said": _said(request), "asked": True}
    return render(request, "staff/patients/alike.html", about)


@require_POST
@_DESK
def check(request: Asked) -> HttpResponse:
    """What looks wrong about an address: warnings, never a refusal."""
    number = request.POST.get("of", "0")
    at = f"places-{number if number.isdecimal() else '0'}-"
    parts = (
        request.POST.get(at + name, "")[:60] for name in ("city", "state", "postal", "country")
    )
    return render(request, "staff/patients/address.html", {"warnings": addresses.warnings(*parts)})


def _may(request: Asked) -> None:
    policy = record().policy(request.principal)
    if isinstance(policy.where("Patient", "create"), Nothing):
        raise NotAllowed("Your roles do not let you register patients.")


def _practices(request: Asked) -> list[tuple[str, str]]:
    return registering.practices(record(), request.principal)


def _forms(request: Asked) -> dict[str, Any]:
    data = request.POST if request.method == "POST" else None
    made: dict[str, Any] = {
        "name": forms.NameForm(data),
        "identity": forms.IdentityForm(data),
        "background": forms.BackgroundForm(data),
        "care": forms.CareForm(
            data,
            practices=_practices(request),
            doctors=registering.doctors(record(), request.principal),
        ),
    }
    for name, kind in _SETS.items():
        made[name] = kind(data, prefix=name)
    return made


def _valid(parts: dict[str, Any]) -> bool:
    wrong = [one for one in parts.values() if not one.is_valid()]  # every one, to show all errors
    return not wrong


def _rows(formset: Any) -> list[dict[str, Any]]:
    return [one.values for one in formset.forms if one.has_changed()]


def _candidate(parts: dict[str, Any]) -> Candidate:
    values = {k: v for name in ("name", "identity", "care") for k, v in parts[name].values.items()}
    return Candidate.of(values, _rows(parts["reach"]), _rows(parts["places"]))


def _said(request: Asked) -> frozenset[str]:
    """The similar patients of whom it was said that this is another person."""
    return frozenset(request.POST.getlist("another"))


def _held(request: Asked, alike: list[Similar]) -> int:
    """How many must be looked at before anybody is registered; on a telephone they stand below the whole form."""
    others = _said(request)
    return sum(one.certain and one.id not in others for one in alike)


def _orientation(request: Asked) -> str:
    code = request.POST.get("orientation", "")
    return code if code in words.ORIENTATIONS else ""


def _whole_day(text: str) -> str:
    parts = text[:10].split("-")
    right = [len(part) for part in parts] == [4, 2, 2] and all(part.isdecimal() for part in parts)
    return "-".join(parts) if right else ""


def _photo(request: Asked) -> tuple[str, str] | None:
    """The picture, made anew: nothing of the file is kept but what one sees."""
    given = request.FILES.get("photo")
    if given is None:
        return None
    upload = uploads.accept(given.read(), given.content_type or "", most=_PHOTO)
    if not upload.media_type.startswith("image/"):
        raise Invalid("The photo is no image. Choose a JPEG or PNG picture.")
    return upload.media_type, b64encode(upload.content).decode()


def _show(
    request: Asked, parts: dict[str, Any], alike: list[Similar], *, status: int = 200
) -> HttpResponse:
    policy = record().policy(request.principal)
    may_observe = not isinstance(policy.where("Observation", "create"), Nothing)
    about = {
        **parts,
        "alike": alike,
        "said": _said(request),
        "held": _held(request, alike),
        "orientations": forms.choices(words.ORIENTATIONS) if may_observe else [],
    }
    return render(request, "staff/patients/new.html", about, status=status)
