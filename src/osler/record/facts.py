"""What policies are made of: the practice's roles and, once for each request, the facts about its caller."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from osler.access import Facts, Principal, Role, policy, shipped
from osler.kit import clock
from osler.kit.database import Database
from osler.record.parameters import Parameters
from osler.search.tree import Policy
from osler.store import access as stored


@dataclass(frozen=True, slots=True)
class Granted:
    """A principal's policy for one request and the facts it was made of (None: none were needed)."""

    policy: Policy
    facts: Facts | None = None


class Policies:
    """The policies of one process; roles are kept until the database counts another version of them."""

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters
        self._lock = threading.Lock()
        self._version = -1
        self._roles: Mapping[str, Role] = {}

    def of(self, principal: Principal, replaced: Mapping[str, Role] | None = None) -> Granted:
        """The policy now. Not while holding a connection: this takes one, unless the principal is local.

        `replaced` are roles to be taken instead of those in force, as if they were.
        """
        if "local" in principal.roles:
            return Granted(policy(principal))
        facts = self._facts(principal, replaced or {})
        return Granted(policy(principal, facts, self._parameters.registry), facts)

    def _facts(self, principal: Principal, replaced: Mapping[str, Role]) -> Facts:
        now = clock.now()
        with self._database.connection() as conn:
            known = stored.known(
                conn,
                account=principal.id,
                person=principal.person,
                own=principal.own_patient,
                staff=principal.patient is None,
                now=now,
            )
            roles = {**self._current(conn, known.roles), **replaced}
        mine = tuple(roles[code] for code in sorted(principal.roles) if code in roles)
        return Facts(
            roles=mine,
            organizations=known.organizations,
            locations=known.locations,
            glass=known.glass,
            guarded=known.guarded,
            now=now,
            actors=known.actors,
        )

    def roles(self) -> Mapping[str, Role]:
        """Every role in force, by code."""
        with self._database.connection() as conn:
            return self._current(conn, stored.roles_version(conn))

    def _current(self, conn: stored.Conn, version: int) -> Mapping[str, Role]:
        with self._lock:
            if version == self._version:
                return self._roles
        roles = in_force(stored.saved_roles(conn))
        with self._lock:
            # A request that read the counter before another saved must not bring the old roles back.
            if version > self._version:
                self._version, self._roles = version, roles
        return roles


def in_force(saved: list[stored.SavedRole]) -> dict[str, Role]:
    """The shipped roles, and over them what the practice saved."""
    roles = dict(shipped())
    for one in saved:
        if one.definition:
            roles[one.code] = Role.from_json(json.loads(one.definition))
    return roles
