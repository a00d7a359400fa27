"""Loads files into the record: streamed, resumable, and the same result however often it is run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from osler.exchange.bulk import digests
from osler.exchange.bulk.interrupts import held
from osler.exchange.bulk.items import Broken, Item
from osler.exchange.bulk.journal import Journal, position
from osler.exchange.bulk.lanes import open_lanes
from osler.exchange.bulk.links import Claim, Links
from osler.exchange.bulk.lookup import find_one
from osler.exchange.bulk.packer import Packer
from osler.exchange.bulk.passes import Passes, Watch
from osler.exchange.bulk.rejects import RejectFile, keep_apart
from osler.exchange.bulk.report import LoadOptions, LoadReport, Watcher
from osler.exchange.bulk.restore import restore
from osler.exchange.bulk.sources import Source, find
from osler.exchange.bulk.versions import SUFFIX
from osler.exchange.bulk.writer import Batch, Written
from osler.kit.errors import Invalid, NotFound
from osler.record import Record


def load(
    record: Record,
    paths: Sequence[Path],
    *,
    options: LoadOptions | None = None,
    progress: Watcher | None = None,
) -> LoadReport:
    """Writes every record of these files and directories under its own id, in batches.

    A record that is there already with the same content is left alone, so a second run changes
    nothing and an interrupted one is simply run again. Bad records are reported and passed over.

    Raises:
        NotFound: a path does not exist, or nothing to load is found.
        NotAllowed: the principal may not write.
        Unavailable: the database does not answer. Invalid: a history export, and not `history`;
            or an input is the reject file; or a file of an export is not what its manifest says.
    """
    chosen = options or LoadOptions()
    digests.check(paths)
    sources = find(paths)
    if not sources:
        raise NotFound(f"No files found in {', '.join(map(str, paths))} that a load could read")
    keep_apart(sources, chosen.rejects)
    if chosen.history:
        return restore(record, sources, chosen, progress)
    for source in sources:
        if source.base.endswith(SUFFIX):
            raise Invalid(f"{source.name} holds histories; load it with --history")
    return _Load(record, sources, chosen, progress).run()


class _Load:
    """One run over its inputs."""

    def __init__(
        self,
        record: Record,
        sources: Sequence[Source],
        options: LoadOptions,
        progress: Watcher | None,
    ) -> None:
        self._record = record
        self._sources = sources
        self._options = options
        self._watch = Watch(progress, sum(source.size for source in sources))
        self._report = LoadReport()
        self._rejects = RejectFile(options.rejects)
        self._claims: dict[str, Claim] = {}
        self._lookup = partial(find_one, record, options.principal)
        with held():
            self._lanes = open_lanes(record, options)
        self._packer = Packer(self._lanes.count, options.batch)
        self._journal = Journal(record, options.principal, sources, self._lanes.count)
        lanes = range(self._lanes.count)
        self._starts = [self._journal.position(lane) if options.resume else 0 for lane in lanes]

    def run(self) -> LoadReport:
        """Every input in turn, those that refer to what is not there yet last."""
        try:
            self._all()
        except KeyboardInterrupt:
            self._report.interrupted = True
            self._settle(self._lanes.drain())
        finally:
            self._lanes.close()
            self._rejects.close()
        return self._finish()

    def _all(self) -> None:
        waiting = deque((number, False) for number in range(len(self._sources)))
        while waiting:
            number, postponed = waiting.popleft()
            if not self._input(number, may_wait=not postponed and bool(waiting)):
                waiting.append((number, True))
        self._flush()
        self._journal.finish()

    def _input(self, number: int, *, may_wait: bool) -> bool:
        """Loads one input; False if it should wait until the others are in."""
        source = self._sources[number]
        items = Passes(source, self._watch)
        links = Links(number, self._lookup, self._claims)
        if not source.lines and not self._survey(items, links) and may_wait:
            return False
        # One that waited last time may not wait now, so that positions say nothing about it.
        starts = self._starts if not links.conditional else [0] * self._lanes.count
        self._watch.begin(source)
        for item in items:
            self._one(item, links, number, starts)
        self._watch.end(source)
        self._report.dangling += links.dangling
        self._report.bytes += source.size
        return True

    def _survey(self, items: Passes, links: Links) -> bool:
        """First looks at a whole input: what is each entry called? Are all conditions answered?"""
        for item in items:
            if isinstance(item, Item):
                links.note(item)
        if not links.conditional:
            return True
        for item in items:
            if isinstance(item, Item):
                links.answer(item)
        self._flush()  # the answer may be under way
        return not links.unanswered()

    def _flush(self) -> None:
        """Everything read so far is written when this returns."""
        self._submit(self._packer.rest())
        self._settle(self._lanes.drain())

    def _submit(self, batches: Iterator[Batch]) -> None:
        for batch in batches:
            first = self._sources[batch.items[0].source].name
            last = self._sources[batch.items[-1].source].name
            named = replace(
                batch,
                source=first if first == last else f"{first} to {last}",
                mark=self._journal.key(batch.lane),
                positions=tuple(map(position, batch.items)),
            )
            self._settle(self._lanes.submit(named))

    def _one(self, item: Item | Broken, links: Links, number: int, starts: Sequence[int]) -> None:
        settled = links.settle(item) if isinstance(item, Item) else replace(item, source=number)
        match settled:
            case None:
                self._report.add({item.type: {"unchanged": 1}})
            case Broken():
                self._reject(settled)
            case Item():
                if position(settled) <= starts[self._packer.lane(settled)]:
                    self._report.skipped += 1
                else:
                    self._submit(self._packer.add(settled))
        self._watch.tell(self._report)

    def _settle(self, results: Iterator[Written]) -> None:
        """Counts what has been written."""
        for written in results:
            self._report.add(written.tally)
            for broken in written.broken:
                self._reject(broken)

    def _reject(self, broken: Broken) -> None:
        self._report.reject(broken.type, broken.reason)
        self._rejects.write(self._sources[broken.source], broken)

    def _finish(self) -> LoadReport:
        self._report.seconds = self._watch.seconds
        self._report.rejects = self._rejects.path if self._rejects.used else None
        self._watch.tell(self._report, last=True)
        return self._report
