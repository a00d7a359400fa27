"""The links of the staff pages, for whoever may follow them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from osler.access import Role
from osler.access.groups import expand
from osler.identity import rights
from osler.kit.words import N_
from osler.ui.navigation import Item


@dataclass(frozen=True, slots=True)
class Link:
    """A page by its address’s name; `permission` where not all staff may open it, `words` what it is for."""

    label: str
    name: str
    icon: str
    permission: str = ""
    words: str = ""
    keys: str = ""
    covers: tuple[str, ...] = ()


_COUNTED = frozenset({"results-inbox"})
"""Links behind which something may wait; today/counts/ has the numbers."""
RAIL = (
    Link(N_("Today"), "today", "layout-dashboard", keys="g t"),
    Link(N_("Patients"), "patients", "users-round", keys="g p"),
    Link(N_("Results"), "results-inbox", "flask-conical", keys="g r"),
    Link(
        N_("Admin"),
        "admin",
        "settings",
        keys="g a",
        covers=("/staff/", "/explore/", "/notes/texts/"),
    ),
)
ADMIN = (
    Link(N_("People"), "people", "id-card", "accounts.manage"),
    Link(N_("Patients’ access"), "people-patients", "key-round", "enrolment.issue"),
    Link(N_("Tokens"), "tokens", "plug", "tokens.manage"),
    Link(N_("Privacy desk"), "privacy", "shield-check", "privacy.manage"),
    Link(N_("Audit"), "audit", "scroll-text", "audit.read"),
    Link(N_("Roles"), "roles", "user-cog", "roles.manage"),
    Link(N_("Who can see"), "who", "eye", "access.explain"),
)
"""What the admin page leads to beside its own; the menu has them too, so that each is one click away."""
_ADMINISTERS = frozenset({"practice.manage", "system.manage", *(link.permission for link in ADMIN)})
"""With one of these the admin page has something to show."""


def links(request: HttpRequest) -> list[Item]:
    """The rail and the menu for who is signed in, by the permissions of their roles."""
    if getattr(request.user, "kind", "") != "staff":
        return []
    held = rights.permissions(getattr(request.user, "roles", []))
    shown = {
        "admin": bool(held & _ADMINISTERS),
        "results-inbox": _reads(request, "DiagnosticReport"),
    }
    rail = [link for link in RAIL if shown.get(link.name, True)]
    found = [_item(link, "rail") for link in rail]
    found += [_item(link, "menu") for link in ADMIN if link.permission in held]
    if may_break_glass(request):
        found.append(_item(Link(N_("Break the glass"), "glass", "siren"), "menu"))
    found.append(_item(Link(N_("Drafts"), "drafts", "square-pen"), "menu"))
    found.append(_item(Link(N_("Preferences"), "preferences", "sliders-horizontal"), "menu"))
    return [item for item in found if item is not None]


def may_break_glass(request: HttpRequest) -> bool:
    """Whether one of the reader’s roles may open a closed chart in an emergency."""
    return any(role.break_glass for role in _roles(request))


def _reads(request: HttpRequest, type: str) -> bool:
    """Whether one of the reader’s roles has anything of a type."""
    return any(type in expand(grant.types) for role in _roles(request) for grant in role.grants)


def _roles(request: HttpRequest) -> list[Role]:
    known = rights.roles()
    return [known[code] for code in getattr(request.user, "roles", []) if code in known]


def _item(link: Link, place: str) -> Item | None:
    try:
        return Item(
            gettext(link.label),
            reverse(link.name),
            link.icon,
            place,
            link.name,
            keys=link.keys,
            counted=link.name in _COUNTED,
            covers=link.covers,
        )
    except NoReverseMatch:
        return None
