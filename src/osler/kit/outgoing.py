"""Every request that Osler itself sends to an address somebody configured: the only way out over HTTP.

Whoever may enter an address (of a sign-in provider, a webhook, a time-stamp service) could point it at
this machine or its network, which trust us. So names are looked up once, each answer is checked, and the
connection goes to the address that was checked.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import certifi
import httpcore
import httpx

from osler.kit.addresses import Address, Networks, metadata, not_public, parse
from osler.kit.errors import OslerError, TooLarge, Unavailable
from osler.kit.settings import Settings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_NUMERIC = re.compile(r"(0x[0-9a-f]*|\d+)", re.IGNORECASE)
_KEPT_ELSEWHERE = frozenset({"accept", "user-agent"})
_CHUNK = 64 * 1024


class Refused(OslerError):
    """An address that Osler does not call: its scheme, its name or where it leads."""

    code = "security"


class Unreachable(Unavailable):
    """The other side does not answer, not in time, or not as HTTP; try again."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Where requests may go beside https on the public internet.

    `hosts` are names that may lead to private addresses, `networks` addresses that any name may lead to;
    `plain` and `plain_networks` are those of them that may be called by http.
    """

    hosts: frozenset[str] = frozenset()
    networks: Networks = field(default_factory=Networks)
    plain: frozenset[str] = frozenset()
    plain_networks: Networks = field(default_factory=Networks)

    @classmethod
    def of(cls, words: Iterable[str]) -> Rules:
        """From the words of OSLER_OUTGOING_ALLOW: hosts, addresses, networks, `http://` before each."""
        given = [word.lower() for word in words]
        plain = [word.removeprefix("http://") for word in given if word.startswith("http://")]
        names = [word.removeprefix("http://") for word in given]
        return cls(
            frozenset(name for name in names if not _is_network(name)),
            Networks.parse(name.strip("[]") for name in names if _is_network(name)),
            frozenset(name for name in plain if not _is_network(name)),
            Networks.parse(name.strip("[]") for name in plain if _is_network(name)),
        )

    @classmethod
    def configured(cls) -> Rules:
        """Those of this installation."""
        return cls.of(Settings.load().outgoing_allow)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the whole exchange, bytes of the answer, redirects that are followed."""

    seconds: float = 10.0
    size: int = 2_000_000
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and from which address after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises Unreachable where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unreachable(f"{_place(httpx.URL(self.url))} does not answer in JSON") from error


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    rules: Rules | None = None,
) -> Answer:
    """GET, following redirects, each checked like the first address.

    Raises:
        Refused: the address, or where it leads, is none that may be called.
        Unreachable: no answer in time. TooLarge: the answer is larger than the limit.
    """
    return request("GET", url, headers=headers, limits=limits, rules=rules)


def post(
    url: str,
    content: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    rules: Rules | None = None,
) -> Answer:
    """POST; a redirect is answered as it came, for the content may not be meant for another place."""
    return request("POST", url, content, headers=headers, limits=limits, rules=rules)


def request(
    method: str,
    url: str,
    content: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    rules: Rules | None = None,
) -> Answer:
    """One exchange; see `get` and `post`."""
    limits = limits or Limits()
    rules = rules or Rules.configured()
    deadline = time.monotonic() + limits.seconds
    target = _checked(url, rules)
    sent = {"user-agent": "osler", **{k.lower(): v for k, v in (headers or {}).items()}}
    for _ in range(limits.redirects + 1):
        answer = _exchange(method, target, content, sent, _Backend(rules, deadline), limits.size)
        if method != "GET" or answer.status not in _REDIRECTS or "location" not in answer.headers:
            return answer
        following = _checked(str(_joined(target, answer.headers["location"])), rules)
        if _origin(following) != _origin(target):  # What was meant for one is not told another.
            sent = {k: v for k, v in sent.items() if k in _KEPT_ELSEWHERE}
        target = following
    raise Refused(f"{_place(target)} redirects more than {limits.redirects} times")


def check(url: str, rules: Rules | None = None) -> None:
    """Refuse an address as it is entered, looked up now; it is checked again at every use.

    Raises:
        Refused: it may not be called. Unreachable: its name is not known.
    """
    rules = rules or Rules.configured()
    target = _checked(url, rules)
    addresses(target.host, target.port or _PORTS[target.scheme], rules)


def addresses(host: str, port: int, rules: Rules) -> list[Address]:
    """The addresses of a host, all of which may be called.

    One that may not makes all of them suspect: who mixes them waits for us to choose the wrong one.
    """
    found = _resolve(host, port)
    if not found:
        raise Unreachable(f"The name {host} is not known")
    for address in found:
        why = not_public(address)
        if why is None or address in rules.networks:
            continue
        if metadata(address) or host.rstrip(".").lower() not in rules.hosts:
            raise Refused(
                f"{host} leads to {address}, which {why}. If it should be called, add the address or"
                " the host to OSLER_OUTGOING_ALLOW"
            )
    return found


