"""Accounts with sessions, made without the pages of the sign-in. Import once Django is set up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from osler.access import LOCAL
from osler.kit import clock

if TYPE_CHECKING:
    from osler.identity.models import Account, Session


def account(role: str, name: str = "", **more: Any) -> Account:
    """An account of a role."""
    from osler.identity.models import Account

    kind = role if role in {"patient", "proxy"} else "staff"
    about: dict[str, Any] = {"kind": kind, "roles": [role], "email": f"{name or role}@example.org"}
    return Account.objects.create_user(
        name or role, None, name=(name or role).title(), created=clock.now(), **(about | more)
    )


def session(role: str, *, locked: bool = False, ended: bool = False) -> str:
    """The cookie of a new account of this role."""
    return enter(account(role, f"{role}-{clock.now():%f}"), locked=locked, ended=ended)[0]


def enter(of: Account, *, locked: bool = False, ended: bool = False) -> tuple[str, Session]:
    """A session as after a sign-in with two factors a moment ago: its cookie, and its row."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from osler.identity.sessions import LIFETIME, SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(of.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = of.get_session_auth_hash()
    store.save()
    row, now = store.row, clock.now()
    assert row is not None and store.session_key is not None
    row.account, row.method, row.multi = of, "password+totp", True
    row.last_seen = row.authenticated = now
    row.expires = now + LIFETIME
    row.locked = now if locked else None
    row.ended = now if ended else None
    row.save()
    return store.session_key, row


def cookie(key: str) -> str:
    """The header of a session's cookie."""
    from django.conf import settings

    return f"{settings.SESSION_COOKIE_NAME}={key}"


def expired_token() -> str:
    """A token that was good until yesterday."""
    from osler.identity import tokens
    from osler.identity.models import Token

    made, text = tokens.create(LOCAL, "old-feed", scopes=["system/*.cruds"])
    Token.objects.filter(pk=made.pk).update(expires=clock.now() - timedelta(days=1))
    return text


def close() -> None:
    """Give Django's connections back."""
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
