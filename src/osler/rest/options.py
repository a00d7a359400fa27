"""What an operator may set about the HTTP door, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from osler.fhir import codec
from osler.kit.settings import Settings
from osler.record import Checks

BASE = "/fhir"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a minute that one account may send, by class; 0: as many as it likes."""

    read: int = 0
    search: int = 0
    write: int = 0
    heavy: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes are bytes, times seconds.

    `base_url` is the address that clients use (it ends in /fhir); without one, links repeat the Host
    of the request. `hosts` are further names to answer to. `origins` are the browser origins that may
    call from another site ("*" = any).
    """

    base_url: str | None = None
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    checks: Checks = field(default_factory=Checks)
    max_body: int = codec.SIZE_LIMIT
    max_query: int = 64 * 1024
    body_seconds: float = 60.0
    compress_over: int = 1400
    rates: Rates = field(default_factory=Rates)

    @classmethod
    def of(cls, settings: Settings) -> Options:
        """The options that the settings of the installation mean."""
        full = settings.validate and settings.check_references
        return cls(
            base_url=settings.base_url,
            hosts=settings.hosts,
            origins=settings.cors_origins,
            checks=Checks(
                settings.validate,
                settings.check_references,
                None if full else "switched off in the settings",
            ),
            max_body=settings.max_body,
            body_seconds=settings.body_timeout,
            rates=Rates(
                settings.rate_read, settings.rate_search, settings.rate_write, settings.rate_heavy
            ),
        )
