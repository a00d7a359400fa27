"""The forms of documents: what is said of files, and the files themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from osler.clinic.chart.words import said
from osler.clinic.documents import filing
from osler.clinic.documents.categories import CATEGORIES
from osler.clinic.documents.document import Document
from osler.clinic.documents.filing import Entered, File
from osler.clinic.notes.asking import search
from osler.fhir import r4
from osler.identity.words import spoken
from osler.kit.errors import Invalid
from osler.kit.settings import MAX_BODY
from osler.staff.chart.frame import Frame
from osler.ui import formats
from osler.ui.dates import PartialDateField
from osler.ui.forms import Form
from osler.ui.widgets import FilesDrop

TAKEN = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.tif,.tiff,.txt,.csv,.xml,.dcm,image/*"
_BY_ENDING = {
    "xml": "application/xml",
    "dcm": "application/dicom",
    "csv": "text/csv",
    "txt": "text/plain",
}
_TOGETHER = MAX_BODY - 5_000_000


def _kinds() -> list[tuple[str, Any]]:
    made = [(one.code, gettext_lazy(one.label)) for one in CATEGORIES.values() if one.filed]
    return [("", gettext_lazy("Choose…")), *made]


class DocumentForm(Form):
    """What is said of a document."""

    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=_kinds)
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=200)
    date = PartialDateField(label=gettext_lazy("Date of the document"), required=False, past=True)
    source = forms.CharField(label=gettext_lazy("Author or source"), required=False, max_length=200)
    encounter = forms.ChoiceField(label=gettext_lazy("Visit"), required=False)
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reviewer = forms.ChoiceField(label=gettext_lazy("Ask for a review"), required=False)

    def __init__(self, frame: Frame, *args: Any, reviewers: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.initial.get("encounter", "")
        visits = _visits(frame)
        if given and given not in dict(visits):
            visits.append((given, _("An earlier visit")))
        self.fields["encounter"].choices = [("", _("No visit")), *visits]  # type: ignore[attr-defined]  # a ChoiceField
        if len(visits) == 0:
            del self.fields["encounter"]
        if reviewers and frame.writes["Task"]:
            people = staff(frame)
            self.fields["reviewer"].choices = [("", _("Nobody")), *people]  # type: ignore[attr-defined]  # the same
        else:
            del self.fields["reviewer"]

    @property
    def entered(self) -> Entered:
        """What the form says."""
        given = self.cleaned_data
        names = ("title", "category", "date", "source", "comment", "encounter", "reviewer")
        return Entered(**{name: given.get(name) or "" for name in names})


class Files(forms.FileField):
    """Several files; each is looked at by `checked`."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """All that were sent."""
        return data or initial or []


class UploadForm(DocumentForm):
    """The same with files."""

    field_order = (
        "files",
        "category",
        "title",
        "date",
        "source",
        "encounter",
        "reviewer",
        "comment",
    )
    files = Files(  # type: ignore[assignment]  # the name of the form is that of what it is given
        label=gettext_lazy("Files"),
        required=False,
        widget=FilesDrop(attrs={"accept": TAKEN, "multiple": True}, camera=True),
    )


def checked(form: Form, given: Sequence[UploadedFile], name: str = "files") -> list[File]:
    """The files if all may be stored; what is wrong with which goes into the form."""
    found: list[File] = []
    if not given:
        form.add_error(name, _("Choose at least one file."))
    if len(given) > filing.MOST_FILES:
        form.add_error(name, _("At most %(n)s files at once.") % {"n": filing.MOST_FILES})
        return found
    if sum(one.size or 0 for one in given) > _TOGETHER:
        form.add_error(name, _("Together these files are too large. Send fewer at once."))
        return found
    for one in given:
        ending = (one.name or "").rpartition(".")[2].lower()
        declared = one.content_type or ""
        if declared in {"", "application/octet-stream", "application/vnd.ms-excel"}:
            declared = _BY_ENDING.get(ending, declared)
        try:
            found.append(filing.checked(one.name or _("File"), one.read(), declared))
        except Invalid as error:
            form.add_error(name, spoken(error))
    return found


def initial(found: Document) -> Mapping[str, Any]:
    """What the form of a document shows at first."""
    return {
        "title": found.title,
        "category": found.category.code,
        "date": found.day,
        "source": found.author,
        "comment": found.comment,
        "encounter": found.encounter,
    }


def staff(frame: Frame) -> list[tuple[str, str]]:
    """Who can be asked for something: (reference, name)."""
    pairs = (("active", "true"), ("_count", "200"))
    found = search(frame.record, frame.principal, r4.PractitionerRole, *pairs)
    named = {
        one.practitioner.reference or "": one.practitioner.display or ""
        for _ref, one in found
        if one.practitioner
    }
    return sorted(((ref, name) for ref, name in named.items() if ref and name), key=lambda p: p[1])


def _visits(frame: Frame) -> list[tuple[str, str]]:
    if not frame.reads["Encounter"]:
        return []
    found = frame.asking.newest(r4.Encounter, 20)
    return [
        (f"Encounter/{one.id}", _words(one))
        for one in found
        if one.status not in {"cancelled", "entered-in-error"}
    ]


def _words(one: r4.Encounter) -> str:
    start = one.period.start if one.period else None
    kind = said(one.type[0]) if one.type else ""
    return ", ".join(part for part in (kind or _("Visit"), formats.moment(start)) if part)
