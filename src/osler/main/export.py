"""`osler export`: the record as NDJSON, one file per type, which `osler load` takes back."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import click

from osler.access import LOCAL
from osler.exchange.bulk import ExportReport, export
from osler.main.opening import open_record, settings_with, storage_options
from osler.main.progress import Steps


@click.command("export")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@storage_options
@click.option("--type", "types", multiple=True, help="Only this type; may be repeated.")
@click.option("--since", metavar="INSTANT", help="Only what was written at or after this instant.")
@click.option("--history", is_flag=True, help="All versions, deletions too, not only the current.")
@click.option("--gzip", "compress", is_flag=True, help="Compress the files.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
def command(
    directory: Path,
    database: str | None,
    data: Path | None,
    types: tuple[str, ...],
    since: str | None,
    history: bool,
    compress: bool,
    as_json: bool,
) -> None:
    """Write the whole record into DIRECTORY, which must be empty or new.

    `osler load DIRECTORY` takes it back (with --history if it was written with --history).
    """
    instant = _instant(since)
    _require_known(types)
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        with Steps() as steps:
            report = export(
                record,
                LOCAL,
                directory,
                types=types or None,
                since=instant,
                history=history,
                compress=compress,
                progress=lambda kind, count: steps.tell(kind, count, count),
            )
    finally:
        record.database.close()
    click.echo(json.dumps(_as_value(report)) if as_json else report.table())


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not like 2026-01-31T08:00:00Z") from error
    if instant.tzinfo is None:
        raise click.BadParameter(f"{text!r} needs a time zone, as in 2026-01-31T08:00:00Z")
    return instant


def _require_known(types: tuple[str, ...]) -> None:
    from osler.fhir import r4

    unknown = [name for name in types if name not in r4.RESOURCES]
    if unknown:
        raise click.BadParameter(f"no resource types of FHIR R4: {', '.join(unknown)}")


def _as_value(report: ExportReport) -> dict[str, object]:
    return {
        "directory": str(report.directory),
        "seconds": round(report.seconds, 3),
        "records": report.records,
        "files": [dataclasses.asdict(file) for file in report.files],
    }
