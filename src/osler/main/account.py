"""`osler account`: who may sign in, and what an operator may do to them."""

from __future__ import annotations

from pathlib import Path

import click

from osler.access import LOCAL
from osler.kit.errors import Invalid
from osler.kit.settings import Settings
from osler.main.opening import open_accounts, settings_with, storage_options
from osler.main.tables import Cell, print_rows

# Models can be imported once Django is set up, so every command imports what it needs inside.


@click.group("account")
def command() -> None:
    """Accounts: list, invite, disable, roles. What is done here is audited as done by the operator."""


def _settings(database: str | None, data: Path | None) -> Settings:
    return settings_with(database_url=database, data_dir=data)


@command.command("list")
@click.option("--all", "closed", is_flag=True, help="Those too that are disabled.")
@storage_options
def listed(closed: bool, database: str | None, data: Path | None) -> None:
    """Everybody who may sign in, and every program."""
    with open_accounts(_settings(database, data)):
        from osler.identity.models import Account

        rows: list[list[Cell]] = [
            [
                account.username,
                account.name,
                account.kind,
                ", ".join(account.roles) or "-",
                account.person or "-",
                "good" if account.is_active else "disabled",
                f"{account.last_login:%Y-%m-%d}" if account.last_login else "never",
            ]
            for account in Account.objects.order_by("username")
            if closed or account.is_active
        ]
    print_rows(("user name", "name", "kind", "roles", "person", "state", "signed in"), rows)


@command.command("show")
@click.argument("name")
@storage_options
def show(name: str, database: str | None, data: Path | None) -> None:
    """One account: its roles, factors, sessions and whom it acts for."""
    with open_accounts(_settings(database, data)):
        from osler.identity import mfa, people, proxies, sessions

        account = people.found(name)
        facts = {
            "id": str(account.pk),
            "user name": account.username,
            "name": account.name,
            "e-mail": account.email or "-",
            "kind": account.kind,
            "roles": ", ".join(account.roles) or "-",
            "person": account.person or "-",
            "own chart": account.own_patient or "-",
            "state": "good" if account.is_active else f"disabled {account.disabled:%Y-%m-%d}",
            "second factors": ", ".join(sorted(mfa.factors(account))) or "none",
            "open sessions": str(len(sessions.open_sessions(account))),
            "acts for": ", ".join(f"Patient/{g.patient}" for g in proxies.current(account)) or "-",
        }
    for label, value in facts.items():
        click.echo(f"{label:<16}{value}")


@command.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", "roles", multiple=True, required=True, help="Role; again for more.")
@click.option("--person", default="", help="Who they are in the record, as Practitioner/1.")
@storage_options
def invite(
    email: str,
    name: str,
    roles: tuple[str, ...],
    person: str,
    database: str | None,
    data: Path | None,
) -> None:
    """Invite somebody by e-mail; the link is printed too.

    It begins with OSLER_BASE_URL, or with the host and port of the settings.
    """
    settings = _settings(database, data)
    with open_accounts(settings) as record:
        from osler.clinic.practice import practice_name
        from osler.identity import invitations, mail
        from osler.rest.server import base_url

        if person:
            type, _, id = person.partition("/")
            record.read(LOCAL, type, id)  # NotFound says so.
        root = base_url(settings).removesuffix("/fhir")
        invitation, address = invitations.invite(
            LOCAL,
            email,
            name,
            roles,
            lambda secret: f"{root}/account/invitation/{secret}",
            person=person,
            practice=practice_name(record, LOCAL),
        )
        until = f"{invitation.expires:%Y-%m-%d %H:%M} UTC"
        outbox = mail.is_outbox()
    click.echo(address)
    sent = (
        f"No mail server is set: give {email} this link yourself" if outbox else f"Sent to {email}"
    )
    click.echo(f"{sent}; it works once, until {until}.", err=True)


@command.command("disable")
@click.argument("name")
@click.option("--why", default="", help="For the audit.")
@storage_options
def disable(name: str, why: str, database: str | None, data: Path | None) -> None:
    """Close an account: its sessions end, its name stays taken."""
    with open_accounts(_settings(database, data)):
        from osler.identity import people

        people.disable(LOCAL, people.found(name), why)
    click.echo(f"{name} is disabled.")


@command.command("enable")
@click.argument("name")
@storage_options
def enable(name: str, database: str | None, data: Path | None) -> None:
    """Open a disabled account again."""
    with open_accounts(_settings(database, data)):
        from osler.identity import people

        people.enable(LOCAL, people.found(name))
    click.echo(f"{name} may sign in again.")


@command.command("reset-mfa")
@click.argument("name")
@storage_options
def reset_mfa(name: str, database: str | None, data: Path | None) -> None:
    """Remove lost second factors: the next sign-in asks for new ones. Be sure who asks you."""
    with open_accounts(_settings(database, data)):
        from osler.identity import people

        people.reset_mfa(LOCAL, people.found(name))
    click.echo(f"{name} has no second factor; the next sign-in asks for one.")


@command.command("roles")
@click.argument("name")
@click.argument("roles", nargs=-1, metavar="ROLE...")
@click.option("--none", "nothing", is_flag=True, help="Take every role away.")
@storage_options
def set_roles(
    name: str, roles: tuple[str, ...], nothing: bool, database: str | None, data: Path | None
) -> None:
    """Give an account these roles and no others; without ROLE, print those it has."""
    if roles and nothing:
        raise Invalid("Name roles, or --none, not both.")
    with open_accounts(_settings(database, data)):
        from osler.identity import people

        account = people.found(name)
        if roles or nothing:
            people.set_roles(LOCAL, account, roles)
            account.refresh_from_db()
        had = account.roles
    click.echo(", ".join(had) or "no role")


@command.command("link")
@click.argument("name")
@click.argument("person", metavar="PRACTITIONER")
@click.option(
    "--own-chart", default="", help="Patient/id of a member of staff who is a patient too."
)
@storage_options
def link(name: str, person: str, own_chart: str, database: str | None, data: Path | None) -> None:
    """Say who an account is in the record, as Practitioner/1."""
    with open_accounts(_settings(database, data)) as record:
        from osler.identity import people

        for reference in filter(None, (people.checked_person(person), own_chart)):
            type, _, id = reference.partition("/")
            record.read(LOCAL, type, id)
        people.link(LOCAL, people.found(name), person, own_chart)
    click.echo(f"{name} is {person}.")
