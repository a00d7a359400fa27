"""What stands between a session and every page: is it locked, is a second factor due, was it used just now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth import logout as forget_session
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase

from osler.identity import devices, locking, mfa, sessions
from osler.identity.models import Account, Session
from osler.identity.requirements import mfa_required

LOCKED = "locked"
ENROLLING = "enrolling"
_MARK = "osler_reachable"
_PROVIDER = frozenset({"openid_connect_login", "openid_connect_callback"})
"""To sign in with a provider again is a way to unlock; these views are allauth's."""
_View = TypeVar("_View", bound=Callable[..., Any])


def reachable(*when: str) -> Callable[[_View], _View]:
    """Let a view be reached while the session is LOCKED, or while a second factor is due (ENROLLING)."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, frozenset(when))
        return view

    return mark


class Guard:
    """Django middleware, after those of CSRF and of authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with the cookie of a browser that is new."""
        response = self._next(request)
        devices.remember(request, response)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Any,
        args: Any,  # noqa: ARG002 - Django's signature
        kwargs: Any,  # noqa: ARG002 - Django's signature
    ) -> HttpResponseBase | None:
        """What to answer instead of the page, if anything."""
        if not isinstance(request.user, Account):
            return None
        row = sessions.row_of(request)
        assert row is not None, "who is signed in has a session"
        allowed: frozenset[str] = getattr(view, _MARK, frozenset())
        if request.resolver_match and request.resolver_match.url_name in _PROVIDER:
            allowed = frozenset({LOCKED, ENROLLING})
        if locking.lock_if_idle(row, request.user, request):
            return None if LOCKED in allowed else _locked(request)
        if factor_due(row, request.user):
            if mfa.enrolled(request.user):
                return _again(request, row)
            if ENROLLING not in allowed:
                return _enrol(request)
        if navigates(request):
            locking.touch(row)
        return None


def factor_due(row: Session, account: Account) -> bool:
    """Whether the account must prove more than a password before it may do anything."""
    return not row.multi and (mfa_required(account.roles) or mfa.enrolled(account))


def navigates(request: HttpRequest) -> bool:
    """Whether a person opened a page or sent a form: what a page fetches by itself is no use of it."""
    mode = request.headers.get("Sec-Fetch-Mode")
    return mode == "navigate" if mode else not wants_json(request)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program of the page asks, not its reader."""
    return (
        request.headers.get("Sec-Fetch-Mode") in {"cors", "same-origin", "no-cors"}
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
        or "application/json" in request.headers.get("Accept", "")
    )


def _locked(request: HttpRequest) -> HttpResponseBase:
    from osler.identity.pages.lock import refuse

    return refuse(request)


def _again(request: HttpRequest, row: Session) -> HttpResponseBase:
    """A password opened this session before the account had a factor: only the sign-in asks for that."""
    sessions.end(row, "second factor added")
    forget_session(request)
    if wants_json(request):
        return JsonResponse({"code": "ended"}, status=401)
    return HttpResponseRedirect("/account/login/")


def _enrol(request: HttpRequest) -> HttpResponseBase:
    from osler.identity.pages.factors import due

    return due(request)
