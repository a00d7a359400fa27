"""What preferences do to every request: the language of its page, and charts that were opened are remembered."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from osler.identity.models import Account
from osler.ui import preferences

_Answer = Callable[[HttpRequest], HttpResponseBase]
_CHART = "patients/<fhir:id>"


def preferred(get_response: _Answer) -> _Answer:
    """Django middleware, after the one that says who is signed in."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        language = _language(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        _remember(request, response)
        return response

    return answer


def _language(request: HttpRequest) -> str:
    """What was chosen, else the first of the browser's that there is, else English."""
    wanted = preferences.of(request).language
    if wanted not in preferences.LANGUAGES:
        wanted = translation.get_language_from_request(request).partition("-")[0]
    return wanted if wanted in preferences.LANGUAGES else "en"


def _remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """A page of a chart that was shown as a page is a chart that was opened."""
    match = request.resolver_match
    if (
        response.status_code == 200
        and request.method == "GET"
        and match is not None
        and match.route.startswith(_CHART)
        and "HX-Request" not in request.headers
        and isinstance(request.user, Account)
    ):
        preferences.opened(request, match.kwargs["id"])
