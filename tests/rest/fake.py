"""A record in memory, so that what belongs to HTTP is tested without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from osler.access import Principal
from osler.fhir import codec, patch, r4
from osler.fhir.base import Resource
from osler.kit import clock
from osler.kit.errors import Gone, NotFound, PreconditionFailed
from osler.record import (
    AuditPage,
    AuditQuery,
    Checks,
    Create,
    Delete,
    Everything,
    HistoryPage,
    Op,
    Outcome,
    Page,
    Patch,
    Record,
    Update,
    Version,
)
from osler.record.reading import Stream
from osler.search.registry import Registry
from osler.search.tree import Query


@dataclass
class FakeRecord:
    """Versions in a dictionary; the last principal and query that were seen; an error to raise."""

    versions: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    registry: Registry = field(default_factory=Registry.builtin)
    principal: Principal | None = None
    query: Query | None = None
    ops: list[Op] = field(default_factory=list)
    fails_with: Exception | None = None
    page: Page | None = None
    next: tuple[int, int] | None = None
    checks: Checks | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    def as_record(self) -> Record:
        """Itself, under the type that the door expects."""
        return cast("Record", self)

    def put(self, resource: Resource, updated: datetime | None = None) -> Version:
        """Store the next version of a resource."""
        kind, id = resource.resourceType, resource.id or ""
        past = self.versions.setdefault((kind, id), [])
        when = updated or clock.now()
        resource.meta = resource.meta or r4.Meta()
        resource.meta.versionId = str(len(past) + 1)
        version = Version(kind, id, len(past) + 1, when, False, codec.encode(resource))
        past.append(version)
        return version

    def read(self, principal: Principal, type: str, id: str) -> Version:
        self._seen(principal)
        past = self.versions.get((type, id))
        if not past:
            raise NotFound(f"There is no {type}/{id}")
        if past[-1].deleted:
            raise Gone(f"{type}/{id} is deleted")
        return past[-1]

    def vread(self, principal: Principal, type: str, id: str, version: int) -> Version:
        self._seen(principal)
        past = self.versions.get((type, id), [])
        if not 0 < version <= len(past):
            raise NotFound("No such version")
        if past[version - 1].deleted:
            raise Gone("That version is a deletion")
        return past[version - 1]

    def search(self, principal: Principal, query: Query) -> Page:
        self._seen(principal)
        self.query = query
        if self.page is not None:
            return self.page
        found = tuple(v[-1] for (t, _), v in self.versions.items() if t == query.type and v)
        return Page(matches=found, included=(), total=len(found), next=None, warnings=())

    def audit(
        self,
        principal: Principal,
        query: AuditQuery,  # noqa: ARG002
        *,
        total: bool = False,
    ) -> AuditPage:
        """No rows; the audit over HTTP is tested on a real record."""
        self._seen(principal)
        return AuditPage((), total=0 if total else None)

    def history(
        self, principal: Principal, type: str | None, id: str | None, **options: Any
    ) -> HistoryPage:
        self._seen(principal)
        self.asked = options
        found = [
            version
            for (t, i), past in self.versions.items()
            if type in (None, t) and id in (None, i)
            for version in past
        ]
        if id is not None and not found:
            raise NotFound("Nothing of that id")
        found.sort(key=lambda version: version.updated, reverse=True)
        return HistoryPage(entries=tuple(found), next="abc" if len(found) > 3 else None, total=None)

    def everything(
        self, principal: Principal, patient: str, want: Everything, **options: Any
    ) -> Stream:
        self._seen(principal)
        self.asked = {"want": want, **options}
        if ("Patient", patient) not in self.versions:
            raise NotFound("No such patient")
        found = [past[-1] for past in self.versions.values()]
        return Stream(iter(found[: options["limit"]]), len(found), self.next)

    def commit(
        self, principal: Principal, ops: Sequence[Op], *, checks: Checks | None = None
    ) -> list[Outcome]:
        self._seen(principal)
        self.checks = checks
        self.ops.extend(ops)
        return [self._apply(op) for op in ops]

    def _apply(self, op: Op) -> Outcome:
        match op:
            case Create():
                op.resource.id = f"new-{len(self.versions)}"
                return Outcome("created", self.put(op.resource))
            case Update():
                return self._update(op)
            case Patch():
                old = self.versions[op.type, op.id or ""][-1]
                return Outcome(
                    "updated", self.put(codec.decode(patch.apply(op.operations, old.content)))
                )
            case Delete():
                return self._delete(op)

    def _update(self, op: Update) -> Outcome:
        key = (op.resource.resourceType, op.resource.id or "found")
        past = self.versions.get(key, [])
        if op.if_none_match_any and past:
            raise PreconditionFailed("It exists")
        if op.if_match is not None and (not past or past[-1].version != op.if_match):
            raise PreconditionFailed("Another version is current")
        op.resource.id = key[1]
        return Outcome("updated" if past else "created", self.put(op.resource))

    def _delete(self, op: Delete) -> Outcome:
        past = self.versions.get((op.type, op.id or "found"), [])
        if not past or past[-1].deleted:
            return Outcome("deleted", None)
        last = past[-1]
        later = last.updated + timedelta(milliseconds=1)
        gone = Version(last.type, last.id, last.version + 1, later, True, b"")
        past.append(gone)
        return Outcome("deleted", gone)

    def _seen(self, principal: Principal) -> None:
        self.principal = principal
        if self.fails_with is not None:
            raise self.fails_with
