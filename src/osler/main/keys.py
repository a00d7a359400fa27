"""`osler keys`: the master keys that the keys of documents are wrapped with."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from osler.access import LOCAL
from osler.main.opening import open_record, settings_with, storage_options

if TYPE_CHECKING:
    from osler.record.custody import Status


@click.group("keys")
def command() -> None:
    """The keys of documents at rest: how they are kept, and a new master key."""


@command.command("status")
@storage_options
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
def status(database: str | None, data: Path | None, as_json: bool) -> None:
    """Say where documents and keys lie, and whether every key can be opened.

    Exit code 1: a master key is missing, so that documents cannot be read.
    """
    from osler.record import custody

    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        found = custody.status(record.database, record.vault.storage)
    finally:
        record.database.close()
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(found), "missing": found.missing}))
    else:
        _print(found)
    raise click.exceptions.Exit(int(bool(found.missing)))


def _print(found: Status) -> None:
    click.echo(f"Documents: {found.documents:,}, {found.size:,} bytes encrypted, in {found.place}")
    click.echo(f"Master keys: {', '.join(found.held) or 'none yet'}, in {found.key_file}")
    for id, count in found.masters.items():
        click.echo(f"  {count:,} keys are wrapped with {id}")
    if found.destroyed:
        click.echo(f"Keys destroyed by erasure: {found.destroyed:,}")
    if found.missing:
        click.echo(
            f"MISSING: {', '.join(found.missing)}. Put it back from its copy; until then the documents"
            " that need it stay locked.",
            err=True,
        )
    elif found.behind:
        click.echo("A rotation was interrupted; run `osler keys rotate` to finish it.")


@command.command("rotate")
@storage_options
@click.option("--forget", is_flag=True, help="Remove master keys that nothing is wrapped with.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
def rotate(database: str | None, data: Path | None, forget: bool, as_json: bool) -> None:
    """Make a new master key and wrap every key of documents with it.

    Documents are not touched, and others may read and write meanwhile. Interrupted, the next run
    finishes it. Copy the key file again afterwards; keep the old copy as long as copies of the database
    from before are kept.
    """
    from osler.record import Access, custody

    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        done = custody.rotate(record.database, record.vault.storage, forget=forget)
        words = f"master key {done.current} in use; {done.rewrapped} keys wrapped anew"
        record.note(LOCAL, Access("config-change", detail=words))
    finally:
        record.database.close()
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done)))
        return
    click.echo(f"Master key in use: {done.current}. Keys wrapped anew: {done.rewrapped:,}.")
    if done.forgotten:
        click.echo(f"Forgotten: {', '.join(done.forgotten)}.")
