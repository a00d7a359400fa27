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
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from osler.kit.embedded import configure, embedded, is_running, release
from osler.store.migrate import known, migrate

URL = "OSLER_TEST_DATABASE_URL"
HOME = "OSLER_TEST_HOME"
DATA = "OSLER_DATA_DIR"
_MADE = "OSLER_TEST_DATA_MADE"
ROOT = Path(__file__).parents[1]
_LOCK = 0x7E57


def prepare_home() -> None:
    """Choose the directory of the embedded server once; processes of the same run inherit it."""
    if URL not in os.environ and HOME not in os.environ:
        os.environ[HOME] = tempfile.mkdtemp(prefix="osler-tests-")
    if DATA not in os.environ:  # Where documents and their keys lie; never the user's own.
        os.environ[DATA] = os.environ[_MADE] = tempfile.mkdtemp(prefix="osler-documents-")


def remove_home() -> None:
    """Stop the embedded server of this run, wait for it, and remove its directory."""
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
    # Tests prove behaviour, not the disk: what a crash would lose here nobody needs.
    configure(url, {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
    return url


def template(server_url: str) -> str:
    """The name of a database with the newest schema, made once per schema and server."""
    digest = hashlib.sha256(_schema().encode()).hexdigest()[:16]
    name = f"osler_template_{digest}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, (name,)).fetchone() is None:
            building = f"{name}_building"
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
            _execute(connection, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", building)
            migrate(_at(server_url, building))
            _migrate_pages(_at(server_url, building))
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
        _execute(connection, "CREATE DATABASE {} TEMPLATE {}", name, source)
    return _at(server_url, name)


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
