"""Waits for request bodies, never on more threads than readers can spare.

The server under us cannot end a read that waits for a client: a thread that reads is lost to everybody
else until its client sends or goes. So only some threads may read at once, and who comes while all of
those are slow is refused at once rather than kept waiting on one of the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from osler.kit.errors import Invalid, TooLarge
from osler.rest.problems import SlowBody, TooManyBodies

_CHUNK = 64 * 1024
# A body that takes longer is slow. Nobody queues behind slow ones; behind others the wait is short.
_SLOW_SECONDS = 0.5


class Stream(Protocol):
    """What WSGI gives us to read from; `read` waits until there is as much, or the end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, b"" at the end."""
        ...


class Arrivals:
    """The bodies that are being read, never more than `places` at once."""

    def __init__(self, places: int = 4) -> None:
        self._places = places
        self._begun: dict[object, float] = {}
        self._free = threading.Condition(threading.Lock())

    def read(self, stream: Stream, *, most: int, seconds: float) -> bytes:
        """The whole body.

        Raises:
            TooManyBodies: all places are taken by slow ones. TooLarge: over `most` bytes.
            SlowBody: something came after so many seconds; who sends nothing at all keeps the place.
        """
        parts: list[bytes] = []
        size = 0
        with self._place():
            deadline = time.monotonic() + seconds
            for chunk in _chunks(stream):
                size += len(chunk)
                if size > most:
                    raise TooLarge(f"The body is larger than {most} bytes")
                if time.monotonic() > deadline:
                    raise SlowBody(f"The body did not arrive within {seconds:g} seconds")
                parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place, after a short wait where those who have one are quick."""
        key = object()
        now = time.monotonic()
        patience = now + _SLOW_SECONDS
        with self._free:
            while len(self._begun) >= self._places:
                wait = min(patience, max(self._begun.values()) + _SLOW_SECONDS) - now
                if wait <= 0:
                    raise TooManyBodies
                self._free.wait(wait)
                now = time.monotonic()
            self._begun[key] = now
        try:
            yield
        finally:
            with self._free:
                del self._begun[key]
                self._free.notify()


def _chunks(stream: Stream) -> Iterator[bytes]:
    try:
        while chunk := stream.read(_CHUNK):
            yield bytes(chunk)
    except OSError as error:
        raise Invalid("The body ends too early") from error
