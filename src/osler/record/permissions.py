"""What a role permits that is about no single resource: to manage roles, to explain access, to export …"""

from __future__ import annotations

from osler.access import Principal
from osler.access.role import PERMISSIONS
from osler.kit.errors import NotAllowed
from osler.record.context import Context


def has(context: Context, principal: Principal, permission: str) -> bool:
    """Whether one of the principal's roles has the permission; the local operator has all."""
    if "local" in principal.roles:
        return True
    facts = context.facts
    return facts is not None and any(permission in role.permissions for role in facts.roles)


def require(context: Context, principal: Principal, permission: str) -> None:
    """Raises NotAllowed, in words, without the permission."""
    if permission not in PERMISSIONS:
        raise ValueError(f"No permission is called {permission!r}")
    if not has(context, principal, permission):
        raise NotAllowed(
            f"Your roles do not let you do this ({PERMISSIONS[permission]}); it takes the permission"
            f" {permission}."
        )
