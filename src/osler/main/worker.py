"""`osler worker`: runs background jobs, in a process of its own or as the child of `osler serve`."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from osler.kit import logs
from osler.kit.parent import end_with_parent
from osler.main.opening import prepare, settings_with, storage_options


@click.command("worker")
@storage_options
@click.option("--once", is_flag=True, help="End when no job is waiting.")
@click.option("--with-parent", is_flag=True, hidden=True)
def command(database: str | None, data: Path | None, once: bool, with_parent: bool) -> None:
    """Run background jobs.

    `osler serve` starts one by itself; start more where there is much to do. Ends on SIGTERM or
    Ctrl-C after the jobs in progress, at most 30 seconds later.
    """
    from osler.worker.app import run

    logs.to_stderr(logging.WARNING if with_parent else logging.INFO)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settings = settings_with(database_url=database, data_dir=data)
    url = prepare(settings)
    if with_parent:
        end_with_parent()
    run(url, once=once, settings=settings)
