"""From settings to an open record: which database, and its schema up to date."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from osler.kit.settings import Settings

if TYPE_CHECKING:
    from osler.record import Record

Command = Callable[..., Any]
BATCH_TIMEOUT_S = 600.0
"""The longest statement of a command that works through everything."""


def storage_options(command: Command) -> Command:
    """The options --database and --data, which every command that opens the record has."""
    command = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of the built-in PostgreSQL (OSLER_DATA_DIR).",
    )(command)
    return click.option(
        "--database",
        metavar="URL",
        help="A PostgreSQL 15+ to use instead of the built-in one. A URL with a password belongs"
        " into OSLER_DATABASE_URL or the file named by OSLER_DATABASE_URL_FILE: others on this"
        " machine can read command lines.",
    )(command)


def settings_with(**given: Any) -> Settings:
    """The settings of the environment, with what the command line says on top."""
    settings = Settings.load()
    values = {name: value for name, value in given.items() if value is not None}
    if "data_dir" in values and "database_url" not in values:
        values["database_url"] = None  # A directory named by hand beats the environment's database.
    return dataclasses.replace(settings, **values)


def database_url(settings: Settings) -> str:
    """The URL of the database, the built-in one started if none is set; its schema as found."""
    if settings.database_url is not None:
        return settings.database_url
    from osler.kit.embedded import embedded

    return embedded(settings.data_dir)


def prepare(settings: Settings) -> str:
    """The URL of the database, its schema brought up to date."""
    from osler.main.site.tables import migrate_pages
    from osler.store.migrate import migrate

    url = database_url(settings)
    migrate(url)
    migrate_pages(settings, url)
    return url


def open_record(settings: Settings, *, pool: int = 4) -> Record:
    """The record, its schema up to date, for a command that runs once and works through much."""
    from osler.kit.database import Database
    from osler.record import Record, Storage

    database = Database(
        prepare(settings), max_size=pool, statement_timeout_ms=int(BATCH_TIMEOUT_S * 1000)
    )
    return Record(database, base_url=settings.base_url, documents=Storage.of(settings))


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Record]:
    """The record with accounts beside it, for a command that changes people; what it does is audited."""
    record = open_record(settings)
    # Models can be imported once Django is set up, which opening has done.
    from django.db import connection

    from osler.main.site.wiring import wire

    wire(record)
    try:
        yield record
    finally:
        connection.close()
        record.database.close()