def _resolve(host: str, port: int) -> list[Address]:
    """What the system says of a name, IPv4 addresses inside IPv6 ones taken out."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    found = (parse(str(row[4][0])) for row in rows)
    return list(dict.fromkeys(address for address in found if address is not None))


def _checked(url: str, rules: Rules) -> httpx.URL:
    """The parsed address, if its text is one that may be called at all."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise Refused("That is not a web address") from error
    host = target.host.lower().rstrip(".")
    if target.scheme not in _PORTS or not host:
        raise Refused("An address must begin with https:// and name a host")
    if not 0 < (target.port or _PORTS[target.scheme]) < 65536:
        raise Refused("A port is a number from 1 to 65535")
    if target.userinfo:
        raise Refused("A user name or password may not stand in an address")
    if "%" in host or ("\\" in url) or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise Refused("The address has characters that may not be in it")
    if parse(host) is None and _NUMERIC.fullmatch(host.rpartition(".")[2]):
        raise Refused(f"{host} is a number in disguise; write an address as 192.0.2.1")
    if target.scheme == "http" and not _plain_allowed(host, rules):
        raise Refused(
            f"{host} would be called without encryption; use https, or add http://{host} to"
            " OSLER_OUTGOING_ALLOW"
        )
    return target.copy_with(fragment=None)


def _plain_allowed(host: str, rules: Rules) -> bool:
    address = parse(host)
    return host in rules.plain or (address is not None and address in rules.plain_networks)


def _is_network(word: str) -> bool:
    return "/" in word or parse(word.strip("[]")) is not None


def _joined(base: httpx.URL, location: str) -> httpx.URL:
    try:
        return base.join(location)
    except httpx.InvalidURL as error:
        raise Refused(f"{_place(base)} redirects to what is no web address") from error


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or _PORTS[url.scheme]


def _place(url: httpx.URL) -> str:
    """An address for a message: path and query may hold a secret."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _exchange(
    method: str,
    url: httpx.URL,
    content: bytes | None,
    headers: Mapping[str, str],
    backend: _Backend,
    size: int,
) -> Answer:
    own = {
        **headers,
        "host": url.netloc.decode(),
        "accept-encoding": "identity",
        "connection": "close",
    }
    if content is not None:
        own["content-length"] = str(len(content))
    sent = [(name.encode("ascii"), value.encode("utf-8")) for name, value in own.items()]
    with httpcore.ConnectionPool(_tls(), network_backend=backend) as pool:
        try:
            with pool.stream(method, _raw(url), headers=sent, content=content) as response:
                return _read(response, url, size)
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise Unreachable(f"{_place(url)} did not answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Unreachable(f"{_place(url)} cannot be reached: {_reason(error)}") from error


def _raw(url: httpx.URL) -> httpcore.URL:
    """The parts as they were checked: a second parser might read them otherwise."""
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _read(response: httpcore.Response, url: httpx.URL, size: int) -> Answer:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
    if headers.get("content-encoding", "identity") != "identity":
        # Unpacking could make much of little, and nobody asked for it.
        raise Unreachable(f"{_place(url)} packs its answer although told not to")
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > size:
            raise TooLarge(f"The answer of {_place(url)} is larger than {size:,} bytes")
    return Answer(response.status, headers, bytes(body), str(url))


def _reason(error: Exception) -> str:
    """Why, in a few words; nothing of what was sent."""
    return str(error).partition("\n")[0][:200] or type(error).__name__


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities, or the bundled where it has none."""
    known = ssl.get_default_verify_paths()
    if known.cafile or known.capath or os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and to nothing after the deadline."""

    def __init__(self, rules: Rules, deadline: float) -> None:
        self._rules = rules
        self._deadline = deadline
        self._under = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is ours
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that takes one."""
        failure: Exception | None = None
        for address in addresses(host, port, self._rules):
            try:
                stream = self._under.connect_tcp(
                    str(address), port, _left(self._deadline), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Stream(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline: a drop each second would keep us for ever."""

    def __init__(self, under: httpcore.NetworkStream, deadline: float) -> None:
        self._under = under
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """The next bytes."""
        return self._under.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all of it."""
        self._under.write(buffer, _left(self._deadline))

    def close(self) -> None:
        """End it."""
        self._under.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the certificate must be of the host that was asked for."""
        under = self._under.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Stream(under, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._under.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
