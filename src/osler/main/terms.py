"""`osler terms`: official releases of code systems beside Osler's own tables of common terms."""

from __future__ import annotations

from pathlib import Path

import click

from osler.main.opening import open_record, settings_with, storage_options
from osler.main.progress import Steps

_NAMES = ("icd-10-cm", "rxnorm", "cvx", "mvx")


@click.group("terms")
def command() -> None:
    """Code systems for searches: load an official release, choose which one is used, list them."""


@command.command("load")
@storage_options
@click.argument("format", type=click.Choice(_NAMES))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--release", required=True, help="What its publisher calls it: 2026, 2026-10-05 …")
@click.option("--keep-current", is_flag=True, help="Load it without using it in searches yet.")
def load(
    database: str | None, data: Path | None, format: str, file: Path, release: str, keep_current: bool
) -> None:  # fmt: skip
    """Load FILE: CMS's icd10cm_order_….txt, NLM's RXNCONSO.RRF, CDC's cvx.txt or mvx.txt.

    Interrupted, it goes on where it stopped. Older releases stay, to name old codes.
    """
    from osler.clinic.terms import releases
    from osler.record import terms as stored

    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        with Steps() as steps:
            done = releases.load(record, format, file, release, steps.tell)
        if not keep_current:
            stored.use(record.database, done.system, release)
    finally:
        record.database.close()
    after = f", going on after line {done.began:,}" if done.began else ""
    click.echo(f"Loaded {done.terms:,} terms of {format} {release}{after}.")
    click.echo("Not in use yet." if keep_current else "Searches use it from now on.")


@command.command("use")
@storage_options
@click.argument("format", type=click.Choice(_NAMES))
@click.argument("release")
def use(database: str | None, data: Path | None, format: str, release: str) -> None:
    """Let searches use RELEASE of a code system."""
    from osler.clinic.terms import releases
    from osler.record import terms as stored

    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        stored.use(record.database, releases.FORMATS[format].system, release)
    finally:
        record.database.close()
    click.echo(f"Searches use {format} {release} from now on.")


@command.command("list")
@storage_options
def list_(database: str | None, data: Path | None) -> None:
    """List the releases that are loaded."""
    from osler.record import terms as stored

    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        found = stored.releases(record.database)
    finally:
        record.database.close()
    for one in found:
        state = (
            "in use"
            if one.in_use
            else "whole"
            if one.done
            else f"stopped after line {one.position:,}"
        )
        click.echo(f"{one.system}  {one.release}  {one.terms:,} terms  {state}")
    if not found:
        click.echo("None: searches use Osler's own tables of common terms.")
