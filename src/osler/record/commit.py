"""The only write path: a list of ops, all or nothing, in one transaction.

In order: plan, validate, find what conditions mean, lock, check preconditions, rewrite references,
check them, stamp, write versions with index and audit rows, check the policy on the result, enqueue jobs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection

from osler.access.principal import Principal
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed, OslerError, Unavailable
from osler.record import (
    conditional,
    consents,
    events,
    guarding,
    owners,
    preconditions,
    references,
    relating,
)
from osler.record.blobs import Sealer
from osler.record.context import TOO_MUCH, Context, unstorable, who
from osler.record.ops import Checks, Create, Delete, Op, Outcome
from osler.record.plan import Work, check, plan, targets_once
from osler.record.stamp import same_content, stamp, to_millisecond, tombstone
from osler.record.whose import of_write
from osler.search.tree import Everything, Nothing
from osler.store import audit, lookup, write
from osler.store.rows import Access


def commit(
    context: Context, principal: Principal, ops: Sequence[Op], checks: Checks
) -> list[Outcome]:
    """Carry out all ops or none; one outcome for each, in their order.

    Raises:
        OslerError: nothing was written; its issues say where in the input (`op.at`) and why.
    """
    try:
        works = plan(ops)
        _may(context, principal, works)
        check([work for work in works if not preconditions.merges(context, work)], checks)
        with context.database.connection() as conn:
            _run(context, conn, principal, works, checks)
    except Unavailable:
        raise  # Not a refusal, and its audit row could not be written either.
    except OslerError as error:
        _record_refusal(context, principal, ops, error)
        raise
    write.texts_committed([work.new for work in works if work.new is not None])
    return [_outcome(context, work) for work in works]


def _run(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work], checks: Checks
) -> None:
    try:
        if len(works) <= write.FEW and _is_simple(context, principal, works):
            _write_new(context, conn, principal, works, checks)
        else:
            with conn.transaction():
                _carry_out(context, conn, principal, works, checks)
    except psycopg.errors.UniqueViolation as error:
        raise Conflict("Another writer created the same resource at the same moment.") from error
    except psycopg.errors.LockNotAvailable as error:
        raise Conflict(
            "Another writer is changing the same resource at this moment; read it again, then retry."
        ) from error
    except psycopg.errors.DeadlockDetected as error:
        raise Conflict("Two writers waited for each other; this one gave way. Retry.") from error
    except TOO_MUCH as error:
        raise unstorable(error) from error


def within(
    context: Context, conn: Connection[Any], principal: Principal, ops: Sequence[Op], checks: Checks
) -> None:
    """Carry out ops in the caller's transaction, along with what else that does.

    Raises:
        OslerError: something may have been written; the caller's transaction must not commit.
    """
    works = plan(ops)
    _may(context, principal, works)
    check(works, checks)
    _carry_out(context, conn, principal, works, checks)


def _carry_out(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work], checks: Checks
) -> None:
    _resolve(context, conn, principal, works, checks)
    _rewrite(context, conn, principal, works)
    _check_references(context, conn, principal, works, checks)
    also = owners.settle(context, conn, principal, works)
    _stamp(context, conn, [*works, *also])
    results = relating.before(context, conn, principal, works)
    _write(context, conn, principal, [*works, *also], checks)
    preconditions.no_referrers(context, conn, principal, works, checks)
    relating.check(context, conn, principal, results)
    consents.follow(conn, [work.new for work in works if work.new is not None])
    events.enqueue(conn, works)


def _is_simple(context: Context, principal: Principal, works: Sequence[Work]) -> bool:
    """New resources only, of which the policy allows any: then one statement writes them."""
    policy = context.policy_of(principal)
    return all(
        isinstance(work.op, Create)
        and work.op.if_none_exist is None
        and not events.causes(work)
        and work.type != consents.TYPE
        and not owners.concerned(work.resource)
        and isinstance(policy.where(work.type, "create"), Everything)
        for work in works
    )


def _may(context: Context, principal: Principal, works: Sequence[Work]) -> None:
    policy = context.policy_of(principal)
    for work in works:
        if work.type == "AuditEvent":
            raise NotAllowed(
                "AuditEvents are written by the server alone, one for each access.",
                expression=work.at or None,
            )
        if isinstance(policy.where(work.type, work.interaction), Nothing):
            raise NotAllowed(
                f"You may not {work.interaction} a {work.type}.", expression=work.at or None
            )
        if isinstance(work.op, Create):
            guarding.creating(work.op.resource, context.hidden, context.unset)


def _resolve(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work], checks: Checks
) -> None:
    """Everything that depends on the current state, which is locked from here to the end."""
    find = conditional.finder(context, conn, principal)
    conditional.lock(conn, works)
    conditional.resolve(works, find)
    targets_once(works)
    _lock(conn, works)
    preconditions.check(context, conn, principal, works, checks)


def _lock(conn: Connection[Any], works: Sequence[Work]) -> None:
    by_type: dict[tuple[str, bool], dict[str, list[Work]]] = defaultdict(lambda: defaultdict(list))
    for work in works:
        known_new = isinstance(work.op, Create) and work.status is None
        if work.id is not None and not known_new:
            by_type[work.type, isinstance(work.op, Delete)][work.id].append(work)
    for (type_, to_delete), by_id in sorted(by_type.items()):
        for version in lookup.lock(conn, type_, sorted(by_id), to_delete=to_delete):
            for work in by_id[version.id]:
                work.before = version


def _write_new(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work], checks: Checks
) -> None:
    """New resources in one statement, which also checks their references: nobody waits twice."""
    _rewrite(context, conn, principal, works)
    wanted = references.wanted(works, context.base_url) if checks.references else {}
    if any(context.visible(principal, type, "read", "r") is not None for type in wanted):
        _check_references(context, conn, principal, works, checks)
        wanted = {}
    _stamp(context, conn, works)
    versions = [work.new for work in works if work.new is not None]
    accesses = [_access(context, work, checks) for work in works]
    needed = {type: list(ids) for type, ids in wanted.items()}
    missing = write.write_new(conn, who(principal), versions, accesses, needed)
    if missing:
        raise references.dangling(wanted, missing)


def _rewrite(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work]
) -> None:
    """References made to lead somewhere."""
    find = conditional.finder(context, conn, principal)
    references.rewrite(works, references.full_urls(works), find, context.base_url)


def _check_references(
    context: Context, conn: Connection[Any], principal: Principal, works: list[Work], checks: Checks
) -> None:
    """References must lead to what is here, visible, and not just being deleted."""
    if not checks.references:
        return
    deleted = {(work.type, work.id) for work in works if work.interaction == "delete"}
    wanted = references.wanted(works, context.base_url)
    missing: set[tuple[str, str]] = set()
    for type, ids in wanted.items():
        visible = context.visible(principal, type, "read", "r")
        absent = lookup.not_held(conn, type, list(ids), visible)
        if absent and visible is not None:
            kept = [id for id in absent if (type, id) in references.kept(works, context.base_url)]
            absent -= set(kept) - lookup.not_held(conn, type, kept, None)
        missing.update((type, id) for id in ids if id in absent or (type, id) in deleted)
    if missing:
        raise references.dangling(wanted, missing)


def _stamp(context: Context, conn: Connection[Any], works: list[Work]) -> None:
    """The new versions with their rows."""
    at = to_millisecond(clock.now())
    sealer = context.vault.sealer(conn)
    rids = context.rids(conn, sum(work.before is None for work in works))
    for work in works:
        if work.status == "matched":
            continue
        if work.interaction == "delete":
            if work.before is not None and not work.before.deleted:
                work.new = tombstone(work.before, at)
            work.status = "deleted"
            continue
        assert work.resource is not None
        assert work.id is not None
        # Only now: what references were rewritten to is part of the content.
        if _repeats(work, sealer):
            work.status = "unchanged"
            continue
        rid = rids.pop() if work.before is None else work.before.rid
        work.new = stamp(work.resource, work.id, rid, work.before, at, context.index, sealer)
        is_new = work.before is None or work.before.deleted
        work.status = "created" if is_new else "updated"


def _repeats(work: Work, sealer: Sealer) -> bool:
    before, resource = work.before, work.resource
    if before is None or before.deleted or resource is None:
        return False
    return same_content(resource, before, sealer)


def _write(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    works: Sequence[Work],
    checks: Checks,
) -> None:
    versions = [work.new for work in works if work.new is not None]
    accesses = [_access(context, work, checks) for work in works]
    write.write(conn, who(principal), versions, accesses)


def _access(context: Context, work: Work, checks: Checks) -> Access:
    version = work.new.as_version() if work.new is not None else work.before
    skipped = checks.why_off if not (checks.validate and checks.references) else None
    detail = "; ".join(part for part in (work.status, skipped) if part)
    return Access(
        action=work.interaction,
        type=work.type,
        id=work.id,
        version=version.version if version else None,
        patients=of_write(context, work.new, work.before),
        query=conditional.criteria(work.op),
        detail=detail or None,
        source=work.op.source,
        author=work.op.author,
    )


def _outcome(context: Context, work: Work) -> Outcome:
    assert work.status is not None
    version = work.new.as_version() if work.new is not None else work.before
    if version is not None:
        (version,) = context.vault.opened_all([version])
    return Outcome(work.status, version, tuple(work.warnings))


def _record_refusal(
    context: Context, principal: Principal, ops: Sequence[Op], error: OslerError
) -> None:
    """A refused write leaves its audit row too."""
    first = plan_type(ops[0]) if len(ops) == 1 else (None, None, "commit")
    with context.database.connection() as conn:
        audit.write(
            conn,
            who(principal),
            [Access(first[2], first[0], first[1], outcome=error.issues[0].code, hits=len(ops))],
        )


def plan_type(op: Op) -> tuple[str | None, str | None, str]:
    """(type, id, interaction) of one op, for the audit of its refusal."""
    try:
        work = plan([op])[0]
    except Invalid:
        return None, None, "update"
    created = isinstance(op, Create)
    return work.type, None if created else work.id, work.interaction
