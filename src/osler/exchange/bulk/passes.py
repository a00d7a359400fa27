"""Reads an input as often as needed, and tells how far the load is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from osler.exchange.bulk.items import Broken, Item, read
from osler.exchange.bulk.report import LoadReport, Progress, Watcher
from osler.exchange.bulk.sources import Source
from osler.kit.errors import Invalid

_KEEP = 16 << 20  # bytes of JSON that are kept rather than read again
_EVERY = 0.2  # seconds between two calls of the watcher
_LOOK = 64  # records between two looks at the clock


class Watch:
    """Calls the watcher a few times a second."""

    def __init__(self, watcher: Watcher | None, total: int) -> None:
        self._watcher = watcher
        self._total = total
        self._read = 0
        self._source = ""
        self._raw: IO[bytes] | None = None
        self._start = self._told = time.monotonic()
        self._calls = 0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def begin(self, source: Source) -> None:
        """What is being read now."""
        self._source = source.name

    def end(self, source: Source) -> None:
        """It has been read to its end."""
        self._read += source.size
        self._raw = None

    def follow(self, raw: IO[bytes] | None) -> None:
        """The stream whose position tells the progress within the input."""
        self._raw = raw

    def tell(self, report: LoadReport, *, last: bool = False) -> None:
        """Tells the watcher, unless it has just been told."""
        self._calls += 1
        if self._watcher is None or not (last or self._calls % _LOOK == 0):
            return
        now = time.monotonic()
        if last or now - self._told >= _EVERY:
            self._told = now
            self._watcher(self._progress(report))

    def _progress(self, report: LoadReport) -> Progress:
        inside = self._raw.tell() if self._raw is not None and not self._raw.closed else 0
        return Progress(
            self._source,
            min(self._read + inside, self._total),
            self._total,
            report.records,
            report.total("rejected"),
            self.seconds,
        )


class Passes:
    """The records of an input, any number of times; small inputs are read from the disk once."""

    def __init__(self, source: Source, watch: Watch) -> None:
        self._source = source
        self._watch = watch
        self._kept: list[Item | Broken] | None = None

    def __iter__(self) -> Iterator[Item | Broken]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Item | Broken] | None = []
        size = 0
        with ExitStack() as opened:
            try:
                stream, raw = opened.enter_context(self._source.open())
            except Invalid as error:
                yield Broken(1, str(error), b"")
                return
            self._watch.follow(raw)
            # Lines of a file that holds nothing but Bundles are records: an export writes them so.
            bundles = not (self._source.lines and self._source.base.startswith("bundle."))
            for item in read(stream, lines=self._source.lines, bundles=bundles):
                size += len(item.content)
                if kept is not None:
                    kept = _keep(kept, item, size)
                yield item
            self._watch.follow(None)
        self._kept = kept


def _keep(kept: list[Item | Broken], item: Item | Broken, size: int) -> list[Item | Broken] | None:
    if size > _KEEP:
        return None
    kept.append(item)
    return kept
