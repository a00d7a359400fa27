"""A commit's work list: each op with what is known of it so far, and the checks that need no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from osler.access.leaving import misplaced
from osler.fhir import r4, reference
from osler.fhir.base import Resource
from osler.fhir.validate import validate
from osler.kit.errors import Invalid, Issue, OslerError, Unprocessable
from osler.kit.ids import uuid7
from osler.record import documents, parameters
from osler.record.ops import Checks, Create, Delete, Op, Patch, Status, Update
from osler.store.rows import NewVersion, Version


@dataclass(slots=True)
class Work:
    """One op on its way: `id` once it is known, `before` the current version, `new` what is to be written,
    `found` whether a condition named an existing one.
    """

    op: Op
    type: str
    id: str | None
    resource: Resource | None
    before: Version | None = None
    new: NewVersion | None = None
    status: Status | None = None
    found: bool = False
    warnings: list[Issue] = field(default_factory=list)
    _references: list[tuple[str, r4.Reference]] | None = None

    @property
    def at(self) -> str:
        """Where the op stands in the input."""
        return self.op.at

    def references(self) -> list[tuple[str, r4.Reference]]:
        """(path, Reference) of each reference in the resource, once it is whole; found once."""
        if self._references is None:
            if self.resource is None:
                return []
            self._references = list(reference.references(self.resource))
        return self._references

    @property
    def interaction(self) -> str:
        """The FHIR interaction, as policies and the audit name it."""
        match self.op:
            case Create():
                return "create"
            case Update():
                return "update"
            case Patch():
                return "patch"
            case Delete():
                return "delete"


def plan(ops: Sequence[Op]) -> list[Work]:
    """The work list, ids given to what is created."""
    return [_work(op) for op in ops]


def _work(op: Op) -> Work:
    match op:
        case Create(resource=resource):
            new_id = None if op.if_none_exist is not None else uuid7()
            return Work(op, resource.resourceType, new_id, resource)
        case Update(resource=resource, where=None):
            if resource.id is None:
                raise Invalid(
                    "An update needs the resource's id, the same as in the address.",
                    expression=place(op.at, f"{resource.resourceType}.id"),
                )
            return Work(op, resource.resourceType, resource.id, resource)
        case Update(resource=resource):
            return Work(op, resource.resourceType, None, resource)
        case Patch() | Delete():
            return Work(op, op.type, op.id, None)


def check(works: Sequence[Work], checks: Checks) -> None:
    """Validate every resource that is already whole; all problems of all of them in one error.

    Raises:
        Unprocessable: with one issue for each finding, located in the input.
    """
    if not checks.validate:
        return
    errors: list[Issue] = []
    for work in works:
        if work.resource is not None:
            errors.extend(check_one(work, work.resource))
    if errors:
        raise Unprocessable(errors[0].diagnostics, issues=errors)


def check_one(work: Work, resource: Resource) -> list[Issue]:
    """The errors of one resource; its warnings are kept in the work."""
    issues = [
        *validate(resource),
        *parameters.findings(resource),
        *documents.findings(resource),
        *misplaced(resource),
    ]
    found = [located(issue, work.at) for issue in issues]
    work.warnings.extend(issue for issue in found if issue.severity not in ("error", "fatal"))
    return [issue for issue in found if issue.severity in ("error", "fatal")]


def place(at: str, expression: str | None) -> str | None:
    """Where something is in the input: "Patient.id" in "Bundle.entry[3]" is Bundle.entry[3].resource.id."""
    if not at or expression is None:
        return expression or at or None
    _, dot, rest = expression.partition(".")
    return f"{at}.resource{dot}{rest}"


def located(issue: Issue, at: str) -> Issue:
    """The issue with its place in the whole input."""
    return replace(issue, expression=place(at, issue.expression)) if at else issue


def relocated(error: OslerError, at: str) -> OslerError:
    """The same error, its issues placed in the whole input."""
    if at:
        error.issues = tuple(
            issue
            if (issue.expression or "").startswith(at)
            else replace(issue, expression=place(at, issue.expression))
            for issue in error.issues
        )
    return error


def targets_once(works: Sequence[Work]) -> None:
    """Refuse two ops on one resource in one commit: which came first would have no meaning.

    A conditional create may find what another op writes, but not what one deletes.
    """
    seen: dict[tuple[str, str], Work] = {}
    for work in works:
        if work.id is None:
            continue
        first = seen.setdefault((work.type, work.id), work)
        matched = "matched" in (first.status, work.status)
        deleted = "delete" in (first.interaction, work.interaction)
        if first is not work and (deleted or not matched):
            raise Invalid(
                f"{work.type}/{work.id} is written twice in one transaction"
                f" (also at {first.at or 'the first op'}); keep one of them.",
                expression=work.at or None,
            )
