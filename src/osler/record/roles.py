"""The practice's roles: the shipped ones, and over them what the practice saved; every version is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from osler.access import Principal, Role, check, shipped
from osler.fhir.r4 import type_class
from osler.kit import clock
from osler.kit.errors import Invalid, Issue, NotAllowed, NotFound, Unprocessable
from osler.record import facts, permissions
from osler.record.context import Context, who
from osler.store import access as stored
from osler.store import audit
from osler.store.rows import Access


@dataclass(frozen=True, slots=True)
class RoleVersion:
    """One saved version of a role; `role` None where that went back to the shipped one (or to none)."""

    version: int
    by: str
    at: datetime
    role: Role | None


def save(context: Context, principal: Principal, role: Role) -> int:
    """Put a role in force from the next request on; the number of its version.

    Raises:
        NotAllowed: without roles.manage; or it would have more than the principal may give, or has.
        Unprocessable: it is of unknown types, elements, permissions …, or nobody could manage roles any more.
    """
    permissions.require(context, principal, "roles.manage")
    if role.code == "local":
        raise Invalid('"local" is the operator at the machine and no role to change.')
    issues = [*check(role, context.registry), *_indispensable(role)]
    if issues:
        raise Unprocessable(issues[0].diagnostics, issues=issues)
    return _put(context, principal, role.code, role)


def _within(
    principal: Principal, own: Role | None, after: Role | None, held: frozenset[str]
) -> None:
    """Refuse what would give somebody more than they may give, or themselves more than they have.

    `own` is the role as it is, `held` what the principal's roles permit beside the record.
    """
    if after is None or "local" in principal.roles:
        return
    before = own or Role(after.code, after.name)
    missing = after.permissions - before.permissions - held
    if missing:
        raise NotAllowed(
            f"You cannot give a role permissions that you lack: {', '.join(sorted(missing))}."
        )
    if after.code in principal.roles and _wider(before, after):
        raise NotAllowed(
            "Nobody widens a role that they have themselves; let the operator at the machine save it,"
            " or an administrator with another role."
        )


def _wider(before: Role, after: Role) -> bool:
    return bool(
        set(after.grants) - set(before.grants)
        or after.permissions - before.permissions
        or set(after.purposes) - set(before.purposes)
        or (after.break_glass and not before.break_glass)
        or (before.mfa and not after.mfa)
        or after.idle_minutes > before.idle_minutes
    )


def _indispensable(role: Role) -> list[Issue]:
    """Hidden elements without which what is left would be no resource of its type."""
    return [
        Issue("value", f"{path} cannot be hidden: a resource must have it", f"grants[{at}].hidden")
        for at, grant in enumerate(role.grants)
        for path in grant.hidden
        if _is_required(path)
    ]


def _is_required(path: str) -> bool:
    type, *names = path.split(".")
    required = False
    for name in names:
        try:
            kind = type_class(type)
        except KeyError:
            return False
        found = kind.__fhir_elements__.get(name.removesuffix("[x]"), ())
        needed = {f.encode_name for f in msgspec.structs.fields(kind) if f.required}
        needed |= kind.__fhir_required__
        required = name in needed or any(one.json in needed for one in found)
        type = found[0].type if found else ""
    return required


def reset(context: Context, principal: Principal, code: str) -> int:
    """Go back to the shipped role of this code, or to none. Raises NotFound if it was never saved."""
    permissions.require(context, principal, "roles.manage")
    return _put(context, principal, code, None)


def _put(context: Context, principal: Principal, code: str, role: Role | None) -> int:
    definition = None if role is None else json.dumps(role.to_json())
    with context.database.connection() as conn, conn.transaction():
        stored.lock_roles(conn)
        before = facts.in_force(stored.saved_roles(conn))
        if role is None and code not in before:
            raise NotFound(f"There is no role {code!r}.")
        then = shipped().get(code) if role is None else role
        _within(principal, before.get(code), then, _permissions(context))
        number = stored.save_role(conn, code, definition, principal.id, clock.now())
        after = facts.in_force(stored.saved_roles(conn))
        _somebody_manages(after)
        words = f"version {number}: {_difference(before.get(code), after.get(code))}"
        audit.write(conn, who(principal), [Access("save-role", query=code, detail=words)])
    return number


def _permissions(context: Context) -> frozenset[str]:
    roles = context.facts.roles if context.facts is not None else ()
    return frozenset[str]().union(*(role.permissions for role in roles))


def _somebody_manages(roles: Mapping[str, Role]) -> None:
    if not any("roles.manage" in role.permissions for role in roles.values()):
        raise Unprocessable(
            "Then no role could change roles any more; keep the permission roles.manage in one of them."
        )


def _difference(before: Role | None, after: Role | None) -> str:
    """What a change does, for the audit: permissions by name, grants by their number."""
    if after is None:
        return "removed"
    old = before or Role(after.code, after.name)
    parts = [
        *(f"+{one}" for one in sorted(after.permissions - old.permissions)),
        *(f"-{one}" for one in sorted(old.permissions - after.permissions)),
    ]
    gained = [grant for grant in after.grants if grant not in old.grants]
    lost = [grant for grant in old.grants if grant not in after.grants]
    parts += [f"{len(gained)} grants new, {len(lost)} gone"] if gained or lost else []
    for name in ("purposes", "mfa", "idle_minutes", "break_glass"):
        if getattr(old, name) != getattr(after, name):
            parts.append(f"{name} {getattr(old, name)} to {getattr(after, name)}")
    return ", ".join(parts) or "no difference in what it allows"


def history(context: Context, code: str) -> list[RoleVersion]:
    """Every saved version of a role, newest first."""
    with context.database.connection() as conn:
        found = stored.role_history(conn, code)
    return [
        RoleVersion(
            one.version,
            one.by,
            one.at,
            Role.from_json(json.loads(one.definition)) if one.definition else None,
        )
        for one in found
    ]


def is_shipped(code: str) -> bool:
    """Whether Osler comes with a role of this code."""
    return code in shipped()
