"""The lock over a session that nobody has used for a while: its work is kept, its owner must come back."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest

from osler.identity import sessions
from osler.identity.happenings import happened
from osler.identity.models import Account, Session
from osler.identity.requirements import idle_minutes
from osler.kit import clock

_TOUCH = timedelta(seconds=10)
"""Uses closer together than this are one: not every request costs a write."""


def remaining(row: Session, account: Account) -> int:
    """Seconds until it locks; 0 where it is time."""
    idle = timedelta(minutes=idle_minutes(account.roles))
    left = row.last_seen + idle - clock.now()
    return max(0, int(left.total_seconds()))


def lock_if_idle(row: Session, account: Account, request: HttpRequest | None = None) -> bool:
    """Whether the session is locked; locks it where it has not been used for too long."""
    if row.locked is not None:
        return True
    if remaining(row, account) > 0:
        return False
    lock(row, account, request, why="idle")
    return True


def lock(
    row: Session, account: Account, request: HttpRequest | None = None, why: str = "by hand"
) -> None:
    """Lock it now."""
    row.locked = clock.now()
    if Session.objects.filter(pk=row.pk, locked=None).update(locked=row.locked):
        happened(request, "lock", account, session=row, detail=why)


def unlock(row: Session, account: Account, request: HttpRequest, method: str) -> None:
    """Open it again: who they are has just been proved."""
    happened(request, "unlock", account, session=row, detail=method)
    row.locked, row.last_seen, row.authenticated = None, clock.now(), clock.now()
    row.save(update_fields=["locked", "last_seen", "authenticated"])


def touch(row: Session) -> None:
    """It was used just now; a locked one stays as it is."""
    now = clock.now()
    if now - row.last_seen >= _TOUCH and row.locked is None:
        row.last_seen = now
        Session.objects.filter(pk=row.pk, locked=None).update(last_seen=now)


def locked(request: HttpRequest) -> bool:
    """Whether the session of this request is locked."""
    row = sessions.row_of(request)
    return row is not None and row.locked is not None
