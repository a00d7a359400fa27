"""Where batches are written: in this process, or in processes of their own to use every core."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Protocol

from osler.access import Principal
from osler.exchange.bulk.report import LoadOptions
from osler.exchange.bulk.writer import Batch, Writer, Written
from osler.kit.database import Database
from osler.kit.errors import OslerError, Unavailable
from osler.record import Record, Storage

_AHEAD = 2  # batches a lane may have in hand, so that it never waits for the reader


def open_lanes(record: Record, options: LoadOptions) -> Lanes:
    """As many as asked for; one needs no process of its own."""
    if options.jobs <= 1:
        return Here(Writer(record, options.principal, validate=options.validate))
    return Processes(
        options.jobs,
        record.database.url,
        options.principal,
        record.vault.storage,
        validate=options.validate,
    )


class Lanes(Protocol):
    """Batches of one lane are written in the order they come; lanes go on side by side."""

    count: int

    def submit(self, batch: Batch) -> Iterator[Written]:
        """Hands over a batch; what has been written meanwhile comes back."""
        ...

    def drain(self) -> Iterator[Written]:
        """Waits until everything handed over is written."""
        ...

    def close(self) -> None:
        """No more batches."""
        ...


class Here:
    """One lane, in this process."""

    count = 1

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def submit(self, batch: Batch) -> Iterator[Written]:
        """Writes it at once."""
        answer = _answer(self._writer, batch)
        if isinstance(answer, Exception):
            raise answer
        yield answer

    def drain(self) -> Iterator[Written]:
        """Nothing is ever under way."""
        yield from ()

    def close(self) -> None:
        """Nothing to release."""


@dataclass(frozen=True, slots=True)
class _Setup:
    """What a writing process needs to start; it opens its own connection."""

    url: str
    principal: Principal
    documents: Storage
    validate: bool


class Processes:
    """Several lanes, each a process with its own connection to the database."""

    def __init__(
        self, count: int, url: str, principal: Principal, documents: Storage, *, validate: bool
    ) -> None:
        self.count = count
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._under_way = [0] * count
        self._processes = []
        for number in range(count):
            ours, theirs = context.Pipe()
            setup = _Setup(url, principal, documents, validate)
            process = context.Process(
                target=_serve, args=(theirs, setup), name=f"osler-load-{number}", daemon=True
            )
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)

    def submit(self, batch: Batch) -> Iterator[Written]:
        """Hands over a batch, waiting first where the lane has enough in hand."""
        while self._under_way[batch.lane] >= _AHEAD:
            yield from self._receive()
        self._ends[batch.lane].send(batch)
        self._under_way[batch.lane] += 1

    def drain(self) -> Iterator[Written]:
        """Waits until no lane has anything in hand."""
        while any(self._under_way):
            yield from self._receive()

    def close(self) -> None:
        """Ends the processes once they have nothing in hand."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(timeout=60)

    def _receive(self) -> Iterator[Written]:
        busy = [end for lane, end in enumerate(self._ends) if self._under_way[lane]]
        for ready in wait(busy):
            lane = next(i for i, end in enumerate(self._ends) if end is ready)
            try:
                answer = self._ends[lane].recv()
            except (EOFError, ConnectionResetError) as error:
                raise Unavailable("A loading process ended unexpectedly; run it again") from error
            self._under_way[lane] -= 1
            if isinstance(answer, BaseException):
                raise answer
            yield answer


def _serve(end: Connection, setup: _Setup) -> None:
    """A writing process: batches in, results out, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the reader decides when to stop
    database = Database(setup.url, max_size=2, statement_timeout_ms=600_000)
    writer = Writer(
        Record(database, documents=setup.documents), setup.principal, validate=setup.validate
    )
    try:
        while True:
            try:
                batch = end.recv()
            except (EOFError, ConnectionResetError):
                return
            end.send(_answer(writer, batch))
    except BrokenPipeError:
        return  # the reader is gone; what was committed stays
    finally:
        database.close()


def _answer(writer: Writer, batch: Batch) -> Written | Exception:
    """What came of a batch. A failure nobody foresaw is named by kind and place: its text may quote a record."""
    try:
        return writer.write(batch)
    except OslerError as error:
        return error
    except Exception as error:  # noqa: BLE001 - carried to the reader, which raises it there
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = " < ".join(f"{f.name} ({f.filename}:{f.lineno})" for f in reversed(frames))
        return RuntimeError(f"{type(error).__name__} at {places}")
