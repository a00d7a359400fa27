"""What roles ask of a sign-in: a second factor, and after how long without use the screen locks."""

from __future__ import annotations

from collections.abc import Iterable

from osler.access.role import STAFF_IDLE_MINUTES
from osler.identity import rights


def mfa_required(roles: Iterable[str]) -> bool:
    """Whether any of these roles needs a second factor; a role that nobody knows does."""
    known = rights.roles()
    return any(known[code].mfa if code in known else True for code in roles)


def idle_minutes(roles: Iterable[str]) -> int:
    """Minutes without use until the screen locks: the shortest of the roles' own."""
    known = rights.roles()
    return min(
        (known[code].idle_minutes for code in roles if code in known), default=STAFF_IDLE_MINUTES
    )
