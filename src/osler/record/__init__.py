"""The one door to the clinical record: policy, validation, versions, index, audit and events happen here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from osler.access import Principal, policy
from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.record import auditing, commit, loading, reading, reindexing, restoring, searching
from osler.record.auditing import AuditPage, AuditQuery, AuditRow, Look
from osler.record.blobs import Storage, Vault
from osler.record.context import Context
from osler.record.ops import Checks, Create, Delete, Op, Outcome, Patch, Status, Update
from osler.record.parameters import Parameters
from osler.record.reading import Everything, HistoryPage
from osler.record.searching import Page
from osler.record.terminology import codes
from osler.search.registry import Registry
from osler.search.tree import Policy, Query
from osler.store.rows import Access, Version

__all__ = [
    "Access",
    "AuditPage",
    "AuditQuery",
    "AuditRow",
    "Checks",
    "Create",
    "Delete",
    "Everything",
    "HistoryPage",
    "Look",
    "Op",
    "Outcome",
    "Page",
    "Patch",
    "Record",
    "Status",
    "Storage",
    "Update",
    "Version",
]

ALL_CHECKS = Checks()
ALL_OF_IT = Everything()


class Record:
    """One per process. Every method takes the principal first, and does nothing its policy does not allow.

    `base_url` is the address under which this server's resources are known (http://host/fhir);
    references that begin with it are local. `documents` says where documents and the keys to them lie
    (None: what the environment's settings say).
    """

    def __init__(
        self,
        database: Database,
        *,
        base_url: str | None = None,
        policy_of: Callable[[Principal], Policy] = policy,
        documents: Storage | None = None,
    ) -> None:
        self.database = database
        self.base_url = base_url
        self.vault = Vault(database, documents)
        self._context = Context(
            database, policy_of, base_url, Parameters(database), codes(database), self.vault
        )

    @property
    def registry(self) -> Registry:
        """The search parameters that may be searched by now."""
        self._context.parameters.look()
        return self._context.registry

    def read(self, principal: Principal, type: str, id: str) -> Version:
        """The current version; NotFound or Gone."""
        return reading.read(self._context, principal, type, id)

    def vread(self, principal: Principal, type: str, id: str, version: int) -> Version:
        """One version; NotFound, or Gone where it is a deletion."""
        return reading.vread(self._context, principal, type, id, version)

    def search(self, principal: Principal, query: Query) -> Page:
        """One page of matches with what they include."""
        return searching.search(self._context, principal, query)

    def count(self, principal: Principal, query: Query) -> int:
        """How many resources match."""
        return searching.count(self._context, principal, query)

    def find(self, principal: Principal, type: str, criteria: str) -> list[str]:
        """At most two logical ids that match criteria such as "identifier=a|b"."""
        self._context.parameters.look()
        return searching.find(self._context, principal, type, criteria)

    def history(
        self,
        principal: Principal,
        type: str | None = None,
        id: str | None = None,
        *,
        since: datetime | None = None,
        at: tuple[datetime, datetime] | None = None,
        count: int = 100,
        cursor: str | None = None,
    ) -> HistoryPage:
        """Versions newest first; `at` is a period [low, high) in which they were current."""
        return reading.history(
            self._context, principal, type, id, since=since, at=at, count=count, cursor=cursor
        )

    def everything(
        self,
        principal: Principal,
        patient: str,
        want: Everything = ALL_OF_IT,
        *,
        after: tuple[int, int] | None = None,
        limit: int | None = None,
    ) -> reading.Stream:
        """The patient, all about them and what that refers to, streamed."""
        return reading.everything(self._context, principal, patient, want, after=after, limit=limit)

    def as_of(self, principal: Principal, instant: datetime, type: str, id: str) -> Version:
        """One resource as it stood at an instant."""
        return reading.as_of(self._context, principal, instant, type, id)

    def as_of_patient(self, principal: Principal, instant: datetime, patient: str) -> list[Version]:
        """A patient's whole record as it stood at an instant."""
        return reading.as_of_patient(self._context, principal, instant, patient)

    def export(
        self,
        principal: Principal,
        type: str,
        *,
        since: datetime | None = None,
        history: bool = False,
    ) -> Iterator[Version]:
        """All current versions of a type that the principal may see (with `history`: all versions), streamed."""
        return reading.export(self._context, principal, type, since=since, history=history)

    def note(self, principal: Principal, *accesses: Access) -> None:
        """Record in the audit what is no FHIR interaction: a login, a change of roles, a print."""
        auditing.note(self._context, principal, *accesses)

    def audit(self, principal: Principal, query: AuditQuery, *, total: bool = False) -> AuditPage:
        """One page of the audit that the principal may see; see `record.auditing`."""
        return auditing.page(self._context, principal, query, total=total)

    def who_looked(
        self, principal: Principal, patient: str, since: datetime | None = None
    ) -> tuple[Look, ...]:
        """Who did what with a patient's record, by day, newest first, in plain words."""
        return auditing.who_looked(self._context, principal, patient, since)

    def commit(
        self, principal: Principal, ops: Sequence[Op], *, checks: Checks = ALL_CHECKS
    ) -> list[Outcome]:
        """Carry out all ops or none; the only write path."""
        self._context.parameters.look()
        return commit.commit(self._context, principal, ops, checks)

    def load(
        self,
        principal: Principal,
        resources: Sequence[Resource],
        *,
        checks: Checks,
        source: str,
        mark: tuple[str, int, bool] | None = None,
    ) -> list[Outcome]:
        """A batch of whole resources under their own ids, by COPY; see `record.loading`."""
        self._context.parameters.look()
        return loading.load(
            self._context, principal, resources, checks=checks, source=source, mark=mark
        )

    def restore(
        self, principal: Principal, resources: Sequence[Sequence[Version]], *, source: str
    ) -> list[Status]:
        """Resources with all their versions, as an export with history has them; see `record.restoring`."""
        self._context.parameters.look()
        return restoring.restore(self._context, principal, resources, source=source)

    def load_position(self, key: str) -> tuple[int, bool]:
        """(position, done) of the load that marks its progress under `key`."""
        return loading.position(self._context, key)

    def reindex(self, tell: reindexing.Tell, *, everything: bool = False) -> reindexing.Reindexed:
        """Make custom search parameters usable; see `record.reindexing`."""
        return reindexing.reindex(self._context, tell, everything=everything)
