"""One answer, one look at who asks: roles and broken glass are found out once for a page that only shows."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from osler.record.facts import one_request

_Answer = Callable[[HttpRequest], HttpResponseBase]
_SHOWING = frozenset({"GET", "HEAD"})


def once(get_response: _Answer) -> _Answer:
    """Django middleware, before all that asks for roles. A form may change them, so there each step asks anew."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method not in _SHOWING:
            return get_response(request)
        with one_request():
            return get_response(request)

    return answer
