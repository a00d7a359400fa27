"""Brings a database to the schema of this version: plain SQL files, each once, in order, recorded.

Two parts share the table `schema_migration`: `osler` (the files schema/NNNN_name.sql beside this
module) and `procrastinate` (the job queue's own schema, then its migrations as the package gains
them).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from osler.kit.database import unreachable
from osler.kit.errors import OslerError

_LOCK = 0x05_1E_12  # One number for every Osler process; advisory locks are per database.
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_VERSION_NAME = re.compile(r"(\d\d)\.(\d\d)\.(\d\d)_(\d\d)_.+\.sql")
_OLDEST_SERVER = 150_000
# The second is what a role hears that may not even look into the schema.
_DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)

_TABLE = b"""
CREATE TABLE IF NOT EXISTS schema_migration (
    part       text        NOT NULL,
    number     bigint      NOT NULL,
    name       text        NOT NULL,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (part, number)
)
"""


class SchemaMismatch(OslerError):
    """The database's schema and this version of Osler do not fit together."""

    code = "incomplete"


class MayNotCreate(OslerError):
    """The role of the URL may not make Osler's tables in this database."""

    code = "forbidden"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its part, its place in that part's order, and the SQL."""

    part: str
    number: int
    name: str
    text: bytes

    @property
    def sha256(self) -> str:
        """The fingerprint recorded with it, line endings aside."""
        return hashlib.sha256(self.text.replace(b"\r\n", b"\n")).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """One row of `schema_migration`."""

    part: str
    number: int
    name: str
    sha256: str


def migrate(url: str) -> tuple[str, ...]:
    """Apply what is missing and answer the names applied; safe twice and from two processes.

    Raises `SchemaMismatch` when the database is newer than this version, when a file already
    applied has been edited since, or when the server is older than PostgreSQL 15; `MayNotCreate` when
    the role has no right to create tables.
    """
    done: list[str] = []
    with _connected(url) as connection, _locked(connection), _allowed(connection):
        _require_server(connection)
        if not applied(connection):  # A role that may only use the tables needs no more.
            connection.execute(_TABLE)
        _adopt_queue(connection)
        for step in _missing(known(), applied(connection)):
            _apply(connection, step)
            done.append(step.name)
    return tuple(done)


def pending(connection: psycopg.Connection[Any]) -> tuple[Migration, ...]:
    """The migrations this database lacks; raises `SchemaMismatch` as `migrate` does."""
    return tuple(_missing(known(), applied(connection)))


def applied(connection: psycopg.Connection[Any]) -> tuple[Applied, ...]:
    """What has been applied, oldest first; empty for a database that Osler has never seen."""
    found = connection.execute("SELECT to_regclass('schema_migration') IS NOT NULL").fetchone()
    if not (found and found[0]):
        return ()
    rows = connection.execute(
        "SELECT part, number, name, sha256 FROM schema_migration ORDER BY part, number"
    )
    return tuple(Applied(*row) for row in rows)


def known() -> tuple[Migration, ...]:
    """Every migration of this version, in the order they are applied."""
    return (*_queue_steps(), *_own_steps())


def _own_steps() -> Iterator[Migration]:
    for file in sorted(files("osler.store").joinpath("schema").iterdir(), key=lambda f: f.name):
        match = _FILE_NAME.fullmatch(file.name)
        if match:
            yield Migration("osler", int(match[1]), file.name, file.read_bytes())


def _queue_steps() -> Iterator[Migration]:
    for file in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
        match = _VERSION_NAME.fullmatch(file.name)
        if match:
            number = int("".join(match.groups()))
            yield Migration("procrastinate", number, file.name, file.read_bytes())


def _adopt_queue(connection: psycopg.Connection[Any]) -> None:
    """Create the queue at its current version in one go; its older migrations count as applied."""
    if any(row.part == "procrastinate" for row in applied(connection)):
        return
    with connection.transaction():
        connection.execute(SchemaManager.get_schema())
        for step in _queue_steps():
            _record(connection, step)


def _missing(steps: Sequence[Migration], rows: Sequence[Applied]) -> Iterator[Migration]:
    by_place = {(step.part, step.number): step for step in steps}
    recorded = {(row.part, row.number) for row in rows}
    for row in rows:
        step = by_place.get((row.part, row.number))
        if step is None:
            raise SchemaMismatch(
                f"The database has the migration {row.name} ({row.part}), which this version of"
                " Osler does not know: a newer one has upgraded it. Install that version or later."
            )
        if row.part == "osler" and row.sha256 != step.sha256:
            raise SchemaMismatch(
                f"The migration {row.name} was edited after it had been applied to this database."
                " Restore the file and put the change into a new migration."
            )
    yield from (step for step in steps if (step.part, step.number) not in recorded)


def _apply(connection: psycopg.Connection[Any], step: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(step.text)
            _record(connection, step)
    except _DENIED:
        raise  # Said by `_allowed`, with what to do.
    except psycopg.Error as error:
        raise SchemaMismatch(
            f"The migration {step.name} failed and was rolled back: {error}"
        ) from error


def _record(connection: psycopg.Connection[Any], step: Migration) -> None:
    connection.execute(
        "INSERT INTO schema_migration (part, number, name, sha256) VALUES (%s, %s, %s, %s)",
        (step.part, step.number, step.name, step.sha256),
    )


def _require_server(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        raise SchemaMismatch(
            "Osler needs PostgreSQL 15 or later;"
            f" this server is {connection.info.server_version // 10000}."
        )
    row = connection.execute("SHOW server_encoding").fetchone()
    if row is None or row[0] != "UTF8":
        raise SchemaMismatch(
            f"The database's encoding is {row and row[0]}; create it with ENCODING 'UTF8'."
        )


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = psycopg.connect(url, autocommit=True, application_name="osler migrate")
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
    with connection:
        # A large table may take its time; a waiting lock must not hold up the clinic for ever.
        connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'")
        connection.execute("SET client_min_messages = warning")
        yield connection


@contextmanager
def _allowed(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Since PostgreSQL 15 only a database's owner may create tables in it unless told otherwise."""
    try:
        yield
    except _DENIED as error:
        user, database = connection.info.user, connection.info.dbname
        grant = sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(sql.Identifier(user))
        raise MayNotCreate(
            f"The role {user} may not make Osler's tables in the database {database}"
            f" ({error.diag.message_primary}). Let the database's owner run in it:"
            f" {grant.as_string(connection)}; or, if another role owns Osler's tables, connect as that"
            " one."
        ) from error


@contextmanager
def _locked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute("SET lock_timeout = 0")
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    connection.execute("SET lock_timeout = '60s'")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
