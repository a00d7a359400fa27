"""What someone sees who opens the server's address in a browser: where the API is, and that it is one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from osler.rest import negotiate, outcome
from osler.rest.interactions import search
from osler.rest.response import Response

if TYPE_CHECKING:
    from osler.rest.request import Request

_HTML = "text/html; charset=utf-8"
_VARY = ("Vary", "Accept")
# Addresses are relative: before the server may stand another that knows it by a longer path.
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Osler</title>
<h1>Osler</h1>
<p>This is an electronic health record that programs read and write by FHIR R4, in JSON.
<p>Its FHIR base address is <code>{base}</code>
<ul>
<li><a href="fhir/metadata?_pretty=true">fhir/metadata</a>: what this server can do
<li><a href="fhir/Patient?_count=10&amp;_pretty=true">fhir/Patient</a>: ten patients
<li><a href="health/ready">health/ready</a>: whether it and its database are well
</ul>
</html>
"""


def home(request: Request) -> Response:
    """A page for a browser, the same in an OperationOutcome for others."""
    if _is_browser(request):
        page = _PAGE.format(base=escape(request.base))
        return Response(200, page.encode(), [_VARY], plain=_HTML)
    text = f"The FHIR API is at {request.base}; {request.base}/metadata says what it can do"
    return Response(200, outcome.all_is_well(text), [_VARY])


def base(request: Request) -> Response:
    """A search of the whole system; who only opens the address in a browser is shown the page."""
    if request.environ.get("QUERY_STRING") or not _is_browser(request):
        return search.system(request)
    up = "../" if request.environ["PATH_INFO"].endswith("/") else "./"
    return Response(303, headers=[("Location", up), _VARY])


def _is_browser(request: Request) -> bool:
    return negotiate.html_wanted(request.environ.get("HTTP_ACCEPT", ""))
