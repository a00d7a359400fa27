"""What only the top may connect: accounts' events go to the audit, pages get the record."""

from __future__ import annotations

from osler.identity import events, principals
from osler.record import Access, Record
from osler.ui import door


def wire(record: Record) -> None:
    """Connect the parts of this process."""
    door.use(record)
    principals.use(record.database)
    events.subscribe(_note)


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
