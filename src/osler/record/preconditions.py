"""What must hold of the current version before it is replaced: visibility, If-Match, and a patch's own tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from psycopg import Connection

from osler.access.principal import Principal
from osler.fhir import patch
from osler.kit.errors import (
    Conflict,
    Gone,
    NotAllowed,
    NotFound,
    OslerError,
    PreconditionFailed,
    Unprocessable,
)
from osler.record import finality, guarding
from osler.record.context import Context
from osler.record.fields import redact
from osler.record.marks import decode_stored, marks
from osler.record.ops import Checks, Create, Delete, Patch, Update
from osler.record.plan import Work, check_one, relocated
from osler.record.stamp import keep_labels
from osler.store import lookup


def check(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    works: Sequence[Work],
    checks: Checks,
) -> None:
    """Check each op against the current version, which is locked; patches become whole resources here."""
    for work in works:
        try:
            _visible(context, conn, principal, work)
            _check(context, conn, work, checks)
            finality.check(work, principal)
        except OslerError as error:
            raise relocated(error, work.at) from error


def _visible(context: Context, conn: Connection[Any], principal: Principal, work: Work) -> None:
    """What the principal may not see does not exist for them; what they may not change is refused."""
    if work.before is None or work.status == "matched":
        return
    if not isinstance(work.op, Update) and _hidden(context, conn, principal, work, "read"):
        work.before = None  # the answer must be the same as for an id that nothing has
        return
    if work.before.deleted:
        return
    if _hidden(context, conn, principal, work, "read"):
        raise NotAllowed(f"You may not update {work.type}/{work.id}.")
    if _hidden(context, conn, principal, work, work.interaction):
        raise NotAllowed(f"You may not {work.interaction} {work.type}/{work.id}.")


def _hidden(
    context: Context, conn: Connection[Any], principal: Principal, work: Work, interaction: str
) -> bool:
    visible = context.visible(principal, work.type, interaction, "r")
    assert work.id is not None
    return visible is not None and bool(lookup.missing(conn, work.type, [work.id], visible))


def _check(context: Context, conn: Connection[Any], work: Work, checks: Checks) -> None:
    match work.op:
        case Create():
            return
        case Update() as op:
            _if_match(work, op.if_match)
            if op.if_none_match_any and work.before is not None and not work.before.deleted:
                raise PreconditionFailed(f"{work.type}/{work.id} exists already.")
            _not_beside_condition(work, op)
            _update(context, conn, work, checks)
        case Patch() as op:
            _if_match(work, op.if_match)
            _patch(context, conn, work, op, checks)
        case Delete() as op:
            _if_match(work, op.if_match)
        case _:
            assert_never(work.op)


def _if_match(work: Work, wanted: int | None) -> None:
    if wanted is None:
        return
    found = work.before.version if work.before is not None else None
    if found != wanted:
        now = f"version {found}" if found else "not there"
        raise PreconditionFailed(
            f"{work.type}/{work.id} is {now}, not version {wanted}: someone changed it."
            " Read it again, then repeat your change."
        )


def _not_beside_condition(work: Work, op: Update) -> None:
    """A conditional update that found nothing may not overwrite what its resource's id names."""
    exists = work.before is not None and not work.before.deleted
    if op.where is not None and not work.found and exists:
        raise Conflict(
            f"The condition finds nothing, but {work.type}/{work.id} exists; it was left alone."
        )


def merges(context: Context, work: Work) -> bool:
    """Whether what was sent becomes whole only by what is stored and its author may not see."""
    return isinstance(work.op, Update) and bool(context.hidden(work.type))


def _update(context: Context, conn: Connection[Any], work: Work, checks: Checks) -> None:
    assert work.resource is not None
    if work.before is None or work.before.deleted:
        guarding.creating(work.resource, context.hidden, context.unset)
    else:
        work.resource = guarding.updating(work.resource, work.before.content, context.hidden)
    _keep_labels(conn, work)
    _hold(context, work)
    if merges(context, work) and checks.validate and (errors := check_one(work, work.resource)):
        raise Unprocessable(errors[0].diagnostics, issues=errors)


def _hold(context: Context, work: Work) -> None:
    """What the caller may only read must be as it was."""
    if work.resource is not None and work.before is not None and not work.before.deleted:
        guarding.unchanged(work.resource, work.before.content, context.readonly)


def _keep_labels(conn: Connection[Any], work: Work) -> None:
    before, resource = work.before, work.resource
    if before is None or resource is None:
        return
    # A deletion says nothing of labels: what comes back after it carries those it had.
    last = lookup.last_content(conn, before.type, before.id) if before.deleted else before.content
    if last is not None:
        keep_labels(resource, decode_stored(last))
    resource.id = before.id


def _patch(context: Context, conn: Connection[Any], work: Work, op: Patch, checks: Checks) -> None:
    before = work.before
    if before is None:
        raise NotFound(f"There is no {work.type}/{work.id}.")
    if before.deleted:
        raise Gone(f"{work.type}/{work.id} has been deleted.")
    # A document that the patch does not speak of stays closed, and may even be damaged.
    speaks = b"data" in op.operations or b"\\" in op.operations
    content = context.vault.opened_by(conn, before).content if speaks else before.content
    # What is hidden is not there to be tested or copied by a patch.
    content = redact(content, context.hidden)
    patched = patch.apply(op.operations, content)
    if not {*marks(patched)} <= {*marks(content)}:
        raise Unprocessable("A patch may not bring a marker of Osler's own along: ~blob:.")
    work.resource = decode_stored(patched)
    if work.resource.resourceType != work.type or work.resource.id != work.id:
        raise Unprocessable("A patch may not change the resource's type or id.")
    work.resource = guarding.updating(work.resource, before.content, context.hidden)
    _hold(context, work)
    if checks.validate and (errors := check_one(work, work.resource)):
        raise Unprocessable(errors[0].diagnostics, issues=errors)


def no_referrers(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    works: Sequence[Work],
    checks: Checks,
) -> None:
    """After the write: refuse to have deleted what others still refer to."""
    if not checks.references:
        return
    for work in works:
        if work.new is not None and work.new.deleted:
            found = lookup.referrers(conn, work.type, work.new.id, at_most=5)
            if found:
                seen = [one for one in found if _may_see(context, conn, principal, *one)]
                names = ", ".join(f"{type}/{id}" for type, id in seen) or "others"
                raise Conflict(
                    f"{work.type}/{work.id} is still referred to by {names};"
                    " delete or change those first, or in the same transaction.",
                    expression=work.at or None,
                )


def _may_see(
    context: Context, conn: Connection[Any], principal: Principal, type: str, id: str
) -> bool:
    visible = context.visible(principal, type, "read", "r")
    return visible is None or not lookup.missing(conn, type, [id], visible)
