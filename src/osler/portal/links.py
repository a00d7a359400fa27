"""The links of the portal pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

_LINKS = (
    ("Who looked", "my-looked"),
    ("Who got data", "my-disclosed"),
    ("My requests", "my-requests"),
)


def links(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, address) for who is signed in: patients and who acts for them."""
    if getattr(request.user, "kind", "") not in ("patient", "proxy"):
        return []
    return [(label, reverse(name)) for label, name in _LINKS]
