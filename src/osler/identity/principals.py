"""From an account, a session or a token to the principal that the record asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osler.access import Origin, Principal
from osler.identity.models import Account
from osler.kit.errors import NotAuthenticated, NotFound


def principal(
    account: Account, *, session: str | None = None, origin: Origin | None = None
) -> Principal:
    """The principal that an account is."""
    return Principal(
        id=str(account.pk),
        name=account.name,
        roles=frozenset(account.roles),
        person=account.person or None,
        patient=account.patient or None,
        own_patient=account.own_patient or None,
        session=session,
        origin=origin or Origin(),
    )


def of_account(name: str) -> Principal:
    """The principal of the account with this login name or id. Raises NotFound."""
    found = Account.objects.filter(username=name.strip().lower()).first()
    if found is None:
        raise NotFound(f"There is no account {name!r}; `osler account list` has them all.")
    return principal(found)


def of_request(environ: Mapping[str, Any]) -> Principal:  # noqa: ARG001
    """Who makes this request: the bearer of a token, or the owner of a session.

    Raises:
        NotAuthenticated: neither, or one that has ended.
    """
    raise NotAuthenticated("Sign in, or send the header Authorization: Bearer and a token.")
