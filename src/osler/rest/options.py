"""What an operator may set about the HTTP door, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "/fhir"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes are bytes, times seconds.

    `base_url` is the address that clients use (it ends in /fhir); without one, links repeat the Host
    of the request. `origins` are the browser origins that may call from another site ("*" = any).
    """

    base_url: str | None = None
    origins: frozenset[str] = frozenset()
    max_body: int = 64 * 1024 * 1024
    max_query: int = 64 * 1024
    body_seconds: float = 60.0
    compress_over: int = 1400
    everything_page: int = 10_000
    access_log: bool = True
