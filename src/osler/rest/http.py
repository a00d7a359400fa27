"""The WSGI application: finds the route, calls it, and finishes its answer.

Every request passes here once; no other module knows WSGI. See https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import logging
import os
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any

import msgspec

from osler.kit.errors import Issue, OslerError
from osler.rest import negotiate, outcome
from osler.rest.access_log import AccessLog
from osler.rest.guard import Guard
from osler.rest.interactions import binary
from osler.rest.limits import Limits
from osler.rest.metrics import Metrics
from osler.rest.problems import MethodNotAllowed
from osler.rest.request import Door, Request
from osler.rest.response import STATUS_LINES, Header, Response
from osler.rest.table import Node, Route, check_path

_log = logging.getLogger("osler.rest")

_SECURITY: tuple[Header, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_REQUEST_ID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BODILESS = frozenset({204, 304})
_UNEXPECTED = "Something went wrong on the server; its log has the details under this request id"
_CONTENT_TYPES = {
    media: ("Content-Type", f"{media}; charset=utf-8")
    for media in (negotiate.FHIR, negotiate.JSON, negotiate.TEXT)
}
StartResponse = Callable[[str, list[Header]], Any]


class Application:
    """FHIR over HTTP on one record."""

    def __init__(self, door: Door, metrics: Metrics, log: AccessLog | None = None) -> None:
        self.door = door
        self._options = door.options
        self._guard = Guard(door.options)
        self._limits = Limits(door.options.rates)
        self._observe = metrics.observe
        self._log = log
        self._find = door.table.find

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 says."""
        began = perf_counter()
        request_id = _request_id(environ.get("HTTP_X_REQUEST_ID"))
        route, media, response = self._answer(environ, request_id)
        headers = response.headers
        if response.body or response.chunks is not None:
            headers.append(_content_type(response, media))
        headers.append(("X-Request-Id", request_id))
        headers.extend(_SECURITY)
        headers.extend(self._guard.cors(environ))
        chunks = self._packed(environ, response)
        start_response(STATUS_LINES[response.status], headers)
        self._note(
            environ["REQUEST_METHOD"], route, response.status, perf_counter() - began, request_id
        )
        return chunks

    def _answer(
        self, environ: dict[str, Any], request_id: str
    ) -> tuple[Route | None, str, Response]:
        """The route, the media type and the answer; every failure becomes an OperationOutcome here."""
        route: Route | None = None
        media = negotiate.FHIR
        try:
            self._guard.check(environ)
            node, values = self._find(environ["PATH_INFO"])
            method = environ["REQUEST_METHOD"]
            if method == "OPTIONS":
                return None, media, self._options_answer(environ, node)
            route = node.routes.get("GET" if method == "HEAD" else method)
            if route is None:
                raise MethodNotAllowed(method, node.allow)
            request = Request(self.door, environ, route, values, request_id)
            check_path(request)
            if not (route.public or route.plain):
                # Asked before anything is looked at.
                self._limits.check(route, request.principal)
            media, pretty = _format(request)
            response = route.handler(request)
            if pretty and response.body and response.plain is None:
                response.body = msgspec.json.format(response.body, indent=2)
        except OslerError as error:
            return route, media, problem(error)
        except Exception as failure:  # noqa: BLE001 - the last resort: it must not leak or kill
            _log_failure(failure, request_id)
            issue = Issue("exception", f"{_UNEXPECTED} ({request_id})", severity="fatal")
            return route, media, Response(500, outcome.outcome([issue]))
        return route, media, response

    def _options_answer(self, environ: dict[str, Any], node: Node) -> Response:
        headers = [("Allow", node.allow), *self._guard.preflight(environ, node.allow)]
        return Response(204, headers=headers)

    def _packed(self, environ: dict[str, Any], response: Response) -> Iterable[bytes]:
        """The body as sent: empty for HEAD, zipped where that is wanted and worth it."""
        body, headers = response.body, response.headers
        if environ["REQUEST_METHOD"] == "HEAD":
            _close(response.chunks)
            if response.chunks is None and response.status not in _BODILESS:
                headers.append(("Content-Length", str(len(body))))
            return [b""]
        accept = environ.get("HTTP_ACCEPT_ENCODING")
        worth = len(body) > self._options.compress_over or response.chunks is not None
        if not (accept and worth and negotiate.gzip_wanted(accept)):
            return [body] if response.chunks is None else response.chunks
        headers.append(("Content-Encoding", "gzip"))
        headers.append(("Vary", "Accept-Encoding"))
        if response.chunks is not None:
            return _zipped(response.chunks)
        return [zlib.compress(body, 1, wbits=16 + zlib.MAX_WBITS)]

    def _note(
        self, method: str, route: Route | None, status: int, seconds: float, request_id: str
    ) -> None:
        """Count and log: the template, never the path or the query, for these name patients."""
        self._observe("none" if route is None else route.interaction, status, seconds)
        if self._log is not None:
            # A method that is none of ours could be any text.
            known = method if method in _METHODS else "other"
            template = "-" if route is None else route.template
            self._log.add(known, template, status, seconds, request_id)


def problem(error: OslerError) -> Response:
    """The answer to a request that failed as foreseen."""
    body = outcome.outcome(error.issues)
    return Response(outcome.status_of(error), body, list(outcome.headers_of(error)))


def _format(request: Request) -> tuple[str, bool]:
    """The media type of the answer and whether to indent it."""
    environ = request.environ
    accept = environ.get("HTTP_ACCEPT")
    if request.route.plain or binary.bytes_wanted(request):
        return negotiate.FHIR, False
    if not environ.get("QUERY_STRING") and not request.route.form:
        return negotiate.accepted(accept) if accept else negotiate.FHIR, False
    wish, pretty = request.value("_format"), request.value("_pretty")
    media = negotiate.formatted(wish) if wish else negotiate.accepted(accept or "")
    return media, pretty is not None and negotiate.flag(pretty, "_pretty")


def _content_type(response: Response, media: str) -> Header:
    if response.plain is not None:
        return ("Content-Type", response.plain)
    return _CONTENT_TYPES[media]


def _request_id(given: str | None) -> str:
    """The client's request id where it is harmless, else a new one."""
    if given and len(given) <= 64 and _REQUEST_ID.issuperset(given):
        return given
    return os.urandom(10).hex()


def _close(chunks: Iterable[bytes] | None) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


def _zipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks as one gzip stream, flushed at the first so that it leaves at once."""
    packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    first = True
    try:
        for chunk in chunks:
            packed = packer.compress(chunk)
            if first:
                packed += packer.flush(zlib.Z_SYNC_FLUSH)
                first = False
            if packed:
                yield packed
        yield packer.flush()
    finally:
        _close(chunks)


def _log_failure(failure: Exception, request_id: str) -> None:
    """Log where it failed; not the message, for database errors quote values of the record."""
    frames = traceback.extract_tb(failure.__traceback__)
    places = " < ".join(f"{f.name} ({f.filename}:{f.lineno})" for f in reversed(frames))
    _log.error("%s in request %s at %s", type(failure).__qualname__, request_id, places)
