"""The queue's application: a connection, the tasks by name, and how a worker runs them."""

from __future__ import annotations

import logging

from procrastinate import App, PsycopgConnector

from osler.kit.database import Database
from osler.worker.tasks import add_tasks

_log = logging.getLogger("osler.worker")
_DRAIN_S = 30.0


def make_app(url: str) -> App:
    """The application on the database at `url`, with every task known."""
    # Two connections: one listens, one works.
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    add_tasks(app, Database(url, max_size=2, application_name="osler worker"))
    return app


def run(url: str, *, once: bool = False) -> None:
    """Work until SIGTERM or SIGINT, finishing the jobs in progress; `once`: until the queue is empty."""
    app = make_app(url)
    _log.info("worker started")
    app.run_worker(
        wait=not once,
        concurrency=2,
        shutdown_graceful_timeout=_DRAIN_S,
        install_signal_handlers=True,
        listen_notify=not once,
    )
    _log.info("worker stopped")
