"""What accounts may do beside the record, by the permissions of their roles; and who may give which role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from osler.access import Principal
from osler.access.role import PERMISSIONS, Role, shipped
from osler.kit.errors import Invalid, NotAllowed

RoleSource = Callable[[], Mapping[str, Role]]
_source: list[RoleSource] = [shipped]
_NOT_FOR_STAFF = frozenset({"patient", "proxy", "integration"})
LOCAL_ROLE = "local"
"""The operator at the machine; no account has it."""


def use(source: RoleSource) -> None:
    """Ask `source` for the roles in force: the practice's own, which only the record knows."""
    _source[:] = [source]


def roles() -> Mapping[str, Role]:
    """The roles in force, by code."""
    return _source[0]()


def permissions(codes: Iterable[str]) -> frozenset[str]:
    """What holders of these roles may do beside the record."""
    held = set(codes)
    if LOCAL_ROLE in held:
        return frozenset(PERMISSIONS)
    known = roles()
    return frozenset().union(*(known[code].permissions for code in held if code in known))


def has(principal: Principal, permission: str) -> bool:
    """Whether one of the principal's roles carries the permission."""
    return permission in permissions(principal.roles)


def require(principal: Principal, permission: str) -> None:
    """Raise NotAllowed where no role of the principal carries the permission."""
    if not has(principal, permission):
        words = PERMISSIONS[permission]
        raise NotAllowed(f"None of your roles has the permission {permission} ({words}).")


def staff_roles() -> tuple[Role, ...]:
    """The roles that staff may have, by name."""
    found = (role for role in roles().values() if role.code not in _NOT_FOR_STAFF)
    return tuple(sorted(found, key=lambda role: role.name))


def check_grant(actor: Principal, codes: Iterable[str], *, kind: str = "staff") -> frozenset[str]:
    """The roles, if `actor` may give them to an account of this kind.

    Raises:
        Invalid: no such role, or none for such accounts. NotAllowed: more than the actor has.
    """
    wanted = frozenset(codes)
    known = roles()
    unknown = sorted(wanted - known.keys())
    if unknown:
        raise Invalid(f"No such role: {', '.join(unknown)}. There are: {', '.join(sorted(known))}.")
    fits = {"patient": {"patient"}, "proxy": {"proxy"}}.get(kind)
    misplaced = wanted - fits if fits is not None else wanted & {"patient", "proxy"}
    if kind == "staff":
        misplaced = wanted & _NOT_FOR_STAFF
    if misplaced:
        raise Invalid(f"An account of kind {kind} cannot be {', '.join(sorted(misplaced))}.")
    missing = permissions(wanted) - permissions(actor.roles)
    if missing:
        raise NotAllowed(
            "You cannot give a role that may do more than you: you lack"
            f" {', '.join(sorted(missing))}."
        )
    return wanted
