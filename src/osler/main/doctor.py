"""`osler doctor`: looks at everything an installation needs and says what to do."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from osler.main.examine import Finding, examine
from osler.main.opening import settings_with, storage_options
from osler.main.security import examine_security, note_copies

_MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@click.command("doctor")
@storage_options
@click.option("--security", is_flag=True, help="How well the installation is guarded, instead.")
@click.option(
    "--keys-copied", is_flag=True, help="Note that you have copied the keys to a safe place."
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, for a script.")
def command(
    database: str | None, data: Path | None, security: bool, keys_copied: bool, as_json: bool
) -> None:
    """Check the installation: database, schema, indexes, references, audit, jobs, disk, clock.

    Each finding says what to do. Exit code 1: there are errors; warnings alone leave it at 0.
    """
    settings = settings_with(database_url=database, data_dir=data)
    if keys_copied:
        for path in note_copies(settings):
            click.echo(f"noted: {path}", err=True)
    findings = [*examine_security(settings)] if security else examine(settings)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    raise click.exceptions.Exit(int(any(finding.level == "error" for finding in findings)))


def _print(finding: Finding) -> None:
    click.echo(f"{_MARKS[finding.level]}  {finding.name}: {finding.text}")
    if finding.level != "ok" and finding.why:
        click.echo(f"         {finding.why}")
    if finding.level != "ok" and finding.remedy:
        click.echo(f"         -> {finding.remedy}")
