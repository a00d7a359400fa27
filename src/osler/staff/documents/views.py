"""The documents of a chart: the list, search inside them, filing new ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from osler.clinic.documents import document as documents
from osler.clinic.documents import filing, searching
from osler.clinic.documents.categories import CATEGORIES
from osler.clinic.lists.items import Chart
from osler.identity.words import spoken
from osler.kit.errors import Invalid, NotAllowed
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, render_form
from osler.staff.documents.forms import UploadForm, checked
from osler.ui.answers import saved
from osler.ui.page import one_line

_PAGE = 40
_MOST = 1000


def chart_of(frame: Frame) -> Chart:
    """The chart that is open, to be written."""
    return Chart(frame.record, frame.principal, frame.id)


@chart_page("documents")
def page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The newest documents, of one kind or of all, and what was looked for in them."""
    may_file = frame.writes["DocumentReference"] and frame.writes["Binary"]
    if not frame.reads["DocumentReference"]:
        if not may_file:
            raise NotAllowed(_("Your role does not read documents."))
        return render_chart(
            request, frame, "staff/documents/list.html", {"blind": True, "may_file": True}
        )
    words = one_line(request.POST.get("words", ""))[:100] if request.method == "POST" else ""
    kind = CATEGORIES.get(request.GET.get("kind", ""))
    wrong = request.GET.get("show") == "old"
    asked = request.GET.get("n", "")
    count = min(max(int(asked), _PAGE), _MOST) if asked.isdecimal() and len(asked) < 6 else _PAGE
    about: dict[str, Any] = {
        "may_file": may_file,
        "kinds": [(one, one == kind) for one in CATEGORIES.values()],
        "kind": kind,
        "words": words,
        "wrong": wrong,
        "more": count * 2,
    }
    if words:
        about["search"] = searching.find(frame.asking, words)
    else:
        found = documents.listed(frame.asking, kind, count, wrong=wrong)
        about |= {
            "found": found,
            "rows": [(one, found.waiting.get(one.id)) for one in found.documents],
        }
    return render_chart(request, frame, "staff/documents/list.html", about)


@chart_page("documents")
def new(request: ChartAsked, frame: Frame) -> HttpResponse:
    """File one or several; nothing is stored unless all of them may be."""
    if not (frame.writes["DocumentReference"] and frame.writes["Binary"]):
        raise NotAllowed(_("Your role does not file documents."))
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        first = {"category": kind if kind in CATEGORIES and CATEGORIES[kind].filed else ""}
        return _form(request, frame, UploadForm(frame, initial=first))
    form = UploadForm(frame, request.POST, request.FILES)
    valid = form.is_valid()
    files = checked(form, request.FILES.getlist("files"))
    if not valid or not form.is_valid():
        return _form(request, frame, form, 422)
    try:
        made = filing.file(chart_of(frame), files, form.entered)
    except Invalid as error:
        form.add_error(None, spoken(error))
        return _form(request, frame, form, 422)
    told = ngettext("%(n)s document filed", "%(n)s documents filed", len(made)) % {"n": len(made)}
    where = reverse("documents", args=[frame.id])
    if len(made) == 1 and frame.reads["DocumentReference"]:
        where = reverse("document", args=[frame.id, made[0].id])
    return saved(request, where, told)


def _form(request: ChartAsked, frame: Frame, form: UploadForm, status: int = 200) -> HttpResponse:
    about = {
        "form": form,
        "action": reverse("document-new", args=[frame.id]),
        "back": reverse("documents", args=[frame.id]),
        "most": filing.MOST_BYTES // 1_000_000,
    }
    return render_form(request, frame, "staff/documents/upload.html", about, status=status)
