"""Starts the HTTP server: granian, WSGI, threads in one or more processes.

Threads, because a request is mostly waiting for PostgreSQL; their number is the number of requests a
process works on at once, and so the most connections it needs.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from osler.kit import logs
from osler.kit.addresses import is_loopback
from osler.kit.database import Database
from osler.kit.embedded import embedded
from osler.kit.errors import Invalid, OslerError
from osler.kit.parent import end_with_parent
from osler.kit.settings import BadSettings, Settings
from osler.record import Record, Storage
from osler.rest.access_log import AccessLog
from osler.rest.certificate import check_certificate, use_certificate
from osler.rest.edge import Edge
from osler.rest.gate import Gate
from osler.rest.options import Options

if TYPE_CHECKING:
    from osler.rest.http import Application
    from osler.rest.request import Authenticate

_STDERR = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Make = Callable[[Settings, str], Wsgi]

_PROCESSES = 4  # Each may hold 20 connections to the database, of which it has 100 as it comes.
_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
# Requests that may wait for a thread; beyond them, connections wait in the kernel's backlog.
_WAITING = 256
STREAMS = 200
"""Streams of live updates in each process. Each holds a thread, which costs 80 KB and no time while it waits."""
# A request that holds a connection may need another (to look for new search parameters); with none to
# spare, threads that all hold one would wait for each other.
_SPARE_CONNECTIONS = 2
_HEADER_MILLISECONDS = 10_000
_SHUTDOWN_SECONDS = 30
# There are as many connections as a process can want, so whoever waits this long waits for a database
# that is away, and keeps a thread from requests that need none.
_CONNECTION_SECONDS = 5.0


def run(settings: Settings, make: Make) -> None:
    """Serve what `make` makes in each process until SIGTERM or SIGINT; requests in progress are finished.

    Raises:
        Invalid: an address that must not or cannot be listened on.
    """
    check_address(settings)
    url = settings.database_url or embedded(settings.data_dir)
    with _metrics_files(processes(settings)):
        _granian(settings).serve(
            target_loader=partial(_in_worker, make, settings, url), wrap_loader=False
        )


def processes(settings: Settings) -> int:
    """How many serve. Python uses one processor in each, so that one alone would leave the others idle."""
    return settings.workers or min(_PROCESSES, os.cpu_count() or 1)


def check_address(settings: Settings) -> None:
    """Refuse an address that others could listen in on, or one in use.

    The kernel would let two servers share a port, and hand each request to either of two records.
    """
    host, port = settings.host, settings.port
    if not (is_loopback(host) or settings.tls_cert or settings.trusted_proxies):
        raise BadSettings(
            f"OSLER_HOST is {host}, which is not loopback: passwords and records would cross the network"
            " unencrypted. Give a certificate with --tls-cert and --tls-key, or put a proxy with TLS in"
            " front and name its address in OSLER_TRUSTED_PROXIES."
        )
    check_certificate(settings)
    _check_scheme(settings)
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server itself does: connections of an earlier one may linger.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise Invalid(
                f"Cannot listen on {host}, port {port}: {error.strerror}."
                " Choose another with --port or OSLER_PORT."
            ) from error


def _check_scheme(settings: Settings) -> None:
    """Cookies and links follow the base URL: it must say https exactly where clients use it."""
    if settings.trusted_proxies and not (settings.base_url or "").startswith("https://"):
        raise BadSettings(
            "OSLER_TRUSTED_PROXIES is set, so OSLER_BASE_URL must say the https:// address at which the"
            " proxy answers, such as https://ehr.example.org/fhir."
        )
    if settings.tls_cert and (settings.base_url or "https://").startswith("http://"):
        raise BadSettings("TLS is on, but OSLER_BASE_URL begins with http://; write https://.")


def _in_worker(make: Make, settings: Settings, url: str) -> Wsgi:
    end_with_parent()  # A server that lost its supervisor would keep the port and the database.
    return Edge(settings, Gate(make(settings, url), settings.threads))


def application(settings: Settings, database_url: str, authenticate: Authenticate) -> Application:
    """The API of one worker process, with a record and a pool of its own."""
    # Imported here: prometheus_client decides at import whether it counts for several processes.
    from osler.rest.arrivals import Arrivals
    from osler.rest.http import Application
    from osler.rest.metrics import Metrics
    from osler.rest.request import Door
    from osler.rest.routes import TABLE

    logs.to_stderr()
    database = Database(
        database_url,
        max_size=settings.threads + _SPARE_CONNECTIONS,
        statement_timeout_ms=int(settings.statement_timeout * 1000),
        acquire_timeout_s=_CONNECTION_SECONDS,
    )
    record = Record(database, base_url=base_url(settings), documents=Storage.of(settings))
    metrics = Metrics(database.stats)
    arrivals = Arrivals(
        max(1, settings.threads // 2)
    )  # The others are there for who needs no body.
    door = Door(
        record,
        Options.of(settings),
        TABLE,
        database.ping,
        metrics.page,
        arrivals,
        authenticate,
    )
    with suppress(OslerError):
        door.known.now()  # So that `metadata` is there even if the database goes before it is asked.
    return Application(door, metrics, AccessLog(sys.stderr.write) if settings.access_log else None)


def base_url(settings: Settings) -> str:
    """The address under which this server's resources are known."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.tls_cert else "http"
    return settings.base_url or f"{scheme}://{host}:{settings.port}/fhir"


def _granian(settings: Settings) -> Any:
    server: Any = Granian(
        "osler",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=processes(settings),
        blocking_threads=settings.threads + STREAMS,
        backpressure=settings.threads + STREAMS + _WAITING,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        websockets=False,
        # Its warnings are about its own options, such as more threads than processors: ours wait for the database.
        log_level=LogLevels.error,
        log_dictconfig={
            "formatters": {"generic": {"()": logs.Formatter}},
            "handlers": dict.fromkeys(("console", "access"), _STDERR),
        },
        workers_kill_timeout=_SHUTDOWN_SECONDS,
    )
    use_certificate(server, settings)
    return server


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
