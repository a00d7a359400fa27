"""The people of the practice as principals, for questions about who can see what."""

from __future__ import annotations

from osler.access import Principal
from osler.identity.models import Account
from osler.identity.principals import principal

_MOST = 500


def holders(code: str) -> list[Principal]:
    """Who has a role now."""
    return [one for one in everybody() if code in one.roles]


def everybody() -> list[Principal]:
    """Everybody who can sign in, by name."""
    accounts = Account.objects.filter(is_active=True).order_by("name")[:_MOST]
    return [principal(account) for account in accounts]
