"""What only the top may connect: accounts' events go to the audit, pages get the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from osler.access import Principal
from osler.access.role import Role
from osler.identity import events, installing, principals, rights
from osler.kit.errors import NotAllowed
from osler.record import Access, Record
from osler.ui import door


def wire(record: Record) -> None:
    """Connect the parts of this process."""
    door.use(record)
    principals.use(record.database)
    rights.use(_without_factors(record) if installing.is_demo() else record.roles)
    events.subscribe(_note)


def watcher(environ: Mapping[str, Any]) -> Principal:
    """Who of the staff listens for changes; unlike a request, it does not keep the session open.

    Raises:
        NotAuthenticated: the session has ended or is locked. NotAllowed: nobody of the staff.
    """
    from django.db import connection

    from osler.identity import sessions
    from osler.identity.models import Account

    try:
        row = sessions.of_environ(environ)
        account = row.account
        assert account is not None, "an open session is somebody's"
        if account.kind != Account.Kind.STAFF:
            raise NotAllowed("Live updates are for who works here.")
        return principals.principal(account, session=str(row.pk))
    finally:
        connection.close()  # Back to the pool: no signal of Django's ends this request.


def _without_factors(record: Record) -> Callable[[], Mapping[str, Role]]:
    """The demo asks for passwords alone: it is for looking round, on one's own machine."""
    return lambda: {code: replace(role, mfa=False) for code, role in record.roles().items()}


def _note(event: events.Event) -> None:
    """One event of an account as a row of the audit."""
    subject = f"account {event.subject}" if event.subject else None
    access = Access(
        event.action,
        patients=(event.patient,) if event.patient else (),
        outcome=event.outcome,
        detail="; ".join(part for part in (event.detail, subject) if part) or None,
    )
    door.record().note(event.principal, access)
