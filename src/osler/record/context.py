"""What every part of the record works with: the database, the policies, the search parameters in force."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import psycopg
from psycopg import Connection, sql

from osler.access import Everywhere, Facts, Principal, RulePolicy
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit.errors import Unprocessable
from osler.record import deciding, fields, owners
from osler.record.blobs import Vault
from osler.record.deciding import Decisions
from osler.record.held import Held
from osler.record.parameters import Parameters
from osler.search import compile as sql_of
from osler.search.extract import extract
from osler.search.registry import Registry
from osler.search.rows import IndexRows
from osler.search.terminology import Terminology
from osler.search.tree import Everything, Node, Nothing, Policy
from osler.store import lookup
from osler.store.read import Visible
from osler.store.rows import Version, Who

_RIDS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Caller(Principal):
    """The principal of one request, with the patients whose glass they have broken."""

    glass: frozenset[str] = frozenset()

    @classmethod
    def of(cls, principal: Principal, facts: Facts) -> Caller:
        """The principal as the facts complete them; without a purpose, it is the usual one of the role."""
        values = {one.name: getattr(principal, one.name) for one in dataclasses.fields(Principal)}
        usual = next((role.purposes[0] for role in facts.roles if role.purposes), None)
        return cls(**values | {"purpose": principal.purpose or usual}, glass=facts.glass)


def _glass(principal: Principal) -> list[str]:
    if principal.emergency:
        return ["*"]
    return sorted(principal.glass) if isinstance(principal, Caller) else []


def who(principal: Principal) -> Who:
    """The principal as the audit records it."""
    origin = principal.origin
    return Who(
        principal.id,
        principal.name or None,
        sorted(principal.roles),
        principal.person,
        principal.on_behalf_of,
        principal.session,
        principal.purpose,
        _glass(principal),
        origin.address or None,
        origin.client or None,
        origin.request or None,
    )


TOO_MUCH = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""What PostgreSQL says of a value that it cannot hold: too long for an index, out of range."""


def unstorable(error: psycopg.Error) -> Unprocessable:
    """Such a value as a refusal of the resource that has it."""
    # The message of other kinds may quote the value, which belongs into no log.
    limit = isinstance(error, psycopg.errors.ProgramLimitExceeded)
    said = (error.diag.message_primary if limit else None) or type(error).__name__
    return Unprocessable(f"The database cannot hold a value of this resource ({said}); shorten it.")


def _nothing(_: str) -> frozenset[str]:
    return frozenset()


@dataclass(slots=True)
class Context:
    """One for each request. `policy_of` answers a principal's policy; `base_url` is this server's own.

    `facts` are those that the policy was made of; None where it needed none. `hidden` and `readonly` are
    the elements of each type that the caller may not see, and not change; `unset` those that may not be
    in what the caller creates. `decisions` is what has been found out for the policy about patients.
    """

    database: Held
    policy_of: Callable[[Principal], Policy]
    base_url: str | None
    parameters: Parameters
    terminology: Terminology
    vault: Vault
    facts: Facts | None = None
    hidden: fields.ElementsOf = _nothing
    readonly: fields.ElementsOf = _nothing
    unset: fields.ElementsOf = _nothing
    decisions: Decisions | None = None
    _rids: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def registry(self) -> Registry:
        """The search parameters in force."""
        return self.parameters.registry

    def bound(
        self, policy: Policy, facts: Facts | None = None, decisions: Decisions | None = None
    ) -> Context:
        """The same for one request, whose policy is known; none is made while a connection is held."""
        made = replace(self, policy_of=lambda _: policy, facts=facts, decisions=decisions)
        if isinstance(policy, RulePolicy):
            made.hidden = cache(policy.hidden)
            made.readonly = cache(partial(policy.readonly, interactions=("update", "patch")))
            made.unset = cache(partial(policy.readonly, interactions=("create",)))
        return made

    def everywhere(self) -> Context:
        """The same for what Osler itself writes in the course of a request."""
        return replace(self.bound(Everywhere()), hidden=_nothing, readonly=_nothing, unset=_nothing)

    def writes_all(self, principal: Principal, type: str) -> bool:
        """Whether the principal may write every resource of a type with every element."""
        whole = isinstance(self.policy_of(principal).where(type, "update"), Everything)
        return whole and not self.hidden(type) and not self.readonly(type)

    def shown(self, version: Version) -> Version:
        """A version as the caller may see it: without what is hidden of it."""
        return fields.shown(version, self.hidden)

    def index(self, resource: Resource) -> IndexRows:
        """The rows by which a resource will be found, also by parameters that wait for `reindex`."""
        rows = extract(resource, self.parameters.indexing, self.base_url or "")
        if isinstance(resource, r4.Binary):
            rows.patient = owners.patient_of(resource, self.base_url)
        return rows

    def visible(
        self, principal: Principal, type: str, interaction: str, alias: str
    ) -> sql.Composable | None:
        """The policy as a condition on a row of `resource`; None where it allows all of the type.

        What is deleted has no index rows, so that a rule such as `_security:not=R` would hold of
        everything deleted: who may not see all of a type sees nothing deleted.
        """
        return self.condition(type, self.policy_of(principal).where(type, interaction), alias)

    def condition(self, type: str, node: Node, alias: str) -> sql.Composable | None:
        """A rule as a condition on a row of `resource` that is not deleted; None where it is no condition."""
        match node:
            case Everything():
                return None
            case Nothing():
                return sql.SQL("false")
        # A rule's own hops are bound by no other rule.
        allowed = sql_of.condition(
            node, type, alias, None, registry=self.registry, terminology=self.terminology
        )
        return sql.SQL("(NOT {}.deleted AND {})").format(sql.Identifier(alias), allowed)

    def visible_one(
        self, conn: Connection[Any], principal: Principal, type: str, id: str
    ) -> sql.Composable | None:
        """The policy for reading one resource, as a condition on its row r; None where it allows all."""
        node = deciding.of_one(self, conn, principal, (type, id), "read")
        return self.condition(type, node, "r")

    def visible_version(self, principal: Principal, type: str, interaction: str) -> Visible | None:
        """The policy as conditions on a version (alias r) and its current row (here); None: all of the type."""
        return self._of_versions(type, self.policy_of(principal).where(type, interaction))

    def visible_version_of(
        self, conn: Connection[Any], principal: Principal, type: str, id: str, interaction: str
    ) -> Visible | None:
        """The same for the versions of one resource."""
        node = deciding.of_one(self, conn, principal, (type, id), interaction)
        return self._of_versions(type, node)

    def _of_versions(self, type: str, node: Node) -> Visible | None:
        now, own = (self.condition(type, node, alias) for alias in ("here", "r"))
        return None if now is None or own is None else Visible(now, own)

    def rids(self, conn: Connection[Any], count: int) -> list[int]:
        """`count` fresh row numbers, to be popped in ascending order; a few are fetched ahead."""
        if count > _RIDS_AT_ONCE:
            return lookup.new_rids(conn, count)[::-1]
        with self._lock:
            if len(self._rids) >= count:
                taken = self._rids[:count]
                del self._rids[:count]
                return taken[::-1]
        fresh = lookup.new_rids(conn, _RIDS_AT_ONCE + count)
        with self._lock:
            self._rids.extend(fresh[count:])
        return fresh[:count][::-1]
