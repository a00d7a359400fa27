"""Databases for tests: one server per run, one migrated template, and quick clones of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote, urlencode

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from osler.kit.embedded import configure, embedded, is_running, release
from osler.store.migrate import known, migrate

URL = "OSLER_TEST_DATABASE_URL"
HOME = "OSLER_TEST_HOME"
DATA = "OSLER_DATA_DIR"
RUN = "OSLER_TEST_RUN"
_MADE = "OSLER_TEST_DATA_MADE"
ROOT = Path(__file__).parents[1]
_LOCK = 0x7E57
_IN_MEMORY = Path("/dev/shm")
_ROOM = 6 * 2**30
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_compression": "off",
    "max_wal_size": "256MB",
}
"""Settings of a server for tests: they prove behaviour, not the disk; what a crash would lose nobody needs."""


def prepare_home() -> None:
    """Choose the directory of the embedded server once; processes of the same run inherit it."""
    os.environ.setdefault(RUN, uuid.uuid4().hex[:12])
    if URL not in os.environ and HOME not in os.environ:
        os.environ[HOME] = tempfile.mkdtemp(prefix="osler-tests-", dir=place())
    if DATA not in os.environ:  # Where documents and their keys lie; never the user's own.
        os.environ[DATA] = os.environ[_MADE] = tempfile.mkdtemp(prefix="osler-documents-")


def _drop_those_of(run: str, server_url: str) -> None:
    """What was made once for this run, on a server that goes on after it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        query = "SELECT datname FROM pg_database WHERE strpos(datname, %s) > 0"
        for (name,) in connection.execute(query, (run,)).fetchall():
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", str(name))


def place() -> Path | None:
    """Where a server's files go: memory where there is plenty, for a database is a thousand files; else None."""
    try:
        room = shutil.disk_usage(_IN_MEMORY).free
    except OSError:
        return None
    return _IN_MEMORY if min(room, psutil.virtual_memory().available) > _ROOM else None


def remove_home() -> None:
    """Stop the embedded server of this run, wait for it, and remove its directory."""
    run = os.environ.pop(RUN, None)
    if URL in os.environ and run is not None:
        _drop_those_of(run, os.environ[URL])
    made = os.environ.pop(_MADE, None)
    if made is not None:
        shutil.rmtree(made, ignore_errors=True)
    home = os.environ.pop(HOME, None)
    if home is None:
        return
    release(home)
    deadline = time.monotonic() + 30
    while is_running(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(home, ignore_errors=True)


def server() -> str:
    """The URL of a database on the server from which others are made."""
    given = os.environ.get(URL)
    if given:
        return given
    url = embedded(Path(os.environ[HOME]), database="postgres")
    configure(url, CARELESS)
    return url


def template(server_url: str) -> str:
    """The name of a database with the newest schema, made once per schema and server."""
    digest = hashlib.sha256(_schema().encode()).hexdigest()[:16]

    def make(url: str) -> None:
        migrate(url)
        _migrate_pages(url)

    return made_once(server_url, f"osler_template_{digest}", "template0", make)


def made_once(server_url: str, name: str, source: str, make: Callable[[str], None]) -> str:
    """The name of a database to clone: where there is none yet, a clone of `source` that `make` filled."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, (name,)).fetchone() is None:
            building = f"{name}_building"
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
            _create(connection, building, source)
            make(_at(server_url, building))
            _execute(connection, "ALTER DATABASE {} RENAME TO {}", building, name)
    return name


def _schema() -> str:
    """What the tables depend on: our SQL, and the migrations of accounts."""
    steps = "".join(step.sha256 for step in known())
    pages = sorted((ROOT / "src/osler/identity/migrations").glob("*.py"))
    return steps + "".join(path.read_text("utf-8") for path in pages)


def _migrate_pages(url: str) -> None:
    # In a process of its own, for Django knows one database at a time.
    command = [sys.executable, "-m", "tests.pages", url]
    subprocess.run(command, check=True, cwd=ROOT)


def clone(server_url: str, source: str) -> str:
    """The URL of a fresh copy of `source`."""
    name = f"osler_test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        _create(connection, name, source)
    return _at(server_url, name)


def _create(connection: psycopg.Connection[Any], name: str, source: str) -> None:
    # Copied as files, not block by block through the log: a third of the time.
    text: LiteralString = "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY file_copy"
    _execute(connection, text, name, source)


def drop(server_url: str, url: str) -> None:
    """Remove a clone, whoever is still connected."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(server_url, autocommit=True) as connection:
        _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _at(url: str, database: str) -> str:
    parts = {**conninfo_to_dict(url), "dbname": database}
    return f"postgresql:///?{urlencode(parts, quote_via=quote)}"


def _execute(connection: psycopg.Connection[Any], text: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))
