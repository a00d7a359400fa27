"""The links of the portal pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from osler.identity import proxies
from osler.identity.models import Account
from osler.identity.principals import acting_for

_OWN = (
    ("Who looked", "my-looked"),
    ("Who got data", "my-disclosed"),
    ("My consents", "my-consents"),
    ("My requests", "my-requests"),
)


def links(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, address) for who is signed in: patients, and those who act for them.

    Who looked, who got data and requests are the patient's own: they would tell others of care that is
    hidden from them.
    """
    user = request.user
    if not isinstance(user, Account):
        return []
    found = (
        [(label, reverse(name)) for label, name in _OWN] if _is_themselves(request, user) else []
    )
    if user.kind in (Account.Kind.PATIENT, Account.Kind.PROXY) or proxies.current(user):
        found.append(("Acting for others", reverse("my-proxies")))
    return found


def _is_themselves(request: HttpRequest, user: Account) -> bool:
    return user.kind == Account.Kind.PATIENT and acting_for(request, user) is None
