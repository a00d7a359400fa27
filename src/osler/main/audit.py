"""`osler audit`: reports of who did what, the archive of old months, and what looks wrong."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from osler.kit.errors import OslerError
from osler.kit.settings import Settings
from osler.main.opening import open_record, settings_with, storage_options

if TYPE_CHECKING:
    from osler.record import AuditRow

_TABLE = ("at", "actor_name", "roles", "action", "type", "id", "patients", "outcome", "address")
_WIDEST = 40


@click.group("audit")
def command() -> None:
    """Who did what: reports, the archive, and what looks wrong."""


def archive_of(settings: Settings) -> Path:
    """The directory of archived months."""
    return settings.audit_archive or settings.data_dir / "audit-archive"


def _directory(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--archive",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of archived months (OSLER_AUDIT_ARCHIVE).",
    )(command)


def _instant(text: str | None, *, end: bool) -> datetime | None:
    """A date or an instant; as an end, a date covers its whole day."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no date such as 2026-03-01.") from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found + timedelta(days=1) if end and len(text) == 10 else found


@command.command("report")
@storage_options
@_directory
@click.option("--from", "since", metavar="DATE", help="From this day or instant (UTC) on.")
@click.option(
    "--to", "until", metavar="DATE", help="Up to and with this day, or before an instant."
)
@click.option(
    "--sort", default="at", show_default=True, help="A column; with - before it, downwards."
)
@click.option("--patient", multiple=True, metavar="ID", help="Rows that name this patient.")
@click.option("--actor", multiple=True, metavar="ID", help="What this account did.")
@click.option("--action", multiple=True, help="read, create, login …")
@click.option("--type", "types", multiple=True, help="A type of resource.")
@click.option("--failed", is_flag=True, help="Only what was refused or not found.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "ndjson"]),
    default="table",
    show_default=True,
)
def report(
    database: str | None,
    data: Path | None,
    archive: Path | None,
    since: str | None,
    until: str | None,
    form: str,
    **filters: Any,
) -> None:
    """Write who did what, sorted by any column, archived months included.

    The report itself leaves rows in the audit.
    """
    from osler.access import LOCAL
    from osler.record import AuditQuery

    settings = settings_with(database_url=database, data_dir=data)
    query = AuditQuery(
        since=_instant(since, end=False),
        until=_instant(until, end=True),
        patients=filters["patient"],
        actors=filters["actor"],
        actions=filters["action"],
        types=filters["types"],
        failed=True if filters["failed"] else None,
        sort=filters["sort"],
    )
    record = open_record(settings)
    try:
        rows = record.audit_report(LOCAL, query, archive or archive_of(settings))
        _WRITERS[form](rows)
    finally:
        record.database.close()


def _fields(row: AuditRow) -> dict[str, Any]:
    return dataclasses.asdict(row) | {"at": row.at.isoformat()}


def _ndjson(rows: Iterable[AuditRow]) -> None:
    for row in rows:
        members = {name: value for name, value in _fields(row).items() if value not in (None, [])}
        click.echo(json.dumps(members, ensure_ascii=False))


def _csv(rows: Iterable[AuditRow]) -> None:
    from osler.record import AuditRow

    out = csv.writer(sys.stdout)
    names = [field.name for field in dataclasses.fields(AuditRow)]
    out.writerow(names)
    for row in rows:
        out.writerow([_safe(_cell(value)) for value in _fields(row).values()])


def _safe(text: str) -> str:
    """A spreadsheet must not run what a client sent as its name: no cell begins like a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list) else str(value)


def _table(rows: Iterable[AuditRow]) -> None:
    lines = [_TABLE, *(_line(row) for row in rows)]
    widths = [min(_WIDEST, max(len(line[i]) for line in lines)) for i in range(len(_TABLE))]
    for line in lines:
        cells = (_cut(cell).ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _line(row: AuditRow) -> tuple[str, ...]:
    shown = {"at": row.at.isoformat(timespec="seconds"), "actor_name": row.actor_name or row.actor}
    return tuple(_plain(shown.get(name) or _cell(getattr(row, name))) for name in _TABLE)


def _plain(text: str) -> str:
    """Without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


_WRITERS = {"table": _table, "csv": _csv, "ndjson": _ndjson}


@command.command("archive")
@storage_options
@_directory
def archive_months(database: str | None, data: Path | None, archive: Path | None) -> None:
    """Move months older than OSLER_AUDIT_YEARS to compressed files, verified before they leave."""
    from osler.access import LOCAL
    from osler.record import archiving

    settings = settings_with(database_url=database, data_dir=data)
    record = open_record(settings)
    try:
        done = archiving.archive(
            record.database,
            archive or archive_of(settings),
            settings.audit_years,
            principal=LOCAL,
            tell=click.echo,
        )
    finally:
        record.database.close()
    if not done:
        click.echo(f"No month is older than {settings.audit_years} years.")


@command.command("verify-archive")
@storage_options
@_directory
@click.option(
    "--files-only", is_flag=True, help="Do not ask the database which files there must be."
)
def verify_archive(
    database: str | None, data: Path | None, archive: Path | None, files_only: bool
) -> None:
    """Read every archived month again and check digests, chain and rows."""
    from osler.record import archiving

    settings = settings_with(database_url=database, data_dir=data)
    directory = archive or archive_of(settings)
    if files_only:
        problems = archiving.verify(directory)
    else:
        record = open_record(settings)
        try:
            problems = archiving.verify(directory, record.database)
        finally:
            record.database.close()
    if problems:
        for problem in problems:
            click.echo(problem, err=True)
        raise NotIntact(f"The archive in {directory} is not intact.")
    months = len(list(directory.glob("audit-*.json")))
    click.echo(f"{months} archived months in {directory}: all intact.")


@command.command("anomalies")
@storage_options
@click.option(
    "--until", metavar="DATE", help="Look at the 24 hours before this instant; default now."
)
def find_anomalies(database: str | None, data: Path | None, until: str | None) -> None:
    """Look through a day's audit now, as the nightly job does, and make the Tasks."""
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        found = record.audit_anomalies(until=_instant(until, end=True))
    finally:
        record.database.close()
    for one in found:
        click.echo(_plain(f"{one.kind}: {one.seen.name or one.seen.actor} {one.words}"))
    click.echo(f"{len(found)} found; each is a Task for the privacy officer.")


class NotIntact(OslerError):
    """Something of the archive is missing or was changed."""

    code = "security"
