"""How often somebody may do something: a bucket of tokens for each caller, kept as one number.

The generic cell rate algorithm: instead of tokens and when they were counted, the moment at which the
bucket will be full again. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

_REMEMBERED = 20_000
_LEAST_BURST = 10


class Rate:
    """At most so many times a minute for each key, a quarter of them at once.

    In this process alone: with several server processes each counts what it sees itself. Two threads
    that take for the same key at the same instant may both be let through; nobody is refused wrongly.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._every = 60 / per_minute if per_minute else 0.0
        self._ahead = self._every * max(_LEAST_BURST, per_minute // 4) - self._every
        self._full: dict[Hashable, float] = {}
        self._clock = clock

    def take(self, key: Hashable, count: int = 1) -> float:
        """0.0 and counted, or the seconds after which to try again, not counted."""
        if not self._every:
            return 0.0
        now = self._clock()
        full = self._full.get(key, now)
        ahead = max(full - now, 0.0)
        if ahead > self._ahead:
            return ahead - self._ahead
        self._full[key] = now + ahead + self._every * count
        if len(self._full) > _REMEMBERED:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the full buckets and, where all are in use, those nearest to full."""
        kept = sorted(self._full.copy().items(), key=lambda item: item[1], reverse=True)
        self._full = dict(item for item in kept[: _REMEMBERED // 2] if item[1] > now)
