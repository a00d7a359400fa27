"""What every part of the record works with: the database, the policies, the search parameters in force."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection, sql

from osler.access import Principal
from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.kit.errors import Unprocessable
from osler.record.blobs import Vault
from osler.record.parameters import Parameters
from osler.search import compile as sql_of
from osler.search.extract import extract
from osler.search.registry import Registry
from osler.search.rows import IndexRows
from osler.search.terminology import Terminology
from osler.search.tree import Everything, Nothing, Policy
from osler.store import lookup
from osler.store.rows import Who

_RIDS_AT_ONCE = 64


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
        principal.emergency,
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


@dataclass(slots=True)
class Context:
    """One per process. `policy_of` answers a principal's policy; `base_url` is this server's own."""

    database: Database
    policy_of: Callable[[Principal], Policy]
    base_url: str | None
    parameters: Parameters
    terminology: Terminology
    vault: Vault
    _rids: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def registry(self) -> Registry:
        """The search parameters in force."""
        return self.parameters.registry

    def index(self, resource: Resource) -> IndexRows:
        """The rows by which a resource will be found, also by parameters that wait for `reindex`."""
        return extract(resource, self.parameters.indexing, self.base_url or "")

    def visible(
        self, principal: Principal, type: str, interaction: str, alias: str
    ) -> sql.Composable | None:
        """The policy as a condition on a row of `resource`; None where it allows all of the type.

        What is deleted has no index rows, so that a rule such as `_security:not=R` would hold of
        everything deleted: who may not see all of a type sees nothing deleted.
        """
        policy = self.policy_of(principal)
        match policy.where(type, interaction):
            case Everything():
                return None
            case Nothing():
                return sql.SQL("false")
            case node:
                allowed = sql_of.condition(
                    node,
                    type,
                    alias,
                    policy,
                    registry=self.registry,
                    terminology=self.terminology,
                )
                row = sql.Identifier(alias)
                return sql.SQL("(NOT {}.deleted AND {})").format(row, allowed)

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
