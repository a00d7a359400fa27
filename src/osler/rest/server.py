"""Starts the HTTP server: granian, WSGI, threads in one or more processes.

Threads, because a request is mostly waiting for PostgreSQL; their number is the number of requests a
process works on at once, and so the most connections it needs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from osler.kit.errors import Invalid
from osler.record import Record
from osler.rest.options import Options

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen and with how much. `backlog` requests may wait for one of the threads."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 8
    waiting: int = 256
    header_seconds: int = 10
    shutdown_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Process:
    """What a worker process needs to build its application; goes to it as a value."""

    open_record: Callable[[], Record]
    options: Options = field(default_factory=Options)

    def application(self) -> Wsgi:
        """The application of this process, with a record and a pool of its own."""
        # Imported here: prometheus_client decides at import whether it counts for several processes.
        from osler.rest.http import Application
        from osler.rest.metrics import Metrics
        from osler.rest.request import Door
        from osler.rest.routes import TABLE

        record = self.open_record()
        metrics = Metrics(record.database.stats)
        door = Door(record, self.options, TABLE, record.database.ping, metrics.page)
        return Application(door, metrics)


def serve(listen: Listen, process: Process) -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first."""
    if listen.host not in _LOOPBACK:
        raise Invalid(f"There are no accounts yet, so the server listens on loopback only, not {listen.host}")
    with _metrics_files(listen.workers):
        _granian(listen).serve(target_loader=partial(_load, process), wrap_loader=False)


def _load(process: Process) -> Wsgi:
    return process.application()


def _granian(listen: Listen) -> Granian:
    return Granian(
        "osler",
        address=listen.host,
        port=listen.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=listen.workers,
        blocking_threads=listen.threads,
        backpressure=listen.threads + listen.waiting,
        http1_settings=HTTP1Settings(header_read_timeout=listen.header_seconds * 1000),
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=listen.shutdown_seconds,
    )


@contextmanager
def _metrics_files(workers: int) -> Iterator[None]:
    """Where several processes count together, a directory for the files they count in."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="osler-metrics-") as directory:
        os.environ[_METRICS_DIR] = directory
        try:
            yield
        finally:
            del os.environ[_METRICS_DIR]
