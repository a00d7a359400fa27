"""Is the server alive, can it work, and how is it doing: for those who run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osler.rest.edge import RELAYED
from osler.rest.problems import UnknownPath
from osler.rest.response import Response

if TYPE_CHECKING:
    from osler.rest.request import Request

_TEXT = "text/plain; charset=utf-8"
_LOCAL = frozenset({"127.0.0.1", "::1"})


def live(_: Request) -> Response:
    """The process answers."""
    return Response(200, b"live\n", plain=_TEXT)


def ready(request: Request) -> Response:
    """The database answers too; where not, Unavailable says so with a 503."""
    request.door.ready()
    return Response(200, b"ready\n", plain=_TEXT)


def metrics(request: Request) -> Response:
    """Prometheus metrics, for the machine itself only: not for those whom a proxy on it lets in."""
    if request.environ.get("REMOTE_ADDR") not in _LOCAL or RELAYED in request.environ:
        raise UnknownPath("There is nothing at this path")
    kind, page = request.door.metrics()
    return Response(200, page, plain=kind)
