"""The results that wait for who is signed in, over all patients: read, comment, next."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from osler.clinic.chart.asking import Asking
from osler.clinic.results import Item, report
from osler.clinic.results.inbox import inbox as waiting
from osler.record.several import Reader
from osler.staff.results.forms import ReviewForm
from osler.ui import people
from osler.ui.page import Asked, page, record

_SHOWN = ("mine", "all", "done")


@page(kinds=("staff",))
def inbox(request: Asked) -> HttpResponse:
    """A list, the gravest first, and beside it the report that is open."""
    whose = request.GET.get("show", "mine")
    whose = whose if whose in _SHOWN else "mine"
    found = waiting(record(), request.principal, whose=whose)
    items = list(found.items)
    wanted = request.GET.get("task", "")
    at = next(
        (i for i, one in enumerate(items) if one.report.review and one.report.review.id == wanted),
        0,
    )
    about = {
        "items": [(one, people.label(one.patient), i == at) for i, one in enumerate(items)],
        "more": found.more,
        "whose": whose,
        "open": _open(request, items, at),
        "form": ReviewForm(),
        "before": _task(items, at - 1) if at else "",
        "after": _task(items, at + 1),
    }
    return render(request, "staff/results/inbox.html", about)


def _open(request: Asked, items: list[Item], at: int) -> dict[str, object] | None:
    """The item to read, its report with how the tests went before."""
    if not items:
        return None
    item = items[at]
    asking = Asking(Reader(record(), request.principal), item.patient.id or "")
    whole = report(asking, item.report.id)
    return {
        "patient": item.patient,
        "label": people.label(item.patient),
        "report": replace(whole, review=item.report.review) if whole else item.report,
    }


def _task(items: list[Item], at: int) -> str:
    if not 0 <= at < len(items):
        return ""
    review = items[at].report.review
    return review.id if review else ""
