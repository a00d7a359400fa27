"""What may be done with a document: describe, move, replace, mark as a mistake, pin notes, ask for and sign reviews."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.clinic.documents import filing, pins, reviewing
from osler.clinic.documents.document import Document
from osler.identity.words import spoken
from osler.kit.errors import Conflict, Invalid, NotAllowed, PreconditionFailed
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_form
from osler.staff.documents import reading
from osler.staff.documents.forms import DocumentForm, checked, initial
from osler.staff.documents.reading import address
from osler.staff.documents.views import chart_of
from osler.ui.answers import Undo, saved

_PAGE_DIGITS = 5


def _version(request: ChartAsked) -> int:
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid("The form does not say which version it changes. Open it again.")
    return int(text)


def _may(frame: Frame) -> None:
    if not frame.writes["DocumentReference"]:
        raise NotAllowed(_("Your role does not change documents."))


@chart_page("documents")
def edit(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Change what is said of a document."""
    _may(frame)
    found = filing.read(chart_of(frame), item)
    if request.method != "POST":
        form = DocumentForm(frame, initial=initial(found), reviewers=False)
        return _form(request, frame, found, form)
    form = DocumentForm(frame, request.POST, initial=initial(found), reviewers=False)
    if not form.is_valid():
        return _form(request, frame, found, form, 422)
    try:
        made = filing.edit(chart_of(frame), item, _version(request), form.entered)
    except (Conflict, PreconditionFailed):
        form.add_error(
            None,
            _(
                "Somebody changed this document meanwhile. Look at what it says now, then save again."
            ),
        )
        return _form(request, frame, found, form, 409)
    except Invalid as error:
        form.add_error(None, spoken(error))
        return _form(request, frame, found, form, 422)
    undo = Undo("DocumentReference", item, made.version)
    return saved(request, address(frame, item), _("Document changed"), undo=undo)


def _form(
    request: ChartAsked, frame: Frame, found: Document, form: DocumentForm, status: int = 200
) -> HttpResponse:
    about = {
        "form": form,
        "document": found,
        "action": reverse("document-edit", args=[frame.id, found.id]),
        "back": address(frame, found.id),
    }
    return render_form(request, frame, "staff/documents/edit.html", about, status=status)


@require_POST
@chart_page("documents")
def move(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Into another category."""
    made = filing.move(chart_of(frame), item, _version(request), request.POST.get("category", ""))
    undo = Undo("DocumentReference", item, made.version)
    return saved(request, address(frame, item), _("Document moved"), undo=undo)


@require_POST
@chart_page("documents")
def wrong(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Entered in error, with the reason."""
    reason = request.POST.get("reason", "")
    try:
        made = filing.mistaken(chart_of(frame), item, _version(request), reason)
    except Invalid as error:
        return _again(request, frame, item, spoken(error))
    undo = Undo("DocumentReference", item, made.version)
    return saved(request, address(frame, item), _("Marked as entered in error"), undo=undo)


@chart_page("documents")
def replace(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """File a newer version in its place."""
    _may(frame)
    chart = chart_of(frame)
    found = filing.read(chart, item)
    form = DocumentForm(frame, initial=initial(found), reviewers=False)
    about = {
        "document": found,
        "back": address(frame, item),
        "action": reverse("document-replace", args=[frame.id, item]),
    }
    if request.method == "POST":
        form = DocumentForm(
            frame, {**initial(found), "category": found.category.code}, reviewers=False
        )
        form.is_valid()
        try:
            files = checked(form, request.FILES.getlist("files"), "title")
            if len(files) == 1 and "title" not in form.errors:
                made = filing.replace(chart, item, _version(request), files[0])
                return saved(request, address(frame, made.id), _("The newer version is filed"))
            errors = list(form.errors.get("title", [])) or [_("Choose one file.")]
        except (Invalid, Conflict, PreconditionFailed) as error:
            errors = [spoken(error)]
        about["errors"] = errors
    status = 422 if request.method == "POST" else 200
    return render_form(request, frame, "staff/documents/replace.html", about, status=status)


@require_POST
@chart_page("documents")
def pin(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Pin a note to a place of a page."""
    text = request.POST.get("text", "")
    try:
        page = request.POST.get("page", "1")
        number = int(page) if page.isdecimal() and len(page) < _PAGE_DIGITS else 1
        places = (_percent(request.POST.get(name, "")) for name in "xy")
        pins.pin(chart_of(frame), item, text, number, *places)
    except Invalid as error:
        return _again(request, frame, item, spoken(error), text=text)
    return saved(request, f"{address(frame, item)}#notes", _("Note pinned"))


def _percent(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 100.0)
    except ValueError:
        return 0.0


@require_POST
@chart_page("documents")
def unpin(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Take one's own note back."""
    pins.take_back(chart_of(frame), item, request.POST.get("pin", ""))
    return saved(request, f"{address(frame, item)}#notes", _("Note taken back"))


@require_POST
@chart_page("documents")
def review(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Sign that one has reviewed it."""
    comment = request.POST.get("comment", "")
    try:
        reviewing.review(chart_of(frame), item, comment)
    except Invalid as error:
        return _again(request, frame, item, spoken(error), comment=comment)
    return saved(request, address(frame, item), _("Reviewed and signed"))


@require_POST
@chart_page("documents")
def ask(request: ChartAsked, frame: Frame, item: str) -> HttpResponse:
    """Ask somebody to review it."""
    try:
        reviewing.ask(chart_of(frame), item, request.POST.get("reviewer", ""))
    except (Invalid, Conflict) as error:
        return _again(request, frame, item, spoken(error))
    return saved(request, address(frame, item), _("The review was asked for"))


def _again(request: ChartAsked, frame: Frame, item: str, error: str, **typed: str) -> HttpResponse:
    """The document's page with what was wrong and what was typed."""
    found = filing.read(chart_of(frame), item)
    return reading.show(request, frame, found, 422, error=error, typed=typed)
