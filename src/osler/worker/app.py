"""The queue's application: a connection, the tasks by name, and how a worker runs them."""

from __future__ import annotations

import logging
from contextlib import nullcontext

from procrastinate import App, PsycopgConnector

from osler.kit import clock
from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.record import Storage
from osler.worker.sealing import Sealer
from osler.worker.tasks import add_tasks

_log = logging.getLogger("osler.worker")
_DRAIN_S = 30.0


def make_app(url: str, settings: Settings | None = None) -> App:
    """The application on the database at `url`, with every task known.

    `settings` say where documents lie (None: the environment's), and which day it is where the practice is.
    """
    if settings is not None:
        clock.days_of(settings.time_zone)
    # Two connections: one listens, one works.
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    documents = Storage.of(settings) if settings is not None else None
    # Each of the two jobs at a time may hold two: a new patient's key is made in a transaction of its own.
    add_tasks(app, Database(url, max_size=4, application_name="osler worker"), documents)
    return app


def run(url: str, *, once: bool = False, settings: Settings | None = None) -> None:
    """Work until SIGTERM or SIGINT, finishing the jobs in progress; `once`: until the queue is empty.

    Until SIGTERM it also seals the ledger (with `settings`, which say by which key).
    """
    app = make_app(url, settings)
    _log.info("worker started")
    with nullcontext() if once or settings is None else Sealer(url, settings):
        app.run_worker(
            wait=not once,
            concurrency=2,
            shutdown_graceful_timeout=_DRAIN_S,
            install_signal_handlers=True,
            listen_notify=not once,
        )
    _log.info("worker stopped")
