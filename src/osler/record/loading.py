"""Bulk loads: many whole resources under their own ids, written by COPY, all or nothing for each batch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection

from osler.access import Principal
from osler.fhir.base import Resource
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed
from osler.record import consents, owners
from osler.record.blobs import Sealer
from osler.record.context import TOO_MUCH, Context, unstorable, who
from osler.record.marks import decode_stored
from osler.record.ops import Checks, Outcome, Update
from osler.record.plan import Work, check
from osler.record.stamp import keep_labels, same_content, stamp, to_millisecond
from osler.record.whose import of_write
from osler.store import lookup, progress, write
from osler.store.rows import Access


def load(
    context: Context,
    principal: Principal,
    resources: Sequence[Resource],
    *,
    checks: Checks,
    source: str,
    mark: tuple[str, int, bool] | None = None,
) -> list[Outcome]:
    """Write resources under their own ids; one that is there already with the same content is left alone.

    One transaction with one audit row, which names `source` and what checks were off. `mark` is
    (key, position, done): how far the load has come, committed along with its rows.
    References are not checked here; `osler doctor` finds dangling ones.

    Raises:
        Invalid: a resource without id, or one id twice in the batch.
        Unprocessable: (if checks.validate) invariants broken; nothing of the batch was written.
        NotAllowed: the principal may not write any resource of one of these types.
        Conflict: another writer made one of them at the same moment; load the batch again.
    """
    works = [_work(i, resource) for i, resource in enumerate(resources)]
    _once(works)
    _may(context, principal, works)
    check(works, checks)
    try:
        with context.database.connection() as conn, conn.transaction():
            _write(context, conn, principal, works, checks, source)
            if mark is not None:
                progress.mark(conn, *mark)
    except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected) as error:
        raise Conflict(
            "Another writer made one of these at the same moment; load again."
        ) from error
    except TOO_MUCH as error:
        raise unstorable(error) from error
    write.texts_committed([work.new for work in works if work.new is not None])
    return [_outcome(work) for work in works]


def _work(i: int, resource: Resource) -> Work:
    if resource.id is None:
        raise Invalid(
            f"A {resource.resourceType} without id cannot be loaded twice safely; give it one.",
            expression=f"[{i}].{resource.resourceType}.id",
        )
    return Work(Update(resource, at=f"[{i}]"), resource.resourceType, resource.id, resource)


def _once(works: Sequence[Work]) -> None:
    counts = Counter((work.type, work.id) for work in works)
    twice = [f"{type}/{id}" for (type, id), count in counts.items() if count > 1]
    if twice:
        raise Invalid(f"Twice in one batch: {', '.join(twice[:5])}.")


def _may(context: Context, principal: Principal, works: Sequence[Work]) -> None:
    for type in {work.type for work in works}:
        if not context.writes_all(principal, type):
            raise NotAllowed(f"Loading needs the right to write every {type}.")


def _write(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    works: Sequence[Work],
    checks: Checks,
    source: str,
) -> None:
    by_type: dict[str, dict[str, Work]] = defaultdict(dict)
    for work in works:
        by_type[work.type][work.id or ""] = work
    for type in sorted(by_type):
        for version in lookup.lock(conn, type, sorted(by_type[type]), wait=True):
            by_type[type][version.id].before = version
    works = [*works, *owners.settle(context, conn, principal, works)]
    at = to_millisecond(clock.now())
    rids = context.rids(conn, sum(work.before is None for work in works))
    sealer = context.vault.sealer(conn)
    for work in works:
        _stamp(context, work, rids, at, sealer)
    versions = [work.new for work in works if work.new is not None]
    touched = (of_write(context, work.new, work.before) for work in works if work.new is not None)
    patients = tuple(sorted({patient for some in touched for patient in some}))
    access = Access(
        "load",
        patients=patients,
        query=source,
        hits=len(versions),
        source=f"import:{source}",
        detail=checks.why_off if not (checks.validate and checks.references) else None,
    )
    write.write(conn, who(principal), versions, [access])
    consents.follow(conn, versions)


def _stamp(context: Context, work: Work, rids: list[int], at: datetime, sealer: Sealer) -> None:
    assert work.resource is not None
    assert work.id is not None
    before = work.before
    if before is not None and not before.deleted:
        keep_labels(work.resource, decode_stored(before.content))
        if same_content(work.resource, before, sealer):
            work.status = "unchanged"
            return
    rid = rids.pop() if before is None else before.rid
    work.new = stamp(work.resource, work.id, rid, before, at, context.index, sealer)
    work.status = "created" if before is None or before.deleted else "updated"


def _outcome(work: Work) -> Outcome:
    assert work.status is not None
    version = work.new.as_version() if work.new is not None else work.before
    return Outcome(work.status, version, tuple(work.warnings))


def position(context: Context, key: str) -> tuple[int, bool]:
    """(position, done) of the load that marks its progress under `key`."""
    with context.database.connection() as conn:
        return progress.position(conn, key)
