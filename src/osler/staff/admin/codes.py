"""Code lists: the terms that searches know, releases side by side, which one is used, and new ones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from osler.clinic.terms import releases, search
from osler.clinic.terms.tables import Term
from osler.identity.words import spoken
from osler.kit.errors import Invalid, OslerError
from osler.kit.words import N_
from osler.record import Access
from osler.record import terms as stored
from osler.staff.admin.gates import PRACTICE
from osler.ui.answers import go
from osler.ui.forms import Form
from osler.ui.page import Asked, one_line, record

_FOUND = 40
NAMES = {
    "icd-10-cm": N_("Diagnoses (ICD-10-CM)"),
    "rxnorm": N_("Drugs (RxNorm)"),
    "cvx": N_("Vaccines (CVX)"),
    "mvx": N_("Vaccine manufacturers (MVX)"),
}
FILES = {
    "icd-10-cm": N_("icd10cm_order_YEAR.txt of CMS"),
    "rxnorm": N_("RXNCONSO.RRF of the National Library of Medicine"),
    "cvx": N_("cvx.txt of CDC"),
    "mvx": N_("mvx.txt of CDC"),
}
KINDS = {
    "diagnosis": N_("Diagnoses"),
    "drug": N_("Drugs"),
    "allergen": N_("Allergens"),
    "reaction": N_("Reactions"),
    "procedure": N_("Procedures"),
    "vaccine": N_("Vaccines"),
    "manufacturer": N_("Manufacturers"),
}
_SHIPPED = {"icd-10-cm": "diagnosis", "rxnorm": "drug", "cvx": "vaccine", "mvx": "manufacturer"}


class Upload(Form):
    """A publisher's file."""

    format = forms.ChoiceField(label=gettext_lazy("Code list"))
    release = forms.RegexField(
        r"^[0-9A-Za-z][0-9A-Za-z._-]{0,30}$",
        label=gettext_lazy("Release"),
        help_text=gettext_lazy("What its publisher calls it: 2026, 2026-10-05 …"),
    )
    file = forms.FileField(label=gettext_lazy("File"))
    use = forms.BooleanField(label=gettext_lazy("Search in it from now on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        assert isinstance(field, forms.ChoiceField)
        # The file of RxNorm is larger than what a page may send.
        field.choices = [(code, _(name)) for code, name in NAMES.items() if code != "rxnorm"]


@PRACTICE
def listed(request: Asked) -> HttpResponse:
    """The lists with their releases; what is looked for comes by POST."""
    return _page(request, Upload(initial={"use": True}))


def _page(request: Asked, form: Upload, status: int = 200) -> HttpResponse:
    kind = request.POST.get("kind", "diagnosis")
    wanted = one_line(request.POST.get("q", ""))[:80]
    kind = kind if kind in KINDS else "diagnosis"
    found: list[Term] = []
    if wanted:
        found = search.search(record(), request.principal, kind, wanted, _FOUND)
    about = {
        "lists": _lists(),
        "form": form,
        "kinds": KINDS.items(),
        "kind": kind,
        "q": wanted,
        "found": found,
    }
    return render(request, "staff/admin/codes.html", about, status=status)


def _lists() -> list[dict[str, object]]:
    every = stored.releases(record().database)
    return [
        {
            "code": code,
            "name": name,
            "file": FILES[code],
            "system": releases.FORMATS[code].system,
            "shipped": len(search.KINDS[_SHIPPED[code]].shipped()),
            "releases": [one for one in every if one.system == releases.FORMATS[code].system],
        }
        for code, name in NAMES.items()
    ]


@require_POST
@PRACTICE
def use(request: Asked) -> HttpResponse:
    """Search in another release from now on."""
    format, release = request.POST.get("format", ""), one_line(request.POST.get("release", ""))
    if format not in releases.FORMATS:
        raise Invalid(_("There is no such code list."))
    stored.use(record().database, releases.FORMATS[format].system, release)
    _noted(request, f"code list {format}: release {release} is used")
    messages.success(request, _("Searches use it from now on."))
    return go(request, reverse("admin-codes"))


@require_POST
@PRACTICE
def upload(request: Asked) -> HttpResponse:
    """Take a publisher's file in; the same file again goes on where a broken upload stopped."""
    form = Upload(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, 422)
    given = form.cleaned_data
    try:
        done = _loaded(given["format"], given["file"], given["release"])
    except OslerError as error:
        form.add_error("file", spoken(error))
        return _page(request, form, 422)
    if given["use"]:
        stored.use(record().database, done.system, done.release)
    _noted(request, f"code list {given['format']}: release {done.release} loaded")
    messages.success(request, _("%(count)s terms are in.") % {"count": done.terms})
    return go(request, reverse("admin-codes"))


def _loaded(format: str, file: UploadedFile, release: str) -> releases.Loaded:
    with tempfile.TemporaryDirectory(prefix="osler-terms-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        try:
            return releases.load(record(), format, path, release, lambda *_: None)
        except Invalid as error:
            text = str(error).replace(str(path), one_line(file.name or _("The file"))[:80])
            raise Invalid(text) from error


def _noted(request: Asked, detail: str) -> None:
    record().note(request.principal, Access("config-change", detail=detail))
