"""`osler serve`: the FHIR API and a worker for background jobs."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from osler.kit.settings import VARIABLES, Settings
from osler.main.opening import prepare, settings_with, storage_options

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_RESTART_S = 5.0
_STOP_S = 35.0


def _reference() -> str:
    lines = [f"  {variable.name:<26}{variable.help}" for variable in VARIABLES]
    secrets = [variable.name for variable in VARIABLES if variable.secret]
    lines.append(f"  {secrets[0]}_FILE  a file that holds it instead")
    return "\b\nSettings from the environment:\n" + "\n".join(lines)


@click.command("serve", epilog=_reference())
@storage_options
@click.option("--host", help="Address to listen on; loopback only in this version.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes.")
@click.option("--no-worker", is_flag=True, help="Leave background jobs to `osler worker`.")
def command(
    database: str | None,
    data: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    no_worker: bool,
) -> None:
    """Serve the record over HTTP, at http://127.0.0.1:8000/fhir unless told otherwise."""
    settings = settings_with(
        database_url=database, data_dir=data, host=host, port=port, workers=workers
    )
    serve(settings, with_worker=not no_worker)


def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Serve until SIGTERM or Ctrl-C; requests and jobs in progress are finished first."""
    require_loopback(settings.host)
    from osler.main.site.wsgi import application
    from osler.rest.server import check_address, run

    check_address(settings.host, settings.port)
    url = prepare(settings)
    _announce(settings)
    with worker(url) if with_worker else contextlib.nullcontext():
        run(dataclasses.replace(settings, database_url=url), application)


def require_loopback(host: str) -> None:
    """Refuse to listen where others could come in: this version knows no accounts."""
    if host not in _LOOPBACK:
        raise click.UsageError(
            f"Osler will not listen on {host}: this version has no accounts yet, so whoever reaches"
            " the port could read every record. Use 127.0.0.1 (the default); to reach it from"
            " another machine, tunnel with `ssh -L 8000:127.0.0.1:8000 THIS-MACHINE`."
        )


def _announce(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    place = "the database of OSLER_DATABASE_URL" if settings.database_url else settings.data_dir
    click.echo(
        f"Serving {place} at http://{host}:{settings.port}/fhir\n"
        "Only this machine can connect, and everyone on it acts as the built-in local user:"
        " accounts come with a later version. Ctrl-C stops.",
        err=True,
    )


@contextlib.contextmanager
def worker(url: str) -> Iterator[None]:
    """A worker process for the length of the block, started again should it fail."""
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=_keep_running, args=(url, running, stopping), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        for process in running:
            process.terminate()
        thread.join(_STOP_S)


def _keep_running(
    url: str, running: list[subprocess.Popen[bytes]], stopping: threading.Event
) -> None:
    while not stopping.is_set():
        process = _start_worker(url)
        running[:] = [process]
        if stopping.is_set():
            process.terminate()
        code = process.wait()
        if not stopping.is_set():
            click.echo(f"osler: the worker ended with {code}; starting another", err=True)
            stopping.wait(_RESTART_S)


def _start_worker(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "osler.main", "worker", "--with-parent"],
        stdin=subprocess.DEVNULL,
        env=_environment() | {"OSLER_DATABASE_URL": url},
        start_new_session=True,  # Ctrl-C is for us; we then tell the worker.
    )


def _environment() -> dict[str, str]:
    """Ours, without the file that would name the database a second time."""
    return {k: v for k, v in os.environ.items() if k != "OSLER_DATABASE_URL_FILE"}
