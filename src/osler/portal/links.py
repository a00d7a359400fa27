"""The links of the portal pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from osler.identity import proxies
from osler.identity.models import Account

_LINKS = (
    ("Who looked", "my-looked"),
    ("Who got data", "my-disclosed"),
    ("My requests", "my-requests"),
    ("Acting for others", "my-proxies"),
)


def links(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, address) for who is signed in: patients and who acts for them."""
    user = request.user
    if not isinstance(user, Account):
        return []
    if user.kind not in ("patient", "proxy") and not proxies.current(user):
        return []
    return [(label, reverse(name)) for label, name in _LINKS]
