"""What preferences do to every request: the language of its page, and charts that were opened are remembered."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from osler.identity.models import Account
from osler.ui import preferences

_Answer = Callable[[HttpRequest], HttpResponseBase]
_CHART = "patients/<fhir:id>"
_ASKED = "language"
"""In the address of a page that anybody may see: the sign-in."""
_YEAR = 365 * 24 * 3600


def preferred(get_response: _Answer) -> _Answer:
    """Django middleware, after the one that says who is signed in."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        language = _language(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        _keep(request, response, language)
        _remember(request, response)
        return response

    return answer


def _language(request: HttpRequest) -> str:
    """What was chosen for the account, else at this browser, else the first of the browser's, else English."""
    wanted = preferences.of(request).language
    if wanted not in preferences.LANGUAGES:
        wanted = request.GET.get(_ASKED, "")
    if wanted not in preferences.LANGUAGES:
        wanted = translation.get_language_from_request(request).partition("-")[0]
    return wanted if wanted in preferences.LANGUAGES else "en"


def _keep(request: HttpRequest, response: HttpResponseBase, language: str) -> None:
    """A language that was chosen greets who signs in next at this browser."""
    chosen = preferences.of(request).language or request.GET.get(_ASKED, "")
    name = settings.LANGUAGE_COOKIE_NAME
    if chosen == language and request.COOKIES.get(name) != language:
        secure, age = settings.SESSION_COOKIE_SECURE, _YEAR
        response.set_cookie(
            name, language, max_age=age, secure=secure, httponly=True, samesite="Lax"
        )


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
