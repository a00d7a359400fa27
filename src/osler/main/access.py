"""`osler access`: why somebody can see something, who can see a patient, what roles allow."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from osler.access import LOCAL, words
from osler.kit.errors import NotFound
from osler.main.opening import open_accounts, open_record, settings_with, storage_options
from osler.main.tables import Cell, print_rows

if TYPE_CHECKING:
    from osler.access import Principal, Role
    from osler.identity.models import Account, Token

# Models can be imported once Django is set up, so commands that need accounts import them inside.


@click.group("access")
def command() -> None:
    """Why can X see this? Who can see this patient? Each answer names the rule, and is audited."""


def _reference(text: str) -> tuple[str, str]:
    type, slash, id = text.partition("/")
    if not slash or not type or not id or "/" in id:
        raise click.BadParameter(f"found {text!r}, expected Type/id, as in Observation/123")
    return type, id


@command.command("why")
@click.argument("account")
@click.argument("reference", metavar="TYPE/ID")
@storage_options
def why(account: str, reference: str, database: str | None, data: Path | None) -> None:
    """What an account may do with one resource, and by which rules."""
    type, id = _reference(reference)
    with open_accounts(settings_with(database_url=database, data_dir=data)) as record:
        from osler.identity import people

        found = _principals(people.found(account))
        answers = [record.why(LOCAL, type, id, of=one) for one in found]
    if not answers:
        click.echo(f"{account} has no token that is good, so it can do nothing.")
    for answer in answers:
        click.echo(f"{answer.principal}, {type}/{id}")
        for line in answer.lines:
            click.echo(f"  {line}")
        if answer.glass:
            click.echo("  The glass of this patient is broken for this account at the moment.")


@command.command("who")
@click.argument("patient", metavar="PATIENT/ID")
@storage_options
def who(patient: str, database: str | None, data: Path | None) -> None:
    """What every account may do in a patient's record, and by which rules."""
    type, id = _reference(patient)
    if type != "Patient":
        raise click.BadParameter(f"found {patient!r}, expected Patient/id")
    with open_accounts(settings_with(database_url=database, data_dir=data)) as record:
        found = record.who_can_see(LOCAL, id, _everybody())
    rows: list[list[Cell]] = [
        [
            one.name or one.principal,
            seen.type,
            f"{seen.seen} of {seen.of}",
            ", ".join(seen.interactions),
            "; ".join(seen.rules) + ("; broken glass" if one.glass else ""),
        ]
        for one in found
        for seen in one.types
    ]
    print_rows(("who", "type", "reads", "may", "by the rule"), rows)
    nothing = [one.name or one.principal for one in found if not one.types]
    if nothing:
        click.echo(f"Nothing: {', '.join(nothing)}.")


def _everybody() -> list[Principal]:
    """Every account that may sign in, and for each patient it acts for, as it is then."""
    from osler.identity import proxies
    from osler.identity.models import Account

    found = []
    for account in Account.objects.order_by("username"):
        if account.is_active:
            found += _principals(account)
            found += [proxies.acting(account, one.patient) for one in proxies.current(account)]
    return found


def _principals(account: Account) -> list[Principal]:
    """Who an account is; of a program one for each token, which may open less than another."""
    from osler.identity import principals, tokens

    own = principals.principal(account)
    if account.kind != account.Kind.SERVICE:
        return [own]
    return [
        dataclasses.replace(
            own, scopes=frozenset(token.scopes), session=str(token.pk), name=_named(account, token)
        )
        for token in tokens.listed()
        if token.account_id == account.pk
    ]


def _named(account: Account, token: Token) -> str:
    return f"{account.username} (token {token.pk})"


@command.command("roles")
@click.argument("code", required=False)
@storage_options
def roles(code: str | None, database: str | None, data: Path | None) -> None:
    """Every role in force; with a CODE, what that role allows, in words, and its versions."""
    record = open_record(settings_with(database_url=database, data_dir=data))
    try:
        known = record.roles()
        if code is None:
            rows: list[list[Cell]] = [
                [
                    role.code,
                    role.name,
                    "yes" if role.mfa else "no",
                    str(role.idle_minutes),
                    "yes" if role.break_glass else "no",
                    ", ".join(sorted(role.permissions)) or "-",
                ]
                for role in known.values()
            ]
            head = ("code", "name", "second factor", "idle minutes", "breaks glass", "permissions")
            print_rows(head, rows)
            return
        if code not in known:
            raise NotFound(f"There is no role {code!r}; there are {', '.join(sorted(known))}.")
        _show(known[code])
        for version in record.role_history(LOCAL, code):
            state = "saved" if version.role else "back to the shipped role"
            click.echo(
                f"version {version.version}: {state} by {version.by}, {version.at:%Y-%m-%d %H:%M}"
            )
    finally:
        record.database.close()


def _show(role: Role) -> None:
    click.echo(f"{role.name} ({role.code}): {role.description}")
    for grant in role.grants:
        click.echo(f"  - {words(grant)}")
    for permission in sorted(role.permissions):
        click.echo(f"  - {permission}")
