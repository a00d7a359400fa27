"""Second factors of an account: which it has, and their removal when they are lost."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from osler.access import Principal
from osler.identity import events, sessions
from osler.identity.models import Account

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Kinds that are factors of their own; recovery codes only stand in for one."""


def factors(account: Account) -> frozenset[str]:
    """The kinds of second factors that an account has: totp, webauthn."""
    rows = Authenticator.objects.filter(user_id=account.pk, type__in=FACTORS)
    return frozenset(rows.values_list("type", flat=True))


def enrolled(account: Account) -> bool:
    """Whether it has a second factor."""
    return bool(factors(account))


def reset(account: Account, by: Principal) -> int:
    """Remove every second factor of somebody who has lost theirs, and end their sessions.

    The next sign-in by password asks for a new factor. Whoever calls this has checked that `by` may,
    and that the person is who they say. Answers how many were removed.
    """
    with transaction.atomic():
        removed: int
        removed, _ = Authenticator.objects.filter(user_id=account.pk).delete()
        sessions.end_all(account, "second factors reset")
        events.tell(
            events.Event("mfa-reset", by, detail=f"{removed} removed", subject=str(account.pk))
        )
    return removed
