"""The audit report: filtered and sorted by every field of ASTM E2147, on pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from osler.identity import stepup
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Access, AuditPage, AuditQuery, AuditRow
from osler.staff.audit.forms import Filter
from osler.staff.audit.words import shown
from osler.ui.page import Asked, page, record
from osler.ui.people import patient_labels

COLUMNS = (
    ("at", N_("When")),
    ("actor_name", N_("Who")),
    ("roles", N_("Role")),
    ("action", N_("Did")),
    ("type", N_("What")),
    ("patients", N_("Patient")),
    ("purpose", N_("Why")),
    ("outcome", N_("Outcome")),
    ("address", N_("From")),
    ("client", N_("Device")),
)
NAMED = 3
"""Patients of a row whose names are shown; of more, their number."""
_FIELDS = (
    *("at", "seq", "actor", "actor_name", "roles", "person", "on_behalf", "session", "action"),
    *("type", "id", "version", "patients", "query", "hits", "outcome", "purpose", "emergency"),
    *("address", "client", "request", "detail", "source", "author"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SALT = "osler.audit.after"
_AUDIT = page(permission="audit.read", kinds=("staff",))


@_AUDIT
def report(request: Asked) -> HttpResponse:
    """One page of the report, the newest first unless another order was chosen.

    The form is posted, for it takes patients by name, and names have no place in addresses.
    """
    if request.method == "POST":
        form = Filter(request.POST, asked=request)
        if form.is_valid():
            return redirect(f"{request.path}?{urlencode(form.kept())}")
        return _page(request, form, None, {}, 400)
    form = Filter(request.GET or None, asked=request)
    if request.GET and not form.is_valid():
        return _page(request, form, None, {}, 400)
    kept = form.kept() if request.GET else {}
    sort = request.GET.get("sort") or "-at"
    query = replace(query_of(form), sort=sort, cursor=_place(request, sort))
    return _page(request, form, record().audit(request.principal, query), kept)


def _page(
    request: Asked, form: Filter, found: AuditPage | None, kept: dict[str, str], status: int = 200
) -> HttpResponse:
    sort = request.GET.get("sort") or "-at"
    rows = found.rows if found else ()
    wanted = {patient for row in rows for patient in row.patients[:NAMED]}
    asked = kept.get("patient", "")
    labels = patient_labels(record(), request.principal, {*wanted, asked})
    form["patient"].help_text = labels.get(asked) or form["patient"].help_text
    context = {
        "form": form,
        "wrong": found is None,
        "narrowed": bool(kept) or form.errors,
        "rows": [shown(row, labels, NAMED) for row in rows],
        "heads": [_head(name, words, sort, kept) for name, words in COLUMNS],
        "next": _after(found, sort, kept),
        "first": urlencode({**kept, "sort": sort}) if request.GET.get("after") else None,
        "csv": urlencode({**kept, "sort": sort}),
        "zone": settings.TIME_ZONE.replace("_", " "),
    }
    return render(request, "staff/audit/report.html", context, status=status)


def _head(name: str, words: str, sort: str, kept: dict[str, str]) -> dict[str, str | None]:
    """A head of the table: its words, the address of the order that a click asks for, and the order it is in."""
    state = {name: "ascending", f"-{name}": "descending"}.get(sort)
    downwards = state == "ascending" or (state is None and name == "at")
    order = f"-{name}" if downwards else name
    return {"words": gettext(words), "link": urlencode({**kept, "sort": order}), "state": state}


def _after(found: AuditPage | None, sort: str, kept: dict[str, str]) -> str | None:
    """The address of the page after, whose place nobody can make up."""
    if found is None or found.next is None:
        return None
    place = signing.dumps([sort, *found.next], salt=_SALT)
    return urlencode({**kept, "sort": sort, "after": place})


def _place(request: Asked, sort: str) -> tuple[str, int] | None:
    text = request.GET.get("after")
    if not text:
        return None
    try:
        was, at, seq = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        was, at, seq = "", "", 0
    if was != sort:
        raise Invalid("This is no place in this report; begin with its first page.")
    return str(at), int(seq)


def query_of(form: Filter) -> AuditQuery:
    """What a valid form asks for."""
    data = form.cleaned_data if form.is_bound else {}
    since, until = data.get("since"), data.get("until")
    return AuditQuery(
        since=clock.midnight(since) if since else None,
        until=clock.midnight(until + timedelta(days=1)) if until else None,
        patients=(data["patient"],) if data.get("patient") else (),
        actor_name=data.get("who") or None,
        actions=(data["action"],) if data.get("action") else (),
        types=(data["type"],) if data.get("type") else (),
        address=data.get("address") or None,
        failed=True if data.get("failed") else None,
        emergency=True if data.get("emergency") else None,
    )


@_AUDIT
def as_csv(request: Asked) -> HttpResponseBase:
    """The whole report as a file; a copy that leaves the system is noted, and wants fresh proof of who asks."""
    return _file(request)


@stepup.required
def _file(request: Asked) -> HttpResponseBase:
    form = Filter(request.GET or None, asked=request)
    if request.GET and not form.is_valid():  # Else it would be the whole audit.
        return _page(request, form, None, {}, 400)
    query = query_of(form)
    now = clock.now()  # What this export itself leaves in the audit is not part of it.
    until = min(query.until, now) if query.until else now
    query = replace(query, sort=request.GET.get("sort") or "-at", until=until, count=1000)
    first = record().audit(request.principal, query)
    record().note(request.principal, Access("export", "AuditEvent", query=urlencode(form.kept())))
    lines = _lines(request, query, first)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{now:%Y-%m-%d}.csv"'
    return response


def _lines(request: Asked, query: AuditQuery, found: AuditPage) -> Iterator[str]:
    yield _line(list(_FIELDS))
    while True:
        for row in found.rows:
            yield _line(cells(row))
        if found.next is None:
            return
        found = record().audit(request.principal, replace(query, cursor=found.next))


def cells(row: AuditRow) -> list[str]:
    """A row as text; what a spreadsheet would run as a formula is made harmless."""
    values = [getattr(row, name) for name in _FIELDS]
    texts = [
        " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        for value in values
    ]
    return [f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text for text in texts]


def _line(values: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
