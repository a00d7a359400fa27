"""`osler token`: tokens with which programs call the API."""

from __future__ import annotations

import json
from pathlib import Path

import click

from osler.access import LOCAL
from osler.main.opening import open_accounts, settings_with, storage_options
from osler.main.tables import Cell, print_rows


@click.group("token")
def command() -> None:
    """Tokens with which programs call the API, as Authorization: Bearer osler_…"""


@command.command("create")
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, help="Role of a new service. [default: integration]"
)
@click.option(
    "--scope", "scopes", multiple=True, help="What it may do, as system/*.cruds; again for more."
)
@click.option("--days", type=int, default=90, show_default=True, help="How long it is good for.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for a script.")
@storage_options
def create(
    name: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    days: int,
    as_json: bool,
    database: str | None,
    data: Path | None,
) -> None:
    """Make a token for the service NAME and print it, this once."""
    with open_accounts(settings_with(database_url=database, data_dir=data)):
        from osler.identity import tokens  # Models can be imported once Django is set up.

        token, text = tokens.create(LOCAL, name, roles=roles, scopes=scopes, days=days)
        expires = f"{token.expires:%Y-%m-%d}"
    if as_json:
        click.echo(json.dumps({"id": str(token.pk), "token": text, "expires": expires}))
        return
    click.echo(text)
    click.echo(
        f"Shown this once; good until {expires}. `osler token revoke {token.pk}` ends it.", err=True
    )


@command.command("list")
@click.option("--all", "ended", is_flag=True, help="Those too that have ended.")
@storage_options
def listed(ended: bool, database: str | None, data: Path | None) -> None:
    """Whose tokens there are, until when, and when they were last used."""
    with open_accounts(settings_with(database_url=database, data_dir=data)):
        from osler.identity import tokens  # Models can be imported once Django is set up.

        rows: list[list[Cell]] = [
            [
                str(token.pk),
                token.account.username,
                ", ".join(token.account.roles),
                " ".join(token.scopes) or "-",
                f"{token.expires:%Y-%m-%d}",
                "withdrawn" if token.revoked else "ended" if token.ended else "good",
                f"{token.last_used:%Y-%m-%d %H:%M}" if token.last_used else "never",
            ]
            for token in tokens.listed(ended=ended)
        ]
    print_rows(("id", "service", "roles", "scopes", "until", "state", "last used"), rows)


@command.command("revoke")
@click.argument("id")
@storage_options
def revoke(id: str, database: str | None, data: Path | None) -> None:
    """End a token at once."""
    with open_accounts(settings_with(database_url=database, data_dir=data)):
        from osler.identity import tokens  # Models can be imported once Django is set up.

        token = tokens.revoke(LOCAL, id)
    click.echo(f"The token {token.pk} opens nothing any more.")
