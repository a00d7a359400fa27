"""Connections to PostgreSQL: a pool per process, `json` as raw bytes, failures as Osler errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from osler.kit.errors import OslerError, TooCostly, Unavailable

Connection = psycopg.Connection[TupleRow]
PlanCacheMode = Literal["auto", "force_custom_plan", "force_generic_plan"]

# SQLSTATE classes of a server that is away, starting, stopping or full: not the caller's fault.
_UNAVAILABLE = ("08", "53", "57P", "58")


class RawJson(Loader):
    """Leaves a `json` value as the bytes the server sent: a read streams it out unparsed."""

    def load(self, data: Buffer) -> bytes:
        """The text of the value, UTF-8."""
        return bytes(data)


class RawJsonBinary(RawJson):
    """The same for results in binary, whose `json` has the same bytes."""

    format = Format.BINARY


class Database:
    """A pool of connections to one database, opened at first use and again after a fork."""

    def __init__(
        self,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        statement_timeout_ms: int = 30_000,
        acquire_timeout_s: float = 10.0,
        plan_cache_mode: PlanCacheMode = "auto",
        application_name: str = "osler",
    ) -> None:
        self.url = url
        self.statement_timeout_ms = statement_timeout_ms
        self._sizes = (min_size, max(min_size, max_size))
        self._acquire_timeout_s = acquire_timeout_s
        self._session = {
            "application_name": application_name,
            "statement_timeout": str(statement_timeout_ms),
            # Clinical queries are short; compiling them costs more than running them.
            "jit": "off",
            # Nor is a search of a page worth the start of other processes.
            "max_parallel_workers_per_gather": "0",
            # Indexes are in memory or on an SSD, whatever the server's default thinks.
            "random_page_cost": "1.1",
            "plan_cache_mode": plan_cache_mode,
            "default_transaction_isolation": "read committed",
            "timezone": "UTC",
        }
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._pool_pid = 0
        self._inherited: list[ConnectionPool[Connection]] = []

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit; open a transaction with `connection.transaction()`.

        Raises `Unavailable` when the server cannot be reached or every connection is busy, and
        `TooCostly` when a statement ran into the time limit. Other database errors pass unchanged.
        """
        pool = self._opened()
        try:
            with pool.connection() as connection:
                yield connection
        except psycopg.OperationalError as error:
            mended = self._meaning(error)
            if mended is None:
                raise
            raise mended from error

    def connect(self) -> Connection:
        """A connection of its own outside the pool, without a time limit, for LISTEN and long jobs.

        The caller closes it.
        """
        try:
            connection = psycopg.connect(self.url, autocommit=True)
        except psycopg.OperationalError as error:
            raise unreachable(self.url, error) from error
        self._configure(connection)
        connection.execute("SET statement_timeout = 0")
        return connection

    def ping(self) -> None:
        """Ask the server for a sign of life; raises `Unavailable` without one."""
        with self.connection() as connection:
            connection.execute("SELECT 1")

    def stats(self) -> dict[str, int]:
        """The pool's figures by psycopg_pool's names (pool_size, pool_available, requests_waiting …)."""
        pool = self._pool
        return pool.get_stats() if pool is not None and self._pool_pid == os.getpid() else {}

    def close(self) -> None:
        """Close every connection; the next `connection()` opens the pool again."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pool_pid == os.getpid():
            pool.close()

    def _opened(self) -> ConnectionPool[Connection]:
        pool = self._pool
        if pool is not None and self._pool_pid == os.getpid():
            return pool
        with self._lock:
            if self._pool is not None and self._pool_pid != os.getpid():
                # The sockets belong to the parent: kept, so that nothing closes them here.
                self._inherited.append(self._pool)
                self._pool = None
            if self._pool is None:
                self._pool = self._open()
                self._pool_pid = os.getpid()
            return self._pool

    def _open(self) -> ConnectionPool[Connection]:
        smallest, largest = self._sizes
        return ConnectionPool(
            self.url,
            connection_class=psycopg.Connection[TupleRow],
            kwargs={"autocommit": True},
            configure=self._configure,
            min_size=smallest,
            max_size=largest,
            timeout=self._acquire_timeout_s,
            reconnect_timeout=60,
            open=True,
            name=self._session["application_name"],
        )

    def _configure(self, connection: Connection) -> None:
        connection.adapters.register_loader("json", RawJson)
        connection.adapters.register_loader("json", RawJsonBinary)
        pairs = sql.SQL(", ").join(
            sql.SQL("set_config({}, {}, false)").format(sql.Literal(name), sql.Literal(value))
            for name, value in self._session.items()
        )
        connection.execute(sql.SQL("SELECT {}").format(pairs))

    def _meaning(self, error: psycopg.OperationalError) -> OslerError | None:
        """The Osler error for a failure of the server or of a limit; None for any other."""
        if isinstance(error, PoolTimeout):
            return Unavailable(
                f"No database connection became free within {self._acquire_timeout_s:g} seconds"
                " (or the database does not answer); try again."
            )
        state = error.sqlstate
        if isinstance(error, psycopg.errors.QueryCanceled):
            return TooCostly(
                f"The database did not finish within {self.statement_timeout_ms} ms and the"
                " statement was stopped; ask for less, or narrow the search."
            )
        if state is None or state.startswith(_UNAVAILABLE):
            self._weed()
            return Unavailable(f"The database does not answer ({_first_line(error)}); try again.")
        return None

    def _weed(self) -> None:
        """Replace the idle connections that died with the server."""
        pool = self._pool
        if pool is not None and self._pool_pid == os.getpid() and not pool.closed:
            pool.check()


def unreachable(url: str, error: Exception) -> Unavailable:
    """The error for a database that cannot be reached; names the place, never the password."""
    parts = conninfo_to_dict(url)
    place = f"{parts.get('host') or 'local socket'}, database {parts.get('dbname') or '(default)'}"
    return Unavailable(
        f"Cannot reach PostgreSQL at {place}: {_first_line(error)}."
        " Is it running, and is OSLER_DATABASE_URL right?"
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
