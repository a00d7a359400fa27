"""The guard against other sites in the user's browser: Host, Origin and CORS.

A page that reaches us under a foreign name (DNS rebinding) or posts to us across sites comes with the
user's own session, and must be turned away here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from osler.rest.options import LOOPBACK, Options
from osler.rest.problems import ForeignOrigin, WrongHost

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SITES = frozenset({"same-origin", "none"})
_REMEMBERED = 64
Headers = list[tuple[str, str]]

_EXPOSED = "ETag, Last-Modified, Location, Content-Location, X-Request-Id"
_ALLOWED_HEADERS = (
    "Accept, Authorization, Content-Type, Content-Encoding, If-Match, If-Modified-Since, If-None-Exist,"
    " If-None-Match, Prefer, X-Request-Id"
)
_NOT_SHARED = (("Cross-Origin-Resource-Policy", "same-origin"),)


class Guard:
    """Which hosts and browser origins this server answers."""

    def __init__(self, options: Options) -> None:
        own = urlsplit(options.base_url or "").netloc.lower()
        self._hosts = LOOPBACK | options.hosts | ({own} if own else frozenset())
        self._origins = options.origins
        self._any = "*" in options.origins
        self._known: set[str] = set()

    def check(self, environ: dict[str, Any]) -> None:
        """Raise WrongHost or ForeignOrigin where the request must not be answered."""
        host = environ.get("HTTP_HOST", "")
        if host not in self._known:
            self._check_host(host)
        if environ["REQUEST_METHOD"] not in _SAFE:
            self._check_origin(environ, host)

    def _check_host(self, host: str) -> None:
        lower = host.lower()
        name, colon, port = lower.rpartition(":")
        bare = name if colon and port.isdigit() else lower
        if lower not in self._hosts and bare not in self._hosts:
            raise WrongHost("This server does not answer to that host name")
        if len(self._known) < _REMEMBERED:
            self._known.add(host)

    def _check_origin(self, environ: dict[str, Any], host: str) -> None:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            # Some cross-site requests carry no Origin; every current browser then says so here.
            if environ.get("HTTP_SEC_FETCH_SITE", "none") not in _SITES:
                raise ForeignOrigin("Another site may not write here")
        elif origin not in self._origins and not self._any and not _same(origin, host):
            raise ForeignOrigin("This origin may not write here")

    def cors(self, environ: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """The headers that let a configured origin read the answer."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not (self._any or origin in self._origins):
            return _NOT_SHARED
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        )

    def preflight(self, environ: dict[str, Any], allow: str) -> tuple[tuple[str, str], ...]:
        """The headers that answer a browser's question whether it may send a request."""
        origin = environ.get("HTTP_ORIGIN")
        asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if not asked or origin is None or not (self._any or origin in self._origins):
            return ()
        return (
            ("Access-Control-Allow-Methods", allow),
            ("Access-Control-Allow-Headers", _ALLOWED_HEADERS),
            ("Access-Control-Max-Age", "600"),
        )


def _same(origin: str, host: str) -> bool:
    """Whether the origin is this server itself (the Host was checked before)."""
    scheme, separator, netloc = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and netloc.lower() == host.lower()
