"""Lets so many requests work at once as there are connections for; streams, which only wait, are not counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

STREAM = "/live/stream"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gate:
    """Stands before the application of one process, whose threads are more than may work."""

    def __init__(self, inner: Wsgi, at_once: int) -> None:
        self._inner = inner
        self._free = threading.Semaphore(at_once)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request, as soon as one of the others is answered."""
        if environ["PATH_INFO"] == STREAM:
            return self._inner(environ, start_response)
        self._free.acquire()
        try:
            answer = self._inner(environ, start_response)
        except BaseException:
            self._free.release()
            raise
        if isinstance(answer, list):
            self._free.release()
            return answer
        return _Held(answer, self._free)


class _Held:
    """The parts of an answer; it counts as at work until the last one, or until its client has gone."""

    def __init__(self, inner: Iterable[bytes], free: threading.Semaphore) -> None:
        self._inner = inner
        self._free: threading.Semaphore | None = free

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._inner
        finally:
            self._release()

    def close(self) -> None:
        """The client has all of it, or has gone."""
        try:
            close = getattr(self._inner, "close", None)
            if close is not None:
                close()
        finally:
            self._release()

    def __del__(self) -> None:
        self._release()

    def _release(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()
