"""What happens at the sign-in, as events: who, from where, with what outcome, never a password or an unknown name."""

from __future__ import annotations

from django.http import HttpRequest

from osler.access import Origin, Principal
from osler.identity import events
from osler.identity.models import Account, Session
from osler.identity.principals import principal
from osler.identity.sealing import keyed_hash

_CLIENT = 200
NOBODY = "anonymous"
"""The id of whoever has not said who they are, or not truly."""


def address_of(request: HttpRequest) -> str:
    """The network address that the request came from."""
    return str(request.META.get("REMOTE_ADDR") or "")


def client_of(request: HttpRequest) -> str:
    """The browser, as it names itself."""
    return str(request.META.get("HTTP_USER_AGENT") or "").replace("\0", "")[:_CLIENT]


def origin_of(request: HttpRequest | None) -> Origin:
    """Where a request came from."""
    if request is None:
        return Origin()
    return Origin(address=address_of(request), client=client_of(request))


def happened(
    request: HttpRequest | None,
    action: str,
    account: Account,
    *,
    session: Session | None = None,
    outcome: str = "success",
    detail: str | None = None,
) -> None:
    """Tell that an account did something about itself."""
    number = str(session.pk) if session is not None else None
    who = principal(account, session=number, origin=origin_of(request))
    events.tell(events.Event(action, who, outcome, detail, subject=str(account.pk)))


def failed(request: HttpRequest, action: str, account: Account | None, name: str, why: str) -> None:
    """Tell that somebody tried in vain; a name that no account has is told as a hash only."""
    who = Principal(id=NOBODY, name="Not signed in", origin=origin_of(request))
    if account is not None:
        events.tell(events.Event(action, who, "failure", why, subject=str(account.pk)))
        return
    tried = keyed_hash(name.strip().lower(), "names")[:16]
    events.tell(events.Event(action, who, "failure", f"{why}; unknown name {tried}"))
