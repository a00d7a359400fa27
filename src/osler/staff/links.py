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
    found = [(label, reverse(name)) for label, name, needed in _LINKS if needed in held]
    roles = rights.roles()
    if any(roles[code].break_glass for code in getattr(request.user, "roles", []) if code in roles):
        found.append(("Break the glass", reverse("glass")))
    return found
