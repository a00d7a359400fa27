"""Whether a role makes sense: what is unknown or contradictory in it is refused before it applies."""

from __future__ import annotations

from osler.access.role import PERMISSIONS, Role
from osler.kit.errors import Issue


def check(role: Role) -> list[Issue]:
    """What is wrong with a role; nothing where it may be used."""
    return [
        Issue("value", f"There is no permission {one!r}", "permissions")
        for one in sorted(role.permissions - set(PERMISSIONS))
    ]
