"""The checks of `osler doctor`, each a function that answers one finding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection, Error

from osler.fhir import r4
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import OslerError
from osler.kit.settings import Settings
from osler.main.opening import database_url
from osler.store import health, migrate, registry

Conn = Connection[Any]
Level = Literal["ok", "warning", "error"]
_SKEW_WARNING = timedelta(seconds=2)
_SKEW_ERROR = timedelta(seconds=60)
_DISK_WARNING, _DISK_ERROR = 5 * 2**30, 2**30
_JOB_WAIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, what to do about it, and why it matters."""

    name: str
    level: Level
    text: str
    remedy: str | None = None
    why: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """Every check; those that need the schema are left out while it is not there."""
    return [*_installation(settings), *_database(settings)]


def _installation(settings: Settings) -> Iterator[Finding]:
    yield _definitions()
    if settings.database_url is None:
        yield _disk(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        if settings.database_url is None and not _made(settings):
            text = f"none yet in {settings.data_dir}"
            yield Finding(
                "database", "error", text, "`osler serve` or any loading command makes it."
            )
            return
        with Database(database_url(settings)).connect() as conn:
            conn.execute("SET statement_timeout = '120s'")
            yield _reached(conn)
            schema = _safely(_schema, conn)
            yield schema
            checks: tuple[Check, ...] = (_clock, _durability, _indexes)
            for check in checks + (_AFTER_SCHEMA if schema.level == "ok" else ()):
                yield _safely(check, conn)
    except OslerError as error:
        yield Finding("database", "error", str(error), _database_remedy(settings))


def _made(settings: Settings) -> bool:
    """Whether the built-in database is there: who only looks must not make one."""
    from osler.kit.embedded import exists

    return exists(settings.data_dir)


def _database_remedy(settings: Settings) -> str:
    if settings.database_url is None:
        return f"See the text; the directory is {settings.data_dir} (OSLER_DATA_DIR, --data)."
    return "Start it, or correct OSLER_DATABASE_URL (or --database)."


Check = Callable[[Conn], Finding]


def _safely(check: Check, conn: Conn) -> Finding:
    """The finding, or that the check itself failed: one failing check must not hide the others."""
    try:
        return check(conn)
    except Error as error:
        name = check.__name__.strip("_").replace("_", " ")
        return Finding(name, "error", f"the check failed: {error}", "Report this with the text.")


def _definitions() -> Finding:
    from osler.fhir import definitions

    try:
        count = len(definitions.search_parameters())
    except (OslerError, OSError) as error:
        return Finding(
            "definitions",
            "error",
            f"the FHIR definitions cannot be read ({error})",
            "Build them: `python -m osler.fhir.definitions build`.",
        )
    return Finding("definitions", "ok", f"FHIR R4, {count:,} search parameters")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    text = f"{free / 2**30:.1f} GB free at {settings.data_dir}"
    if free > _DISK_WARNING:
        return Finding("disk", "ok", text)
    level: Level = "error" if free < _DISK_ERROR else "warning"
    return Finding("disk", level, text, "Free some space; a full disk stops every write.")


def _nearest(directory: Path) -> Path:
    """The directory, or of those above it the first that is there: on its disk it would be made."""
    whole = directory.expanduser().absolute()
    return next(path for path in (whole, *whole.parents) if os.path.exists(path))  # noqa: PTH110


def _reached(conn: Conn) -> Finding:
    version = conn.info.parameter_status("server_version") or "?"
    if conn.info.server_version < 150_000:
        return Finding("database", "error", f"PostgreSQL {version}", "Upgrade to 15 or later.")
    if conn.info.parameter_status("server_encoding") != "UTF8":
        return Finding("database", "error", "its encoding is not UTF8", "Create it with UTF8.")
    return Finding("database", "ok", f"PostgreSQL {version} answers")


def _schema(conn: Conn) -> Finding:
    try:
        missing = migrate.pending(conn)
    except OslerError as error:
        return Finding("schema", "error", str(error), "See the text.")
    if missing:
        names = ", ".join(step.name for step in missing)
        text = f"not applied yet: {names}" if len(missing) < 5 else "not applied yet"
        return Finding("schema", "error", text, "`osler serve` or any loading command applies it.")
    return Finding("schema", "ok", f"up to date ({len(migrate.applied(conn))} migrations)")


def _clock(conn: Conn) -> Finding:
    before = clock.now()
    theirs = health.server_clock(conn)
    skew = abs(theirs - (before + (clock.now() - before) / 2))
    text = f"{skew.total_seconds():.2f} s between this machine and the database"
    if skew < _SKEW_WARNING:
        return Finding("clock", "ok", text)
    level: Level = "error" if skew > _SKEW_ERROR else "warning"
    return Finding("clock", level, text, "Let both follow a time server (NTP).")


def _durability(conn: Conn) -> Finding:
    unsafe = health.unsafe_settings(conn)
    if not unsafe:
        return Finding("durability", "ok", "what is confirmed is on the disk")
    remedy = "; ".join(f"ALTER SYSTEM SET {name} = on" for name in unsafe)
    return Finding(
        "durability", "error", f"{', '.join(unsafe)} off: a power cut loses data", f"{remedy}."
    )


def _indexes(conn: Conn) -> Finding:
    broken = health.invalid_indexes(conn)
    if broken:
        remedy = "; ".join(f"REINDEX INDEX CONCURRENTLY {name}" for name in broken)
        return Finding("indexes", "error", f"invalid: {', '.join(broken)}", f"{remedy};")
    return Finding("indexes", "ok", "all valid")


def _statistics(conn: Conn) -> Finding:
    tables = health.never_analyzed(conn)
    if tables:
        text = f"none for {', '.join(tables[:8])}"
        return Finding("statistics", "warning", text, "Run ANALYZE; is autovacuum on?")
    return Finding("statistics", "ok", "the planner knows every large table")


def _references(conn: Conn) -> Finding:
    found = health.missing_patients(conn) + health.dangling_references(conn, list(r4.RESOURCES))
    if found.count:
        text = f"{found.count:,} lead to nothing, for example {', '.join(found.examples)}"
        return Finding(
            "references", "warning", text, "Load what they point to, or correct the referring ones."
        )
    return Finding("references", "ok", "every reference within the record leads somewhere")


def _parameters(conn: Conn) -> Finding:
    waiting = _waiting(conn)
    if waiting:
        text = f"not searchable yet: {', '.join(waiting)}"
        return Finding("search parameters", "warning", text, "Run `osler reindex`.")
    return Finding("search parameters", "ok", "all in use")


def _waiting(conn: Conn) -> list[str]:
    """The codes of custom parameters that are not indexed yet, or only as they were once defined."""
    from osler.record.parameters import customs

    done: dict[tuple[str, str], bool] = {}  # Of a definition: whether on all of its types.
    for row in registry.progress(conn):
        key = (row.url, row.definition)
        done[key] = done.get(key, True) and row.active
    custom = customs(registry.definitions(conn))
    return sorted(
        one.definition.code for one in custom if not done.get((one.definition.url, one.digest))
    )


def _audit(conn: Conn) -> Finding:
    if health.audit_astray(conn):
        return Finding(
            "audit",
            "warning",
            "some rows lie outside their month",
            "Move them: docs/howto/audit.md. Until then that month has no partition of its own.",
        )
    if not health.audit_month_ready(conn):
        remedy = "Run `osler worker --once`, or `SELECT audit_partitions(2)`; is a worker running?"
        return Finding("audit", "warning", "next month has no partition yet", remedy)
    return Finding("audit", "ok", "next month is prepared")


def _jobs(conn: Conn) -> Finding:
    failed, wait = health.jobs_failed(conn), health.jobs_waiting(conn)
    if wait > _JOB_WAIT_S:
        text = f"the oldest has been waiting for {wait / 60:.0f} minutes"
        return Finding("jobs", "warning", text, "Is a worker running (`osler worker`)?")
    if failed:
        remedy = "See table procrastinate_jobs (status failed) and the worker's log."
        return Finding("jobs", "warning", f"{failed:,} gave up", remedy)
    return Finding("jobs", "ok", "none failed, none late")


_AFTER_SCHEMA: tuple[Check, ...] = (_statistics, _references, _parameters, _audit, _jobs)
