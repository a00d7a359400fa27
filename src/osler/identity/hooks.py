"""What follows from a change of an account or from a sign-in, whoever causes it."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.http import HttpRequest

from osler.identity import devices, happenings, lockout, sessions
from osler.identity.models import Account
from osler.kit import clock

MULTI = "osler.multi"
"""In a session before its sign-in: a provider elsewhere has asked for a second factor already."""


def connect() -> None:
    """Listen to Django's signals."""
    post_save.connect(account_saved, sender=Account, dispatch_uid="osler.account-saved")
    user_logged_in.connect(signed_in, dispatch_uid="osler.signed-in")


def account_saved(instance: Account, created: bool, **_: Any) -> None:
    """End the sessions of an account whose password, state or roles have changed."""
    changed = [] if created else instance.changed()
    if changed:
        why = f"{changed[0].replace('_', ' ')} changed"
        sessions.end_all(instance, why, keep=instance.keep_session)
    instance.remember()


def signed_in(request: HttpRequest, user: Account, **_: Any) -> None:
    """Write down whose the session is now, how they proved it and from where; tell of it."""
    store = request.session
    row = sessions.row_of(request)
    if row is None:  # Another's session was thrown away a moment ago.
        store.save()
        row = sessions.row_of(request)
    assert row is not None, "the session engine is osler.identity.sessions"
    methods = [_name(record) for record in get_authentication_records(request, user)]
    now = clock.now()
    row.account, row.method = user, "+".join(dict.fromkeys(methods))[:40]
    row.multi = bool(store.pop(MULTI, False)) or any(m in _MULTI for m in methods)
    row.address, row.client = happenings.address_of(request), happenings.client_of(request)
    row.created = row.last_seen = row.authenticated = now
    row.expires, row.locked = now + sessions.LIFETIME, None
    row.device = devices.seen(request, user)
    happenings.happened(request, "login", user, session=row, detail=row.method or None)
    row.save()
    sessions.SessionStore.clear_expired()
    lockout.clear_old()


_MULTI = frozenset({"totp", "passkey", "recovery code"})


def method_of(kind: str) -> str:
    """A kind of factor in a word."""
    return {"webauthn": "passkey", "recovery_codes": "recovery code"}.get(kind, kind)


def _name(record: dict[str, Any]) -> str:
    """How they proved it, in a word."""
    match record:
        case {"method": "mfa", "type": str(kind)}:
            return method_of(kind)
        case {"method": "socialaccount"}:
            return "provider"
        case _:
            return str(record.get("method"))
