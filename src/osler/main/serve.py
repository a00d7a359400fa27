"""`osler serve`: pages, the FHIR API, and a worker for background jobs."""

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

from osler.kit.addresses import is_loopback
from osler.kit.settings import VARIABLES, Settings
from osler.main.opening import prepare, settings_with, storage_options

_FILE = click.Path(dir_okay=False, path_type=Path)
_RESTART_S = 5.0
_STOP_S = 35.0


def _reference() -> str:
    lines = [f"  {variable.name:<28}{variable.help}" for variable in VARIABLES]
    secrets = [variable.name for variable in VARIABLES if variable.secret]
    lines.append(f"  {secrets[0]}_FILE  a file that holds it instead")
    return "\b\nSettings from the environment:\n" + "\n".join(lines)


@click.command("serve", epilog=_reference())
@storage_options
@click.option("--host", help="Address to listen on; beyond loopback only with TLS or a proxy.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(0, 64), help="Server processes; 0 as processors.")
@click.option("--tls-cert", type=_FILE, help="Certificate chain (PEM) to serve https with.")
@click.option("--tls-key", type=_FILE, help="Its private key (PEM).")
@click.option("--tls-client-ca", type=_FILE, help="Take only clients with a certificate of these.")
@click.option("--no-worker", is_flag=True, help="Leave background jobs to `osler worker`.")
def command(
    database: str | None,
    data: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_client_ca: Path | None,
    no_worker: bool,
) -> None:
    """Serve pages and the FHIR API, at http://127.0.0.1:8000 unless told otherwise.

    SIGHUP reads the certificate again.
    """
    settings = settings_with(
        database_url=database,
        data_dir=data,
        host=host,
        port=port,
        workers=workers,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tls_client_ca=tls_client_ca,
    )
    serve(settings, with_worker=not no_worker)


def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Serve until SIGTERM or Ctrl-C; requests and jobs in progress are finished first."""
    from osler.main.site.wsgi import application
    from osler.rest.server import check_address, run

    check_address(settings)
    url = prepare(settings)
    code = check_people(settings)
    _leave_no_pool()
    _announce(settings)
    if code is not None:
        _announce_setup(settings, code)
    with (
        audit_told(settings, url),
        worker(url, settings.data_dir) if with_worker else contextlib.nullcontext(),
    ):
        run(dataclasses.replace(settings, database_url=url), application)


@contextlib.contextmanager
def audit_told(settings: Settings, url: str) -> Iterator[None]:
    """The audit is told when the server starts, with which changed settings, and when it stops."""
    from osler.kit.database import Database
    from osler.kit.errors import Unavailable
    from osler.main.configuration import note_changes
    from osler.record import audit_life

    database = Database(url, max_size=1)
    audit_life.started(database)
    note_changes(settings, database)
    database.close()  # The server's processes are children of this one, and inherit nothing.
    try:
        yield
    finally:
        try:
            audit_life.stopped(database)
        except Unavailable as error:  # The next start finds the gap.
            click.echo(f"osler: the stop could not be recorded: {error}", err=True)
        database.close()


def check_people(settings: Settings) -> str | None:
    """Refuse to let others in where they must not come in yet; the code for the first page, if it is due.

    Raises:
        click.UsageError: beyond loopback without an account; the demo, whose passwords everybody knows.
    """
    from django.db import connection

    from osler.identity import installing

    try:
        if installing.is_demo():
            require_loopback(settings.host)
            if settings.trusted_proxies or settings.base_url:
                raise click.UsageError(
                    "The demo is served to this machine alone: unset OSLER_TRUSTED_PROXIES and"
                    " OSLER_BASE_URL."
                )
        if not installing.needed():
            return None
        if not is_loopback(settings.host):
            raise click.UsageError(
                f"Osler will not listen on {settings.host} while it has no accounts. Run"
                " `osler setup` first."
            )
        return installing.new_code()
    finally:
        connection.close()


def _leave_no_pool() -> None:
    """Close what the pages' questions of this process opened.

    The processes that serve are forked from it. A pool that they inherited would have no threads that
    open connections, so it would stay at the one or two there are, and these would be this process's too.
    """
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one


def require_loopback(host: str) -> None:
    """Refuse to show the demo to others: its passwords are known to everybody."""
    if not is_loopback(host):
        raise click.UsageError(
            f"The demo will not listen on {host}: its passwords are known to everybody. Use 127.0.0.1"
            " (the default); to reach it from another machine, tunnel with"
            " `ssh -L 8000:127.0.0.1:8000 THIS-MACHINE`."
        )


def _announce(settings: Settings) -> None:
    from osler.rest.server import base_url

    place = "the database of OSLER_DATABASE_URL" if settings.database_url else settings.data_dir
    address = base_url(settings)
    near = "" if settings.base_url or not is_loopback(settings.host) else ", for this machine alone"
    click.echo(f"Serving {place}{near}. Ctrl-C stops.", err=True)
    click.echo(f"  Open  {address.removesuffix('/fhir')}/", err=True)
    click.echo(f"  API   {address}", err=True)


def _announce_setup(settings: Settings, code: str) -> None:
    from osler.rest.server import base_url

    address = base_url(settings).removesuffix("/fhir")
    click.echo(
        f"There are no accounts yet. Open {address}/setup/ and enter this code: {code}\n"
        "(or stop this and run `osler setup`).",
        err=True,
    )


@contextlib.contextmanager
def worker(url: str, data: Path) -> Iterator[None]:
    """A worker process for the length of the block, started again should it fail."""
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(
        target=_keep_running, args=(url, data, running, stopping), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        for process in running:
            process.terminate()
        thread.join(_STOP_S)


def _keep_running(
    url: str, data: Path, running: list[subprocess.Popen[bytes]], stopping: threading.Event
) -> None:
    while not stopping.is_set():
        process = _start_worker(url, data)
        running[:] = [process]
        if stopping.is_set():
            process.terminate()
        code = process.wait()
        if not stopping.is_set():
            click.echo(f"osler: the worker ended with {code}; starting another", err=True)
            stopping.wait(_RESTART_S)


def _start_worker(url: str, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "osler.main", "worker", "--with-parent"],
        stdin=subprocess.DEVNULL,
        env=_environment() | {"OSLER_DATABASE_URL": url, "OSLER_DATA_DIR": str(data)},
        start_new_session=True,  # Ctrl-C is for us; we then tell the worker.
    )


def _environment() -> dict[str, str]:
    """Ours, without the file that would name the database a second time."""
    return {k: v for k, v in os.environ.items() if k != "OSLER_DATABASE_URL_FILE"}
