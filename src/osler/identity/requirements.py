"""What roles ask of a sign-in: a second factor, and after how long without use the screen locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from osler.access.role import STAFF_IDLE_MINUTES, Role, shipped

Lookup = Callable[[], Mapping[str, Role]]
_lookup: list[Lookup] = [shipped]


def use(lookup: Lookup) -> None:
    """Ask `lookup` for the roles of the practice from now on, instead of those shipped."""
    _lookup[:] = [lookup]


def mfa_required(roles: Iterable[str]) -> bool:
    """Whether any of these roles needs a second factor; a role that nobody knows does."""
    known = _lookup[0]()
    return any(known[code].mfa if code in known else True for code in roles)


def idle_minutes(roles: Iterable[str]) -> int:
    """Minutes without use until the screen locks: the shortest of the roles' own."""
    known = _lookup[0]()
    return min(
        (known[code].idle_minutes for code in roles if code in known), default=STAFF_IDLE_MINUTES
    )
