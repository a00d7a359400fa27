"""What every page view goes through: who asks, whether they may, and what an error looks like.

@page(permission="privacy.manage")
def desk(request: Asked) -> HttpResponse: …   # request.principal, record()
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext

from osler.access import Origin, Principal
from osler.identity import principals, rights
from osler.identity.words import spoken
from osler.kit import errors
from osler.kit.errors import OslerError
from osler.kit.words import N_
from osler.ui.door import record

if TYPE_CHECKING:
    from osler.identity.models import Account

__all__ = ["Asked", "one_line", "page", "principal", "record"]

P = ParamSpec("P")
_STATUS: dict[type[OslerError], int] = {
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Conflict: 409,
    errors.PreconditionFailed: 409,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
    OslerError: 400,
}
_TITLES = {
    401: N_("Please sign in"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    409: N_("Someone was faster"),
    410: N_("It has been deleted"),
    503: N_("Please try again in a moment"),
}
_AGENT = 200


class Asked(HttpRequest):
    """A request of someone who has signed in, for annotations: `page` adds `principal`."""

    principal: Principal
    account: Account


def principal(request: HttpRequest) -> Principal:
    """Who asks, with where from. The session must have been checked: `page` does."""
    return replace(principals.of_page(request), origin=origin(request))


def origin(request: HttpRequest) -> Origin:
    """Where a request came from, as the audit has it."""
    agent = request.headers.get("User-Agent", "")[:_AGENT].replace("\0", "")
    return Origin(request.META.get("REMOTE_ADDR", ""), agent, secrets.token_hex(10))


def one_line(text: str) -> str:
    """What was typed into one line, without what no line has: breaks, and bytes that no database takes."""
    return " ".join(text.replace("\0", " ").split())


def page(
    *, permission: str | None = None, kinds: tuple[str, ...] = ()
) -> Callable[
    [Callable[Concatenate[Any, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Make a view of a function: for who has signed in, has `permission`, and an account of one of `kinds`."""

    def made(
        view: Callable[Concatenate[Any, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @login_required
        @wraps(view)
        def answer(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                request.principal = principal(request)
                request.account = request.user
                acting = (
                    request.principal.proxy is not None
                )  # Then as a proxy, whoever else one is.
                if kinds and ("proxy" if acting else request.user.kind) not in kinds:
                    raise errors.NotAllowed("This page is not for your kind of account.")
                if permission is not None:
                    rights.require(request.principal, permission)
                return view(request, *args, **kwargs)
            except OslerError as error:
                return failed(request, error)

        answer.osler_page = True  # type: ignore[attr-defined]  # for the test that every view is one
        return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", answer)

    return made


def failed(request: HttpRequest, error: OslerError) -> HttpResponse:
    """The page of an error that was foreseen."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    title = gettext(_TITLES.get(status, N_("That did not work")))
    texts = [spoken(issue.diagnostics) for issue in error.issues]
    return render(request, "ui/error.html", {"title": title, "texts": texts}, status=status)
