"""Takes back an export with history: every resource with all its versions, numbers and times kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from osler.exchange.bulk.divide import divide
from osler.exchange.bulk.items import Broken
from osler.exchange.bulk.passes import Watch
from osler.exchange.bulk.rejects import RejectFile
from osler.exchange.bulk.report import LoadOptions, LoadReport, Watcher
from osler.exchange.bulk.sources import Source
from osler.exchange.bulk.versions import SUFFIX, read_resources, to_line
from osler.kit.errors import Invalid
from osler.record import Record, Version

_Resource = tuple[int, list[Version]]
_BATCH = 500  # resources, each with its versions


def restore(
    record: Record, sources: Sequence[Source], options: LoadOptions, progress: Watcher | None
) -> LoadReport:
    """Writes resources as they were. One that is here already with the same versions is left alone.

    Raises:
        Invalid: an input is not a history file.
    """
    for source in sources:
        if not (source.damage or source.base.endswith(SUFFIX)):
            raise Invalid(f"{source.name} is not a history file (*{SUFFIX}) of an export")
    return _Restore(record, options, progress, sources).run()


class _Restore:
    def __init__(
        self,
        record: Record,
        options: LoadOptions,
        progress: Watcher | None,
        sources: Sequence[Source],
    ) -> None:
        self._record = record
        self._options = options
        self._sources = sources
        self._watch = Watch(progress, sum(source.size for source in sources))
        self._report = LoadReport()
        self._rejects = RejectFile(options.rejects)

    def run(self) -> LoadReport:
        """All inputs in turn."""
        try:
            for source in self._sources:
                self._one(source)
        except KeyboardInterrupt:
            self._report.interrupted = True
        finally:
            self._rejects.close()
        self._report.seconds = self._watch.seconds
        self._report.rejects = self._rejects.path if self._rejects.used else None
        self._watch.tell(self._report, last=True)
        return self._report

    def _one(self, source: Source) -> None:
        self._watch.begin(source)
        try:
            with source.open() as (stream, raw):
                self._watch.follow(raw)
                self._read(source, stream)
        except Invalid as error:
            self._reject(source, (1, []), str(error))
        self._report.bytes += source.size
        self._watch.end(source)

    def _read(self, source: Source, stream: IO[bytes]) -> None:
        good = self._good(source, read_resources(stream))
        while batch := list(islice(good, _BATCH)):
            divide(
                batch,
                lambda some: self._write(source, some),
                lambda one, why: self._reject(source, one, why),
            )
            self._watch.tell(self._report, last=True)

    def _good(
        self, source: Source, found: Iterator[tuple[int, list[Version] | str]]
    ) -> Iterator[_Resource]:
        for line, versions in found:
            if isinstance(versions, str):
                self._reject(source, (line, []), versions)
            else:
                yield line, versions

    def _write(self, source: Source, some: Sequence[_Resource]) -> None:
        statuses = self._record.restore(
            self._options.principal, [versions for _, versions in some], source=source.name
        )
        for (_, versions), status in zip(some, statuses, strict=True):
            self._report.add({versions[0].type: {status: 1}})

    def _reject(self, source: Source, one: _Resource, why: str) -> None:
        line, versions = one
        kind = versions[0].type if versions else "unreadable"
        content = b"[" + b",".join(to_line(version).strip() for version in versions) + b"]"
        self._report.reject(kind, why)
        self._rejects.write(source, Broken(line, why, content, kind))
