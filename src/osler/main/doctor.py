"""`osler doctor`: looks at everything an installation needs and says what to do."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from osler.main.examine import Finding, examine
from osler.main.opening import settings_with, storage_options

_MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@click.command("doctor")
@storage_options
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, for a script.")
def command(database: str | None, data: Path | None, as_json: bool) -> None:
    """Check the installation: database, schema, indexes, references, audit, jobs, disk, clock.

    Each finding says what to do. Exit code 1: there are errors; warnings alone leave it at 0.
    """
    findings = examine(settings_with(database_url=database, data_dir=data))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    raise click.exceptions.Exit(int(any(finding.level == "error" for finding in findings)))


def _print(finding: Finding) -> None:
    click.echo(f"{_MARKS[finding.level]}  {finding.name}: {finding.text}")
    if finding.remedy:
        click.echo(f"         -> {finding.remedy}")
