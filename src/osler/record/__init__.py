"""The one door to the clinical record: policy, validation, versions, index, audit and events happen here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from osler.access import Principal, Role
from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.ledger.head import Signed
from osler.record import (
    anomalies,
    auditing,
    commit,
    erasing,
    explaining,
    glass,
    loading,
    locating,
    permissions,
    proving,
    reading,
    reindexing,
    restoring,
    roles,
    searching,
)
from osler.record.auditing import AuditPage, Look
from osler.record.blobs import Storage, Vault
from osler.record.context import Caller, Context
from osler.record.drafting import Draft, Drafting, Present
from osler.record.erasing import Erased
from osler.record.explaining import RuleAnswer, SeenType, Sees, Trial, TypeChange, Why
from osler.record.facts import Granted, Policies
from osler.record.held import Held
from osler.record.ops import Checks, Create, Delete, Op, Outcome, Patch, Status, Update
from osler.record.parameters import Parameters
from osler.record.prints import Prints
from osler.record.reading import Everything, HistoryPage
from osler.record.roles import RoleVersion
from osler.record.searching import Page
from osler.record.terminology import codes
from osler.search.registry import Registry
from osler.search.tree import Policy, Query
from osler.store.access import Glass
from osler.store.audit.query import AuditQuery, AuditRow
from osler.store.erasing import Hold
from osler.store.rows import Access, Version

__all__ = [
    "Access",
    "AuditPage",
    "AuditQuery",
    "AuditRow",
    "Checks",
    "Create",
    "Delete",
    "Draft",
    "Erased",
    "Everything",
    "Glass",
    "HistoryPage",
    "Hold",
    "Look",
    "Op",
    "Outcome",
    "Page",
    "Patch",
    "Present",
    "Record",
    "RoleVersion",
    "RuleAnswer",
    "SeenType",
    "Sees",
    "Status",
    "Storage",
    "Trial",
    "TypeChange",
    "Update",
    "Version",
    "Why",
]

ALL_CHECKS = Checks()
ALL_OF_IT = Everything()


class Record(Drafting, Prints):
    """One per process. Every method takes the principal first, and does nothing its policy does not allow.

    `base_url` is the address under which this server's resources are known (http://host/fhir);
    references that begin with it are local. `documents` says where documents and the keys to them lie
    (None: what the environment's settings say). `policy_of` is for tests: without it, policies are made
    of the practice's roles and the facts about each caller.
    """

    def __init__(
        self,
        database: Database,
        *,
        base_url: str | None = None,
        policy_of: Callable[[Principal], Policy] | None = None,
        documents: Storage | None = None,
    ) -> None:
        self.database = database
        self.base_url = base_url
        self.vault = Vault(database, documents)
        held, parameters = Held(database), Parameters(database)
        self._policies = Policies(database, parameters)
        self._policy_of = policy_of
        self._context = Context(held, self.policy, base_url, parameters, codes(held), self.vault)

    @property
    def registry(self) -> Registry:
        """The search parameters that may be searched by now."""
        self._context.parameters.look()
        return self._context.registry

    def policy(self, principal: Principal) -> Policy:
        """What the principal may do now. Every method asks this once, before anything else."""
        return self._granted(principal).policy

    def _granted(self, principal: Principal) -> Granted:
        if self._policy_of is not None:
            return Granted(self._policy_of(principal))
        return self._policies.of(principal)

    def _for(self, principal: Principal) -> tuple[Context, Principal]:
        """The context of one request, its policy made; and the principal as its facts complete it."""
        granted = self._granted(principal)
        context = self._context.bound(granted.policy, granted.facts, granted.decisions)
        return context, principal if granted.facts is None else Caller.of(principal, granted.facts)

    def read(self, principal: Principal, type: str, id: str) -> Version:
        """The current version; NotFound or Gone."""
        context, caller = self._for(principal)
        return context.shown(reading.read(context, caller, type, id))

    def vread(self, principal: Principal, type: str, id: str, version: int) -> Version:
        """One version; NotFound, or Gone where it is a deletion."""
        context, caller = self._for(principal)
        return context.shown(reading.vread(context, caller, type, id, version))

    def search(self, principal: Principal, query: Query) -> Page:
        """One page of matches with what they include."""
        context, caller = self._for(principal)
        page = searching.search(context, caller, query)
        matches, included = (tuple(map(context.shown, v)) for v in (page.matches, page.included))
        return replace(page, matches=matches, included=included)

    def count(self, principal: Principal, query: Query) -> int:
        """How many resources match."""
        return searching.count(*self._for(principal), query)

    def find(self, principal: Principal, type: str, criteria: str) -> list[str]:
        """At most two logical ids that match criteria such as "identifier=a|b"."""
        self._context.parameters.look()
        return searching.find(*self._for(principal), type, criteria)

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
        context, caller = self._for(principal)
        page = reading.history(
            context, caller, type, id, since=since, at=at, count=count, cursor=cursor
        )
        return replace(page, entries=tuple(map(context.shown, page.entries)))

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
        context, caller = self._for(principal)
        stream = reading.everything(context, caller, patient, want, after=after, limit=limit)
        return replace(stream, versions=map(context.shown, stream.versions))

    def as_of(self, principal: Principal, instant: datetime, type: str, id: str) -> Version:
        """One resource as it stood at an instant."""
        context, caller = self._for(principal)
        return context.shown(reading.as_of(context, caller, instant, type, id))

    def as_of_patient(self, principal: Principal, instant: datetime, patient: str) -> list[Version]:
        """A patient's whole record as it stood at an instant."""
        context, caller = self._for(principal)
        return list(map(context.shown, reading.as_of_patient(context, caller, instant, patient)))

    def export(
        self,
        principal: Principal,
        type: str,
        *,
        since: datetime | None = None,
        history: bool = False,
    ) -> Iterator[Version]:
        """All current versions of a type that the principal may see (with `history`: all versions), streamed."""
        context, caller = self._for(principal)
        found = reading.export(context, caller, type, since=since, history=history)
        return map(context.shown, found)

    def note(self, principal: Principal, *accesses: Access) -> None:
        """Record in the audit what is no FHIR interaction: a login, a change of roles, a print."""
        auditing.note(self._context, principal, *accesses)

    def audit(self, principal: Principal, query: AuditQuery, *, total: bool = False) -> AuditPage:
        """One page of the audit that the principal may see; see `record.auditing`."""
        return auditing.page(*self._for(principal), query, total=total)

    def audit_report(
        self, principal: Principal, query: AuditQuery, archive: Path | None = None
    ) -> Iterator[AuditRow]:
        """All rows of a query, also those that were archived to a directory."""
        return auditing.report(*self._for(principal), query, archive)

    def audit_anomalies(self, *, until: datetime | None = None) -> list[anomalies.Finding]:
        """Look through a day's audit and make Tasks of what looks wrong; see `record.anomalies`."""
        return anomalies.watch(self._context, until=until)

    def who_looked(
        self, principal: Principal, patient: str, since: datetime | None = None
    ) -> tuple[Look, ...]:
        """Who did what with a patient's record, by day, newest first, in plain words."""
        return auditing.who_looked(*self._for(principal), patient, since)

    def commit(
        self, principal: Principal, ops: Sequence[Op], *, checks: Checks = ALL_CHECKS
    ) -> list[Outcome]:
        """Carry out all ops or none; the only write path."""
        self._context.parameters.look()
        context, caller = self._for(principal)
        outcomes = commit.commit(context, caller, ops, checks)
        self._policies.follow(one.version.type for one in outcomes if one.version is not None)
        return [
            replace(one, version=context.shown(one.version)) if one.version is not None else one
            for one in outcomes
        ]

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
        context, caller = self._for(principal)
        done = loading.load(context, caller, resources, checks=checks, source=source, mark=mark)
        self._policies.follow({one.resourceType for one in resources})
        return done

    def restore(
        self, principal: Principal, resources: Sequence[Sequence[Version]], *, source: str
    ) -> list[Status]:
        """Resources with all their versions, as an export with history has them; see `record.restoring`."""
        self._context.parameters.look()
        return restoring.restore(*self._for(principal), resources, source=source)

    def load_position(self, key: str) -> tuple[int, bool]:
        """(position, done) of the load that marks its progress under `key`."""
        return loading.position(self._context, key)

    def reindex(self, tell: reindexing.Tell, *, everything: bool = False) -> reindexing.Reindexed:
        """Make custom search parameters usable; see `record.reindexing`."""
        return reindexing.reindex(self._context, tell, everything=everything)

    # ---- who may

    def may(self, principal: Principal, permission: str) -> None:
        """Raises NotAllowed unless one of the principal's roles has the permission (see access.PERMISSIONS)."""
        context, caller = self._for(principal)
        permissions.require(context, caller, permission)

    def has(self, principal: Principal, permission: str) -> bool:
        """Whether one of the principal's roles has the permission."""
        context, caller = self._for(principal)
        return permissions.has(context, caller, permission)

    def roles(self) -> Mapping[str, Role]:
        """Every role in force, by code."""
        return self._policies.roles()

    def save_role(self, principal: Principal, role: Role) -> int:
        """Put a role of the practice's in force, over the shipped one of its code; the number of its version."""
        return roles.save(*self._for(principal), role)

    def reset_role(self, principal: Principal, code: str) -> int:
        """Go back to the shipped role of this code, or to none."""
        return roles.reset(*self._for(principal), code)

    def role_history(self, principal: Principal, code: str) -> list[RoleVersion]:
        """Every saved version of a role, newest first; with roles.manage."""
        self.may(principal, "roles.manage")
        return roles.history(self._context, code)

    def try_role(
        self, principal: Principal, role: Role, holders: Iterable[Principal]
    ) -> list[Trial]:
        """What a changed role would change for its holders, in numbers; nothing is saved. With roles.manage."""
        context, caller = self._for(principal)
        permissions.require(context, caller, "roles.manage")
        return explaining.try_role(
            context,
            caller,
            [(one, *self._policies.tried(one, role)) for one in holders],
        )

    def break_glass(
        self, principal: Principal, patient: str, reason: str, minutes: int = 60
    ) -> Glass:
        """Open a patient's chart for a while, against the rules; see `record.glass`."""
        return glass.break_glass(*self._for(principal), patient, reason, minutes)

    def locate(self, principal: Principal, text: str) -> str:
        """The id of the one patient that is exactly meant, hidden ones too; see `record.locating`."""
        return locating.locate(*self._for(principal), text)

    def end_glass(self, principal: Principal, patient: str, account: str | None = None) -> bool:
        """Close it again before its time (another account's, with privacy.manage); whether it was open."""
        return glass.end_glass(*self._for(principal), patient, account)

    def glass(self, principal: Principal) -> list[Glass]:
        """The charts that are open to the principal now by broken glass."""
        return glass.mine(*self._for(principal))

    def glass_log(self, principal: Principal, patient: str | None = None) -> list[Glass]:
        """Who broke the glass of a patient; without one, all that is to be reviewed. With privacy.manage."""
        return glass.log(*self._for(principal), patient)

    def review_glass(self, principal: Principal, id: str, finding: str) -> None:
        """Note what a privacy officer found of it, and complete its Task."""
        glass.review(*self._for(principal), id, finding)

    def why(self, principal: Principal, type: str, id: str, of: Principal | None = None) -> Why:
        """Which rules let the principal (or `of`, with access.explain) do what with one resource."""
        context, caller = self._for(principal)
        subject = of or principal
        return explaining.why(context, caller, type, id, subject, self._granted(subject))

    def who_can_see(
        self, principal: Principal, patient: str, of: Iterable[Principal]
    ) -> list[Sees]:
        """For each of `of` what they may do in a patient's record, and by which rules. With access.explain."""
        context, caller = self._for(principal)
        permissions.require(context, caller, "access.explain")
        return explaining.who_can_see(
            context, caller, patient, [(one, self._granted(one)) for one in of]
        )

    def erase(self, principal: Principal, type: str, id: str, reason: str) -> Erased:
        """Remove the contents of all versions for good; see `record.erasing`. With privacy.manage."""
        return erasing.erase(*self._for(principal), type, id, reason)

    def erase_patient(self, principal: Principal, patient: str, reason: str) -> Erased:
        """The same for a patient and everything about them, documents too."""
        return erasing.erase_patient(*self._for(principal), patient, reason)

    def hold(self, principal: Principal, patient: str, reason: str) -> None:
        """Put a patient's record under a legal hold: nothing of it is erased. With privacy.manage."""
        erasing.hold(*self._for(principal), patient, reason)

    def release(self, principal: Principal, patient: str, reason: str) -> None:
        """End a legal hold."""
        erasing.release(*self._for(principal), patient, reason)

    def holds(self, principal: Principal) -> list[Hold]:
        """All legal holds, oldest first."""
        return erasing.holds(*self._for(principal))

    def prove(self, principal: Principal, name: str) -> dict[str, Any]:
        """The proof that "Observation/1/_history/2" or "audit/7" was sealed; see `record.proving`."""
        return proving.prove(*self._for(principal), name)

    def ledger_head(self, principal: Principal, height: int | None = None) -> Signed:
        """A block of the ledger (None: the newest), as checkpoints keep it. With ledger.verify."""
        return proving.block(*self._for(principal), height)

    def ledger_consistency(self, principal: Principal, old: Signed, new: Signed) -> dict[str, Any]:
        """The proof that one head continues another. With ledger.verify."""
        return proving.consistency(*self._for(principal), old, new)
