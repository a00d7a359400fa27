"""Rebuilding index rows from contents, online and resumable: for custom search parameters, or for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from osler.fhir import r4
from osler.record import consents
from osler.record.context import Context
from osler.record.marks import decode_stored
from osler.record.parameters import POLL_SECONDS, Custom, customs
from osler.store import registry as stored
from osler.store import reindex as store_reindex
from osler.store import write
from osler.store.rows import NewVersion, Version

_BATCH = 500

Tell = Callable[[str, int, int], None]
"""(what, done, of about) as it goes on."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was done: rows rebuilt, and the custom parameters that may now be searched by."""

    rows: int
    activated: tuple[str, ...]


def reindex(context: Context, tell: Tell, *, everything: bool = False) -> Reindexed:
    """Index what was stored before a custom parameter was; `everything` rebuilds all index rows.

    Interrupted, it goes on where it stopped; others may read and write meanwhile.
    """
    rows = _rebuild_all(context, tell) if everything else 0
    with context.database.connection() as conn:
        custom = customs(stored.definitions(conn))
        stored.forget(conn, [c.definition.url for c in custom])
    if any(not _is_active(context, c) for c in custom):
        # Every process indexes new writes by these parameters before the old rows are visited.
        time.sleep(2 * POLL_SECONDS)
        context.parameters.refresh()
    activated = []
    for parameter in custom:
        done = sum(_one(context, parameter, type, tell) for type in _types(parameter))
        rows += done
        activated.append(parameter.definition.code)
    with context.database.connection() as conn:
        stored.bump(conn)
    context.parameters.refresh()
    return Reindexed(rows, tuple(activated))


def _types(parameter: Custom) -> list[str]:
    bases = parameter.definition.base
    if "Resource" in bases or "DomainResource" in bases:
        return list(r4.RESOURCES)
    return [base for base in bases if base in r4.RESOURCES]


def _is_active(context: Context, parameter: Custom) -> bool:
    with context.database.connection() as conn:
        active = {
            (p.url, p.type)
            for p in stored.progress(conn)
            if p.active and p.definition == parameter.digest
        }
    return all((parameter.definition.url, type) in active for type in _types(parameter))


def _one(context: Context, parameter: Custom, type: str, tell: Tell) -> int:
    definition = parameter.definition
    with context.database.connection() as conn:
        begun = stored.start(conn, definition.url, type, definition.code, parameter.digest)
        if begun.active:
            return 0
        total = store_reindex.count(conn, type, begun.last_rid)
    done, last = 0, begun.last_rid
    while True:
        with context.database.connection() as conn, conn.transaction():
            batch = _batch(context, conn, type, last)
            if batch:
                last = batch[-1].rid
            stored.advance(conn, definition.url, type, last, active=not batch)
        if not batch:
            return done
        done += len(batch)
        tell(f"{type}.{definition.code}", done, total)


def _rebuild_all(context: Context, tell: Tell) -> int:
    done = 0
    for type in r4.RESOURCES:
        with context.database.connection() as conn:
            total = store_reindex.count(conn, type, 0)
        last, so_far = 0, 0
        while total:
            with context.database.connection() as conn, conn.transaction():
                batch = _batch(context, conn, type, last)
            if not batch:
                break
            last, so_far = batch[-1].rid, so_far + len(batch)
            tell(type, so_far, total)
        done += so_far
    return done


def _batch(context: Context, conn: Connection[Any], type: str, after: int) -> list[Version]:
    versions = store_reindex.batch(conn, type, after, _BATCH)
    rebuilt = []
    for version in versions:
        index = context.index(decode_stored(version.content))
        rebuilt.append(
            NewVersion(
                *(type, version.id, version.rid, version.version, version.updated),
                patient=index.patient,
                content=version.content,
                index=index,
                replaces=version.version,
            )
        )
    write.reindex(conn, rebuilt)
    consents.rebuild(conn, versions)
    return versions
