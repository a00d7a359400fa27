"""`osler setup`: the practice and its administrator, once, in an empty installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from osler.access import LOCAL
from osler.kit.errors import Invalid
from osler.main.opening import open_accounts, settings_with, storage_options

_PASSWORD = "OSLER_SETUP_PASSWORD"  # noqa: S105 - the name of a variable


@click.command("setup")
@storage_options
@click.option("--practice", help="Name of the practice.")
@click.option("--phone", default="", help="Its telephone number.")
@click.option("--name", help="Full name of the administrator.")
@click.option("--username", help="Name to sign in with.")
@click.option("--email", default="", help="Address for notices and for a forgotten password.")
@click.option("--clinician", help="Role of clinical work beside it, such as physician.")
@click.option(
    "--password-stdin", is_flag=True, help=f"Read the password from the input, not {_PASSWORD}."
)
def command(
    database: str | None,
    data: Path | None,
    practice: str | None,
    phone: str,
    name: str | None,
    username: str | None,
    email: str,
    clinician: str | None,
    password_stdin: bool,
) -> None:
    """Make the practice and its administrator; asks for what is not given.

    The password is asked for, or read from OSLER_SETUP_PASSWORD or the input; it is never an option, for
    others on this machine can read command lines.
    """
    with open_accounts(settings_with(database_url=database, data_dir=data)) as record:
        from osler.clinic.practice import NewPractice
        from osler.identity import installing
        from osler.staff.founding import set_up

        if not installing.needed():
            raise Invalid("There are accounts already; `osler account invite` adds others.")
        new = NewPractice(name=practice or click.prompt("Name of the practice"), phone=phone)
        administrator = installing.Administrator(
            name=name or click.prompt("Your full name"),
            username=username or click.prompt("User name to sign in with"),
            password=_password(password_stdin),
            email=email,
            clinician=clinician,
        )
        account = set_up(record, LOCAL, new, administrator)
        click.echo(
            f"{new.name} is set up. {account.name} signs in as {account.username}"
            f" ({', '.join(account.roles)}); the first sign-in asks for a second factor."
        )


def _password(from_input: bool) -> str:
    if from_input:
        line = sys.stdin.readline()
        return line.rstrip("\r\n")
    given = os.environ.get(_PASSWORD)
    if given:
        return given
    if not sys.stdin.isatty():
        raise Invalid(f"There is no terminal to ask on: set {_PASSWORD}, or use --password-stdin.")
    text: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return text
