"""Ranges of leaves compared by several processes at once, and handed back in their order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from osler.kit.database import Database
from osler.kit.errors import Unavailable
from osler.record.comparing import Comparer, Part
from osler.store import ledger_check

AT_ONCE = 4000
_WORTH = 40_000  # Fewer leaves are compared before a process has started.
_MOST = 4
_AHEAD = 3


class Ranges:
    """The parts of the leaves from `first` on, up to `end`; what is asked for beyond that is compared at once."""

    def __init__(
        self, here: Comparer, pool: ProcessPoolExecutor | None, first: int, end: int, jobs: int
    ) -> None:
        self._here = here
        self._pool = pool
        self._first = first
        self._end = end
        self._ahead = jobs * _AHEAD
        self._waiting: deque[Future[Part]] = deque()
        self._submitted = first

    def next(self, end: int) -> tuple[int, Part]:
        """(how many leaves, what was seen of them), of the next range of at most `AT_ONCE`."""
        first, end = self._first, max(self._end, end)
        self._first = min(first + AT_ONCE, end)
        if self._pool is None or first >= self._end:
            return self._first - first, self._here.compare(first, self._first - first)
        while self._submitted < self._end and len(self._waiting) < self._ahead:
            count = min(AT_ONCE, self._end - self._submitted)
            self._waiting.append(self._pool.submit(_compare, self._submitted, count))
            self._submitted += count
        self._first = min(first + AT_ONCE, self._end)
        try:
            return self._first - first, self._waiting.popleft().result()
        except BrokenProcessPool as error:
            raise Unavailable("A comparing process ended unexpectedly; run it again.") from error


@contextmanager
def ranges(
    database: Database, here: Comparer, first: int, end: int, jobs: int | None = None
) -> Iterator[Ranges]:
    """Ranges from leaf `first` on, compared by as many processes as there are processors (four at most)."""
    if jobs is None:
        jobs = min(_MOST, os.cpu_count() or 1) if end - first > _WORTH else 1
    if jobs < 2:
        yield Ranges(here, None, first, end, 1)
        return
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (database.url,))
    try:
        yield Ranges(here, pool, first, end, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


_comparers: list[Comparer] = []


def _begin(url: str) -> None:
    """In a comparing process: a connection of its own, which ends with the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Who started it decides when to stop.
    _comparers[:] = [Comparer(ledger_check.reader(Database(url)))]


def _compare(first: int, count: int) -> Part:
    return _comparers[0].compare(first, count)
