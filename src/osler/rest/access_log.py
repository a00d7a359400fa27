"""The access log: a line for each request, written a few times a second by a thread of its own.

Writing each line as it comes would cost a read a quarter of its speed. What a crash can lose is the
last quarter second of this log, and nothing of the audit, which is in the database.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

from osler.kit import clock

_EVERY_SECONDS = 0.25


class AccessLog:
    """Collects requests and hands their lines to `write`, many at once.

    A line has the time (UTC), method, route template, status, milliseconds and request id: never the
    path or the query, for these name patients.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._waiting: deque[tuple[float, str, str, int, float, str]] = deque()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def add(self, method: str, template: str, status: int, seconds: float, request_id: str) -> None:
        """Note one answered request."""
        self._waiting.append(
            (clock.now().timestamp(), method, template, status, seconds, request_id)
        )

    def close(self) -> None:
        """Write what waits and end."""
        self._ended.set()
        self._thread.join()
        atexit.unregister(self.close)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines = []
        # Only what is there now: under load more would come for ever.
        for _ in range(len(self._waiting)):
            at, method, template, status, seconds, request_id = self._waiting.popleft()
            ms = seconds * 1000
            lines.append(f"{_stamp(int(at))} {method} {template} {status} {ms:.1f} {request_id}\n")
        if lines:
            self._write("".join(lines))


@lru_cache(maxsize=4)
def _stamp(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
