"""The audit report: filtered and sorted by every field of ASTM E2147, on pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from osler.identity import stepup
from osler.record import Access, AuditQuery, AuditRow
from osler.ui.page import Asked, page, record

COLUMNS = (
    ("at", "When"),
    ("actor_name", "Who"),
    ("roles", "Role"),
    ("action", "Did"),
    ("type", "What"),
    ("patients", "Patient"),
    ("purpose", "Why"),
    ("outcome", "Outcome"),
    ("address", "From"),
    ("client", "Device"),
)
_FIELDS = (
    *("at", "seq", "actor", "actor_name", "roles", "person", "on_behalf", "session", "action"),
    *("type", "id", "version", "patients", "query", "hits", "outcome", "purpose", "emergency"),
    *("address", "client", "request", "detail", "source", "author"),
)
_DAY = forms.DateInput(attrs={"type": "date"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Filter(forms.Form):
    """What the report is narrowed to."""

    since = forms.DateField(label="From", required=False, widget=_DAY)
    until = forms.DateField(label="To", required=False, widget=_DAY)
    patient = forms.CharField(label="Patient id", required=False, max_length=64)
    who = forms.CharField(label="Name of the person", required=False, max_length=100)
    action = forms.CharField(label="Action", required=False, max_length=40)
    type = forms.CharField(label="Resource type", required=False, max_length=60)
    address = forms.CharField(label="Address", required=False, max_length=60)
    failed = forms.BooleanField(label="Only what failed", required=False)
    emergency = forms.BooleanField(label="Only broken glass", required=False)


@page(permission="audit.read", kinds=("staff",))
def report(request: Asked) -> HttpResponse:
    """One page of the report, the newest first unless another order was chosen."""
    form = Filter(request.GET or None)
    query = _query(form, request)
    found = record().audit(request.principal, query)
    kept = {
        name: value for name, value in request.GET.items() if name not in ("at", "seq") and value
    }
    sort = query.sort.lstrip("-")
    heads = [(name, words, _next_order(name, query.sort), name == sort) for name, words in COLUMNS]
    following = {**kept, "at": found.next[0], "seq": found.next[1]} if found.next else None
    context = {
        "form": form,
        "rows": found.rows,
        "heads": [(words, urlencode({**kept, "sort": order}), on) for _, words, order, on in heads],
        "next": urlencode(following) if following else None,
        "csv": urlencode(kept),
    }
    return render(request, "staff/audit/report.html", context)


def _next_order(name: str, sort: str) -> str:
    """What a click on a head asks for: that order, or its reverse where it is on already."""
    return f"-{name}" if sort == name or (sort != f"-{name}" and name == "at") else name


def _query(form: Filter, request: Asked) -> AuditQuery:
    data = form.cleaned_data if form.is_valid() else {}
    since, until = data.get("since"), data.get("until")
    place = (request.GET.get("at", ""), request.GET.get("seq", ""))
    return AuditQuery(
        since=datetime.combine(since, time(), UTC) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), UTC) if until else None,
        patients=(data["patient"],) if data.get("patient") else (),
        actor_name=data.get("who") or None,
        actions=(data["action"],) if data.get("action") else (),
        types=(data["type"],) if data.get("type") else (),
        address=data.get("address") or None,
        failed=True if data.get("failed") else None,
        emergency=True if data.get("emergency") else None,
        sort=request.GET.get("sort") or "-at",
        cursor=(place[0], int(place[1])) if place[1].isdigit() else None,
    )


@page(permission="audit.read", kinds=("staff",))
def as_csv(request: Asked) -> HttpResponseBase:
    """The whole report as a file; a copy that leaves the system is noted, and wants fresh proof of who asks."""
    return _file(request)


@stepup.required
def _file(request: Asked) -> HttpResponseBase:
    query = replace(_query(Filter(request.GET), request), count=1000, cursor=None)
    record().note(request.principal, Access("export", "AuditEvent", query=request.GET.urlencode()))
    response = StreamingHttpResponse(_lines(request, query), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _lines(request: Asked, query: AuditQuery) -> Iterator[str]:
    yield _line(_FIELDS)
    while True:
        found = record().audit(request.principal, query)
        for row in found.rows:
            yield _line(cells(row))
        if found.next is None:
            return
        query = replace(query, cursor=found.next)


def cells(row: AuditRow) -> list[str]:
    """A row as text; what a spreadsheet would run as a formula is made harmless."""
    values = [getattr(row, name) for name in _FIELDS]
    texts = [
        " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        for value in values
    ]
    return [f"'{text}" if text.startswith(_FORMULA) else text for text in texts]


def _line(values: object) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)  # type: ignore[arg-type]  # any iterable
    return buffer.getvalue()
