"""Fresh proof of who one is, before what must not happen from a screen left alone.

@stepup.required
def sign(request): ...

@stepup.required(minutes=2)
def export(request): ...
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, overload

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from osler.identity import sessions
from osler.identity.models import Session
from osler.kit import clock
from osler.kit.errors import NotAllowed

MINUTES = 5
CODE = "step-up"
View = Callable[..., HttpResponseBase]


class StepUpNeeded(NotAllowed):
    """It may be done after a fresh proof of who one is."""


def fresh(request: HttpRequest, minutes: int = MINUTES) -> bool:
    """Whether whoever is signed in proved it within the last minutes."""
    row = sessions.row_of(request)
    return row is not None and is_fresh(row, minutes)


def is_fresh(row: Session, minutes: int = MINUTES) -> bool:
    """The same of a session."""
    if row.authenticated is None or row.locked is not None:
        return False
    return clock.now() - row.authenticated < timedelta(minutes=minutes)


def demand(row: Session, minutes: int = MINUTES) -> None:
    """For doors beside Django. Raises `StepUpNeeded` (HTTP 403)."""
    if not is_fresh(row, minutes):
        raise StepUpNeeded(
            f"{CODE}: this needs a fresh proof of who you are; confirm at /account/confirm/ and try again."
        )


@overload
def required(view: View, *, minutes: int = MINUTES) -> View: ...
@overload
def required(view: None = None, *, minutes: int = MINUTES) -> Callable[[View], View]: ...
def required(view: View | None = None, *, minutes: int = MINUTES) -> Any:
    """Ask for a fresh proof before this view; a posted form is kept meanwhile and offered again."""
    if view is None:
        return lambda each: required(each, minutes=minutes)
    inner = view

    @wraps(inner)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if fresh(request, minutes):
            return inner(request, *args, **kwargs)
        from osler.identity.pages.confirm import ask

        return ask(request)

    return answer
