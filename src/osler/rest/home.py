"""What a browser gets that opens the base address of the API: the pages, which are beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osler.rest import negotiate
from osler.rest.interactions import search
from osler.rest.response import Response

if TYPE_CHECKING:
    from osler.rest.request import Request

_VARY = ("Vary", "Accept")


def base(request: Request) -> Response:
    """A search of the whole system; who only opens the address in a browser is led to the pages."""
    if request.environ.get("QUERY_STRING") or not _is_browser(request):
        _ = request.principal  # Before anything is looked at, as on every route that is not public.
        return search.system(request)
    # Relative: before the server may stand another that knows it by a longer path.
    up = "../" if request.environ["PATH_INFO"].endswith("/") else "./"
    return Response(303, headers=[("Location", up), _VARY])


def _is_browser(request: Request) -> bool:
    return negotiate.html_wanted(request.environ.get("HTTP_ACCEPT", ""))
