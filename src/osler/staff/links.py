"""The links of the staff pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from osler.identity import rights

_LINKS = (
    ("People", "people", "accounts.manage"),
    ("Patients’ access", "people-patients", "enrolment.issue"),
    ("Tokens", "tokens", "tokens.manage"),
    ("Privacy desk", "privacy", "privacy.manage"),
    ("Audit", "audit", "audit.read"),
    ("Roles", "roles", "roles.manage"),
    ("Who can see", "who", "access.explain"),
)


def links(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, address) for who is signed in, by the permissions of their roles."""
    if getattr(request.user, "kind", "") != "staff":
        return []
    held = rights.permissions(getattr(request.user, "roles", []))
    return [(label, reverse(name)) for label, name, needed in _LINKS if needed in held]
