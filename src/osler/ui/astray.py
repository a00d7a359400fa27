"""The pages of what no view answers: an address that nothing is at, a request that cannot be read, a failure."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing is at this address; what was asked for is not repeated on the page."""
    del exception
    texts = [_("This address leads nowhere. It may be mistyped, or from an older version.")]
    return _page(request, _("There is nothing here"), texts, 404)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request makes no sense, or is larger than a form may be."""
    del exception
    texts = [_("The browser sent something that could not be read. Go back and try again.")]
    return _page(request, _("That did not work"), texts, 400)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refused before any page of ours could say why."""
    del exception
    return _page(request, _("You may not do this"), [], 403)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed. The page asks nothing of the database, which may be what failed."""
    del request
    return HttpResponse(render_to_string("ui/broken.html"), status=500)


def _page(request: HttpRequest, title: str, texts: list[str], status: int) -> HttpResponse:
    return render(request, "ui/error.html", {"title": title, "texts": texts}, status=status)
