"""`osler reindex`: indexes what is stored for search parameters that came later."""

from __future__ import annotations

import json
from pathlib import Path

import click

from osler.main.opening import open_record, settings_with, storage_options
from osler.main.progress import Steps


@click.command("reindex")
@storage_options
@click.option(
    "--all", "everything", is_flag=True, help="Rebuild every index row, not only new ones."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
def command(database: str | None, data: Path | None, everything: bool, as_json: bool) -> None:
    """Make new or changed SearchParameter resources usable.

    Others may read and write meanwhile. Interrupted, it goes on where it stopped.
    """
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        with Steps() as steps:
            done = record.reindex(steps.tell, everything=everything)
    finally:
        record.database.close()
    if as_json:
        click.echo(json.dumps({"rows": done.rows, "parameters": list(done.activated)}))
        return
    names = ", ".join(done.activated) or "none"
    click.echo(f"Indexed {done.rows:,} resources. Custom search parameters in use: {names}.")
