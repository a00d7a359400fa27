"""The queue's application: a connection, the tasks by name, and how a worker runs them."""

from __future__ import annotations

import logging
from contextlib import nullcontext

from procrastinate import App, PsycopgConnector

from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.worker.sealing import Sealer
from osler.worker.tasks import add_tasks

_log = logging.getLogger("osler.worker")
_DRAIN_S = 30.0


def make_app(url: str) -> App:
    """The application on the database at `url`, with every task known."""
    # Two connections: one listens, one works.
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    add_tasks(app, Database(url, max_size=2, application_name="osler worker"))
    return app


def run(url: str, *, once: bool = False, settings: Settings | None = None) -> None:
    """Work until SIGTERM or SIGINT, finishing the jobs in progress; `once`: until the queue is empty.

    Until SIGTERM it also seals the ledger (with `settings`, which say by which key).
    """
    app = make_app(url)
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
