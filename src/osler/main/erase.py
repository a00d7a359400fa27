"""`osler erase`: what Article 17 GDPR asks, and the legal holds that forbid it."""

from __future__ import annotations

from pathlib import Path

import click

from osler.access import LOCAL
from osler.kit.errors import Invalid
from osler.main.opening import open_record, settings_with, storage_options

_REASON = click.option("--reason", required=True, help="Why, and who decided it; kept for ever.")


@click.group("erase")
def command() -> None:
    """Erase content for good; the proof that something was there stays in the ledger."""


@command.command("resource")
@storage_options
@click.argument("reference")
@_REASON
@click.option("--yes", is_flag=True, help="Do not ask again.")
def resource(
    database: str | None, data: Path | None, reference: str, reason: str, yes: bool
) -> None:
    """Erase one resource with all its versions, such as Observation/123."""
    type, _, id = reference.partition("/")
    if not id:
        raise Invalid(f"{reference!r} is not of the form Observation/123.")
    _confirm(f"{reference} and its whole history", yes)
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        done = record.erase(LOCAL, type, id, reason)
    finally:
        record.database.close()
    click.echo(f"Erased: {done.versions:,} versions of {reference}.")
    for kind, other in done.referrers:
        click.echo(f"Still refers to it: {kind}/{other}")


@command.command("patient")
@storage_options
@click.argument("patient")
@_REASON
@click.option("--yes", is_flag=True, help="Do not ask again.")
def patient(database: str | None, data: Path | None, patient: str, reason: str, yes: bool) -> None:
    """Erase a patient (by logical id) with everything about them, and the keys of their documents."""
    id = patient.removeprefix("Patient/")
    _confirm(f"everything about Patient/{id}", yes)
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        done = record.erase_patient(LOCAL, id, reason)
    finally:
        record.database.close()
    click.echo(
        f"Erased: {done.versions:,} versions of {done.resources:,} resources;"
        f" {done.keys:,} keys of documents destroyed."
    )


def _confirm(what: str, yes: bool) -> None:
    if not yes:
        click.confirm(f"This removes {what} for good. Go on?", abort=True)


@command.command("hold")
@storage_options
@click.argument("patient")
@_REASON
def hold(database: str | None, data: Path | None, patient: str, reason: str) -> None:
    """Put a patient's record under a legal hold: nothing of it can be erased."""
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        record.hold(LOCAL, patient.removeprefix("Patient/"), reason)
    finally:
        record.database.close()
    click.echo("Held.")


@command.command("release")
@storage_options
@click.argument("patient")
@_REASON
def release(database: str | None, data: Path | None, patient: str, reason: str) -> None:
    """End a legal hold."""
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        record.release(LOCAL, patient.removeprefix("Patient/"), reason)
    finally:
        record.database.close()
    click.echo("Released.")


@command.command("holds")
@storage_options
def holds(database: str | None, data: Path | None) -> None:
    """List the legal holds."""
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        found = record.holds(LOCAL)
    finally:
        record.database.close()
    for one in found:
        click.echo(f"Patient/{one.patient}  since {one.at:%Y-%m-%d}  {one.reason}")
    if not found:
        click.echo("None.")
