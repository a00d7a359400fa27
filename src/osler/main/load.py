"""`osler load`: Bundles, single resources and NDJSON into the record."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from osler.exchange.bulk.load import load
from osler.exchange.bulk.report import STATUSES, LoadOptions, LoadReport, Progress
from osler.main.opening import open_record, settings_with, storage_options
from osler.main.progress import Bytes
from osler.main.tables import Cell, print_table
from osler.record import Record, upkeep

_REASONS_SHOWN = 10
_MUCH = 1000


@click.command("load")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH...",
)
@storage_options
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=min(4, os.cpu_count() or 1),
    show_default="one for each processor, at most 4",
    help="Processes that decode, index and write.",
)
@click.option("--validate", is_flag=True, help="Check invariants and bindings too (slower).")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("osler.rejects.ndjson"),
    show_default=True,
    help="Where bad records go, with the reason.",
)
@click.option("--history", is_flag=True, help="The files are an export with --history.")
@click.option("--restart", is_flag=True, help="Begin anew where an earlier load was interrupted.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
def command(
    paths: tuple[Path, ...],
    database: str | None,
    data: Path | None,
    jobs: int,
    validate: bool,
    rejects: Path,
    history: bool,
    restart: bool,
    as_json: bool,
) -> None:
    """Load files and directories: Bundles, single resources, NDJSON; also .gz and .zip.

    Every record keeps its id. Loading the same file twice changes nothing; an interrupted load goes
    on where it stopped when it is run again. Exit code 1: some records were rejected.
    """
    record = open_record(settings_with(database_url=database, data_dir=data))
    options = LoadOptions(
        jobs=jobs, validate=validate, rejects=rejects, history=history, resume=not restart
    )
    try:
        with Bytes() as bar:
            report = run(record, paths, options, bar)
    finally:
        record.database.close()
    if as_json:
        click.echo(json.dumps(as_value(report)))
    else:
        print_report(report)
    raise click.exceptions.Exit(report.exit_status)


def run(record: Record, paths: Sequence[Path], options: LoadOptions, bar: Bytes) -> LoadReport:
    """Load with a progress bar; after much, the planner's statistics are refreshed."""
    report = load(record, paths, options=options, progress=lambda progress: _show(bar, progress))
    if report.total("created") + report.total("updated") >= _MUCH:
        upkeep.analyze(record.database)
    return report


def _show(bar: Bytes, progress: Progress) -> None:
    text = f"{progress.records:,} records, {progress.rate:,.0f}/s"
    if progress.rejected:
        text += f", {progress.rejected:,} rejected"
    bar.show("load", progress.bytes_read, progress.bytes_total, text)


def as_value(report: LoadReport) -> dict[str, object]:
    """The report as JSON values."""
    return {
        "seconds": round(report.seconds, 3),
        "records": report.records,
        "skipped": report.skipped,
        "dangling": report.dangling,
        "interrupted": report.interrupted,
        "rejects": str(report.rejects) if report.rejects else None,
        **{status: report.total(status) for status in STATUSES},
        "types": {kind: dict(counter) for kind, counter in sorted(report.counts.items())},
        "reasons": dict(report.reasons.most_common()),
    }


def print_report(report: LoadReport) -> None:
    """The table of what was loaded, and what was not and why."""
    rows: list[list[Cell]] = [
        [kind, *(counter[status] for status in STATUSES)]
        for kind, counter in sorted(report.counts.items())
    ]
    totals: list[Cell] = ["all", *(report.total(status) for status in STATUSES)]
    print_table(("type", *STATUSES), rows, totals)
    rate = report.records / report.seconds if report.seconds else 0.0
    click.echo(f"{report.records:,} records in {report.seconds:.1f} s, {rate:,.0f}/s")
    if report.skipped:
        click.echo(f"{report.skipped:,} records were in already from an interrupted load.")
    if report.dangling:
        click.echo(f"{report.dangling:,} references lead to nothing in these files.", err=True)
    for reason, count in report.reasons.most_common(_REASONS_SHOWN):
        click.echo(f"rejected {count:,}: {reason}", err=True)
    if report.rejects:
        click.echo(f"The rejected records are in {report.rejects}.", err=True)
    if report.interrupted:
        click.echo("Interrupted; the same command goes on from here.", err=True)
