"""The outermost layer of a server process: who is really asking, and whether they may ask so often.

A proxy in front says in headers for whom it asks. Anybody can send such headers, so they hold only
from the addresses that the operator named; from all others they are taken away before anyone reads them.
"""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from osler.kit import logs
from osler.kit.addresses import Networks, is_loopback, parse
from osler.kit.rate import Rate
from osler.kit.settings import VARIABLES, Settings
from osler.rest import outcome
from osler.rest.problems import Failed, NotByProxy, Problem, TooOften
from osler.rest.response import STATUS_LINES, Header

_log = logging.getLogger("osler.rest")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
RELAYED = "osler.relayed"
"""In the environment of a request that some other program has passed on, whether we trust it or not."""
HSTS: Header = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PORT = re.compile(r"^(\d+(?:\.\d+){3}):\d+$|^\[([0-9A-Fa-f:.]+)\](?::\d+)?$")
_REMEMBERED = 4096
_LONGEST = 64


class Peer(NamedTuple):
    """An address as we write it ("" where it is none), what it is counted by, whether it is a trusted
    proxy's, and whether it is this machine's.
    """

    address: str
    network: str
    trusted: bool
    near: bool


class Edge:
    """Stands before the pages and the API of one process."""

    def __init__(self, settings: Settings, inner: Wsgi) -> None:
        self._inner = inner
        self._trusted = Networks.parse(settings.trusted_proxies)
        self._own_tls = settings.tls_cert is not None
        self._only_proxies = not (self._own_tls or is_loopback(settings.host))
        self._rate = Rate(settings.rate_address)
        # granian shows every request the variables of this process.
        self._secrets = [
            name
            for variable in VARIABLES
            for name in (variable.name, f"{variable.name}_FILE")
            if variable.secret and name in os.environ
        ]
        self._peers: dict[str, Peer] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 says."""
        for name in self._secrets:
            environ.pop(name, None)
        try:
            self._look(environ)
        except Problem as problem:
            return _refusal(problem, environ, start_response)
        if environ["wsgi.url_scheme"] == "https":
            start_response = _with_hsts(start_response)
        try:
            answer = self._inner(environ, start_response)
        except Exception as failure:  # noqa: BLE001 - the server under us would log its message
            _log.error("unexpected: %s", logs.places(failure))
            return _refusal(Failed(), environ, start_response)
        return answer if isinstance(answer, list) else _Guarded(answer)

    def _look(self, environ: dict[str, Any]) -> None:
        """Put the true origin into the environment; raises where the request must not go on."""
        peer = self._peer(environ["REMOTE_ADDR"])
        near = peer.near
        if peer.trusted:
            # What a proxy passes on counts as from elsewhere, even where it says from this machine.
            near = near and "HTTP_X_FORWARDED_FOR" not in environ
            peer = self._unwrap(environ, peer)
        elif self._only_proxies and not near:
            raise NotByProxy
        _drop(environ)
        environ["REMOTE_ADDR"] = peer.address
        if not near:  # Programs on this machine, such as a load of data, are not held up.
            wait = self._rate.take(peer.network)
            if wait:
                raise TooOften(math.ceil(wait))

    def _peer(self, text: str) -> Peer:
        """What we know of an address."""
        known = self._peers.get(text)
        if known is None:
            address = parse(text)
            if address is None:
                known = Peer("", text, trusted=False, near=False)
            else:
                trusted = address in self._trusted
                known = Peer(str(address), network_of(str(address)), trusted, address.is_loopback)
            if len(self._peers) > _REMEMBERED:
                self._peers.clear()
            if len(text) <= _LONGEST:
                self._peers[text] = known
        return known

    def _unwrap(self, environ: dict[str, Any], peer: Peer) -> Peer:
        """Take over what the proxy says: the address, the scheme and the host that were asked."""
        chain = environ.get("HTTP_X_FORWARDED_FOR", "")
        for part in reversed(chain.split(",") if chain else ()):
            text = part.strip()
            port = _PORT.match(text)
            peer = self._peer((port[1] or port[2]) if port else text)
            if (
                not peer.trusted
            ):  # The last that a proxy of ours saw; what stands before may be made up.
                break
        scheme = _last(environ.get("HTTP_X_FORWARDED_PROTO"))
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = _last(environ.get("HTTP_X_FORWARDED_HOST"))
        if host and _HOST.fullmatch(host):
            environ["HTTP_HOST"] = host
        return peer


class _Guarded:
    """The parts of an answer; if making one fails, the log says where and not what."""

    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._inner
        except Exception as failure:  # noqa: BLE001 - see above
            _log.error("unexpected in an answer under way: %s", logs.places(failure))
            broken = True
        else:
            broken = False
        if broken:
            raise ConnectionAbortedError("the answer broke off")

    def close(self) -> None:
        """The client has all of it, or has gone."""
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()


def network_of(address: str) -> str:
    """What requests are counted by: an IPv4 address, of IPv6 the network that one household gets."""
    found = parse(address)
    if isinstance(found, IPv6Address):
        return str(int(found) >> 64)
    return address


def _drop(environ: dict[str, Any]) -> None:
    for name in _FORWARDED:
        if environ.pop(name, None) is not None:
            environ[RELAYED] = True


def _last(header: str | None) -> str:
    return header.rpartition(",")[2].strip() if header else ""


def _with_hsts(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def started(status: str, headers: list[Header], *rest: Any) -> Any:
        if not any(name == HSTS[0] for name, _ in headers):
            headers.append(HSTS)
        return start_response(status, headers, *rest)

    return started


def _refusal(
    problem: Problem, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """What is refused here never reaches the pages or the API; each gets its own form of answer."""
    fhir = environ["PATH_INFO"].startswith("/fhir")
    body = outcome.outcome(problem.issues) if fhir else f"{problem}\n".encode()
    kind = "application/fhir+json" if fhir else "text/plain"
    headers: list[Header] = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *problem.headers,
    ]
    start_response(STATUS_LINES[problem.status], headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
