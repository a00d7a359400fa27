"""What policies are made of: the practice's roles and, once for each request, the facts about its caller."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from osler.access import Facts, Origin, Principal, Rights, Role, policy, shipped
from osler.kit import clock
from osler.kit.database import Database
from osler.record.deciding import Decisions
from osler.record.parameters import Parameters
from osler.search.tree import Policy
from osler.store import access as stored
from osler.store.access import Relations


@dataclass(frozen=True, slots=True)
class Granted:
    """A principal's policy for one request and the facts it was made of (None: none were needed).

    `decisions` is what has been found out for this policy about single patients.
    """

    policy: Policy
    facts: Facts | None = None
    decisions: Decisions | None = None


RELATING = frozenset(
    {
        *("PractitionerRole", "Organization", "Location", "CareTeam", "Consent"),
        *("Person", "RelatedPerson", "Patient", "Account", "Coverage"),
    }
)
"""The types whose resources say where somebody works and who is family."""
_KEPT = timedelta(seconds=1)
_KEPT_AT_MOST = 2_000
_NOWHERE = Origin()
T = TypeVar("T")
_ASKED: ContextVar[dict[Hashable, Any] | None] = ContextVar("osler_asked", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """What is found of a caller and of roles within the block holds to its end: for one answer that writes nothing."""
    token = _ASKED.set({})
    try:
        yield
    finally:
        _ASKED.reset(token)


def _once(key: Hashable, find: Callable[[], T]) -> T:
    """What was found in this request already; anew where there is none."""
    asked = _ASKED.get()
    if asked is None:
        return find()
    if key not in asked:
        asked[key] = find()
    found: T = asked[key]
    return found


class _Kept(Generic[T]):
    """What was found at an instant: good for a second, by the record's clock and by the machine's."""

    __slots__ = ("_at", "_until", "value")

    def __init__(self, value: T, at: datetime) -> None:
        self.value = value
        self._at = at
        self._until = time.monotonic() + _KEPT.total_seconds()

    def lasts(self, now: datetime) -> bool:
        """Whether it is still good."""
        return time.monotonic() < self._until and self._at <= now < self._at + _KEPT


class Policies:
    """The policies of one process.

    Roles are kept until the database counts another version of them. Relations and the policies made of
    them, with what was found out for these about patients, are kept for a second: so long, at most, they go
    on after another process has written, or after a consent or proxy has ended. Roles and broken glass are
    asked for at every request (see `one_request`).
    """

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters
        self._lock = threading.Lock()
        self._version = -1
        self._roles: Mapping[str, Role] = {}
        self._kept: dict[tuple[str | None, str | None], _Kept[Relations]] = {}
        self._policies: dict[Hashable, _Kept[tuple[Rights, Decisions]]] = {}
        self._made = 0

    def of(self, principal: Principal) -> Granted:
        """The policy now. Not while holding a connection: this takes one, unless the principal is local."""
        if "local" in principal.roles:
            return Granted(policy(principal))
        who = replace(principal, name="", origin=_NOWHERE)
        return _once((self, who), lambda: self._of(principal))

    def _of(self, principal: Principal) -> Granted:
        facts, known = self._facts(principal, {}, clock.now())
        return self._granted(principal, facts, known)

    def tried(self, principal: Principal, role: Role) -> tuple[Granted, Granted]:
        """The policies of one instant, as they are and as they would be with this role in force."""
        now = clock.now()
        pair = [self._facts(principal, one, now)[0] for one in ({}, {role.code: role})]
        registry = self._parameters.registry
        before, after = (Granted(policy(principal, facts, registry), facts) for facts in pair)
        return before, after

    def _facts(
        self, principal: Principal, replaced: Mapping[str, Role], now: datetime
    ) -> tuple[Facts, Hashable]:
        """The facts, and what of them can change from one request to the next."""
        with self._database.connection() as conn:
            version, glass = stored.open_glass(conn, principal.id, now)
            roles = {**self._current(conn, version), **replaced}
            related = self._related(conn, principal, now)
        mine = tuple(roles[code] for code in sorted(principal.roles) if code in roles)
        facts = Facts(
            roles=mine,
            organizations=related.organizations,
            locations=related.locations,
            glass=glass,
            guarded=related.guarded,
            now=now,
            actors=related.actors,
            own=related.own,
        )
        return facts, (version, glass, related)

    def _granted(self, principal: Principal, facts: Facts, known: Hashable) -> Granted:
        """The policy of these facts, or the one made less than a second ago of the same."""
        registry = self._parameters.registry
        who = replace(principal, name="", origin=_NOWHERE, session=None)
        key = (who, known, registry)
        kept = self._policies.get(key)
        if kept is not None and kept.lasts(facts.now):
            return Granted(kept.value[0], facts, kept.value[1])
        made, decisions = policy(principal, facts, registry), Decisions()
        with self._lock:
            if len(self._policies) >= _KEPT_AT_MOST:
                self._policies.clear()
            self._policies[key] = _Kept((made, decisions), facts.now)
        return Granted(made, facts, decisions)

    def _related(self, conn: stored.Conn, principal: Principal, now: datetime) -> Relations:
        """Of the staff; patients and those who act for them have no relations but that to the patient."""
        key = (principal.person, principal.own_patient)
        if principal.patient is not None or key == (None, None):
            return Relations()
        kept = self._kept.get(key)
        if kept is not None and kept.lasts(now):
            return kept.value
        made = self._made
        found = stored.relations(conn, *key, now)
        with self._lock:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            # What was written in this process meanwhile may not be in it.
            if made == self._made:
                self._kept[key] = _Kept(found, now)
        return found

    def follow(self, types: Iterable[str]) -> None:
        """After a write of these types: what is kept in memory may have changed."""
        asked = _ASKED.get()
        if asked is not None:
            asked.clear()
        with self._lock:
            self._policies.clear()  # and the decisions with them: any write may relate a patient to somebody
            if not RELATING.isdisjoint(types):
                self._made += 1
                self._kept.clear()

    def roles(self) -> Mapping[str, Role]:
        """Every role in force, by code."""
        return _once((self, "roles"), self._roles_now)

    def _roles_now(self) -> Mapping[str, Role]:
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
