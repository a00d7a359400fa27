"""Roles as data: what a role may do with which resources, and what else it may do in the practice."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from osler.kit.errors import Invalid
from osler.kit.words import N_

READING = frozenset({"read", "vread", "search", "history"})
WRITING = frozenset({"create", "update", "patch", "delete"})
INTERACTIONS = READING | WRITING
STAFF_IDLE_MINUTES = 15

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "accounts.manage": N_("Invite people, change, lock and close their accounts"),
        "roles.manage": N_("Change roles, and say who has which"),
        "access.explain": N_("Ask why someone can see something, and who can see a patient"),
        "audit.read": N_("Read who did what in the record"),
        "privacy.manage": N_("Work on privacy requests, reviews of broken glass, and breach cases"),
        "exports": N_("Export data of many patients at once"),
        "system.manage": N_("Change settings of the system, keys, backups and updates"),
        "practice.manage": N_("Change the practice's own data: locations, hours, services, forms"),
        "patients.merge": N_("Make two records of one person one, and undo that"),
        "enrolment.issue": N_("Give a patient the one-time code for an account of their own"),
        "ledger.verify": N_("Verify that the record has not been tampered with"),
        "tokens.manage": N_("Make and withdraw the tokens of programs"),
    }
)
"""What is no access to a resource, by code, in words."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Some interactions with the resources of some types.

    `types` are resource types and groups of them ("@clinical"); with a minus before it, one left out.
    `patients` says whose: "" anybody's, "@organization", "@care-team", "@location", "@own" (see
    `access.reach`), or a search of Patients. `where` is a search that the resources themselves must match.
    In both, `{me}` (a Practitioner), `{related}` (a RelatedPerson), `{patient}`, `{organizations}` and
    `{locations}` stand for ids of the caller.
    `hidden` and `readonly` are elements, as "Appointment.reasonCode". `purposes` (empty: every one of the
    role) are what for. `labels` are the sensitive categories it opens (see `access.labels`). `needs` is
    what the caller must have beside the role: "proxy" an authority to act for the patient that has not
    ended, "proxy:clinical" one for this category, "scopes" a token that names the types.
    """

    types: tuple[str, ...]
    where: str = ""
    patients: str = ""
    interactions: frozenset[str] = READING
    hidden: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    needs: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any], place: str = "grant") -> Grant:
        """A grant from its JSON. Raises `Invalid`."""
        return cls(**_read(data, _GRANT, place))

    def to_json(self) -> dict[str, Any]:
        """Its JSON, without what is as by default."""
        return _write(self)


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its grants, other permissions (`PERMISSIONS`), and how its holders sign in and work.

    `purposes` are the purposes of use that its holders may name; the first is meant where none is named.
    """

    code: str
    name: str
    description: str = ""
    grants: tuple[Grant, ...] = ()
    permissions: frozenset[str] = frozenset()
    purposes: tuple[str, ...] = ("TREAT",)
    mfa: bool = True
    idle_minutes: int = STAFF_IDLE_MINUTES
    break_glass: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Role:
        """A role from its JSON. Raises `Invalid`; `access.check` says whether it makes sense."""
        if not isinstance(data, Mapping):
            raise Invalid("A role is a JSON object", expression="role")
        grants = data.get("grants", [])
        if not isinstance(grants, list | tuple):
            raise Invalid("role.grants: expected a list", expression="role.grants")
        made = tuple(Grant.from_json(one, f"grants[{at}]") for at, one in enumerate(grants))
        rest = {name: value for name, value in data.items() if name != "grants"}
        return cls(grants=made, **_read(rest, _ROLE, "role"))

    def to_json(self) -> dict[str, Any]:
        """Its JSON, without what is as by default."""
        made = _write(self)
        if self.grants:
            made["grants"] = [grant.to_json() for grant in self.grants]
        return made


_GRANT = {
    "types": tuple, "where": str, "patients": str, "interactions": frozenset, "hidden": tuple,
    "readonly": tuple, "purposes": tuple, "labels": frozenset, "needs": str,
}  # fmt: skip
_ROLE = {
    "code": str, "name": str, "description": str, "permissions": frozenset, "purposes": tuple,
    "mfa": bool, "idle_minutes": int, "break_glass": bool,
}  # fmt: skip
_NEEDED = {"grant": ("types",), "role": ("code", "name")}


def _read(data: Mapping[str, Any], kinds: Mapping[str, type], place: str) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise Invalid(f"{place}: expected a JSON object", expression=place)
    for name in _NEEDED[place.partition("s[")[0]]:
        if name not in data:
            raise Invalid(f"{place}: {name} is missing", expression=place)
    return {name: _value(value, kinds.get(name), f"{place}.{name}") for name, value in data.items()}


def _value(value: Any, kind: type | None, place: str) -> Any:
    if kind is None:
        raise Invalid(f"{place}: there is no such property", expression=place)
    if kind in {tuple, frozenset}:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise Invalid(f"{place}: expected a list of texts", expression=place)
        return kind(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Invalid(f"{place}: found {value!r}, expected {kind.__name__}", expression=place)
    return value


def _write(one: Grant | Role) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for each in fields(one):
        value = getattr(one, each.name)
        if each.name == "grants" or value == each.default:
            continue
        match value:
            case frozenset():
                made[each.name] = sorted(value)
            case tuple():
                made[each.name] = list(value)
            case _:
                made[each.name] = value
    return made


@cache
def shipped() -> Mapping[str, Role]:
    """The roles that come with Osler, by code."""
    found = {}
    for file in sorted(resources.files("osler.access").joinpath("roles").iterdir(), key=str):
        if file.name.endswith(".toml"):
            role = Role.from_json(tomllib.loads(file.read_text("utf-8")))
            found[role.code] = role
    return MappingProxyType(found)
