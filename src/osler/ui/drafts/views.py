"""Where the script of forms keeps what is typed, and the list of a person's drafts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from osler.identity.words import spoken
from osler.kit.errors import Conflict, Gone, Invalid, NotFound, OslerError, TooCostly, TooLarge
from osler.record import Draft
from osler.ui.page import Asked, page, record
from osler.ui.people import patient_labels

_LARGEST = 1024 * 1024
_STATUS: dict[type[OslerError], int] = {
    Conflict: 409,
    Gone: 410,
    NotFound: 404,
    TooLarge: 413,
    TooCostly: 429,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One draft of the list."""

    key: str
    patient: str
    label: str
    saved: datetime


@require_http_methods(["GET", "HEAD", "POST"])
@page(kinds=("staff",))
def drafts(request: Asked) -> HttpResponse:
    """POST keeps a draft; GET with `key` answers it, with `list` which there are; else a page."""
    if request.method == "POST":
        return _answered(_kept, request)
    if "key" in request.GET:
        return _answered(_given_back, request)
    if "list" in request.GET:
        found = record().drafts(request.principal)
        rows = [{"key": one.key, "patient": one.patient} for one in found]
        return JsonResponse({"drafts": rows})
    return _list(request)


@require_http_methods(["POST"])
@page(kinds=("staff",))
def discard(request: Asked) -> HttpResponse:
    """Forget a draft that its writer does not want."""
    record().drop_draft(
        request.principal, request.POST.get("key", ""), request.POST.get("patient", "")
    )
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({})
    return _list(request)


def _answered(view: Any, request: Asked) -> HttpResponse:
    """The answer of a view as the script reads it, errors too."""
    try:
        answer: HttpResponse = view(request)
        return answer
    except OslerError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), None)
        if status is None:
            if not isinstance(error, Invalid):
                raise
            status = 400
        body: dict[str, Any] = {"code": error.code, "error": spoken(error)}
        if status == 409:
            body |= _newer(request)
        return JsonResponse(body, status=status)


def _kept(request: Asked) -> HttpResponse:
    given = request.POST
    draft = Draft(
        key=given.get("key", ""),
        patient=given.get("patient", ""),
        saved=datetime.min,  # noqa: DTZ901 - the record says when
        base=_number(given.get("base", "")),
        tab=given.get("tab", ""),
        fields=_fields(given.get("fields", "")),
    )
    saved = record().save_draft(request.principal, draft, known=_time(given.get("known", "")))
    return JsonResponse({"saved": saved.isoformat()})


def _given_back(request: Asked) -> HttpResponse:
    found = record().draft(
        request.principal, request.GET.get("key", ""), request.GET.get("patient", "")
    )
    if found is None:
        return JsonResponse({"saved": None})
    return JsonResponse(
        {
            "saved": found.saved.isoformat(),
            "base": found.base,
            "tab": found.tab,
            "fields": found.fields,
        }
    )


def _newer(request: Asked) -> dict[str, Any]:
    """When the other tab saved, so that the page can say so."""
    found = record().draft(
        request.principal, request.POST.get("key", ""), request.POST.get("patient", "")
    )
    return {"saved": found.saved.isoformat() if found is not None else None}


def _list(request: HttpRequest) -> HttpResponse:
    who = request.principal  # type: ignore[attr-defined]  # `page` has put it there
    found = record().drafts(who)
    labels = patient_labels(record(), who, {one.patient for one in found if one.patient})
    rows = [Row(one.key, one.patient, labels.get(one.patient, ""), one.saved) for one in found]
    return render(request, "ui/drafts/list.html", {"rows": rows})


def _fields(text: str) -> dict[str, list[str]]:
    if len(text) > _LARGEST:
        raise TooLarge("A draft of this size is not kept; save the form.")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid("The fields of a draft are a JSON object of lists.") from error
    if not isinstance(found, dict):
        raise Invalid("The fields of a draft are a JSON object of lists.")
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid("`known` is the time that saving the draft was answered with.") from error
