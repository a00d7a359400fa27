"""Taking back resources with all their versions, as an export with history wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from psycopg import Connection

from osler.access import Principal
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotAllowed
from osler.record import consents, marks
from osler.record.blobs import Sealer
from osler.record.context import Context, who
from osler.record.ops import Status
from osler.record.whose import others
from osler.search.rows import IndexRows
from osler.store import lookup, write
from osler.store.rows import Access, BlobRow, NewVersion, Version

Versions = Sequence[Version]
"""All versions of one resource, ascending and without gaps."""


def restore(
    context: Context, principal: Principal, resources: Sequence[Versions], *, source: str
) -> list[Status]:
    """Write each resource with its whole history, numbers and times kept; one transaction.

    A resource that is here already with the same last version is left alone ("unchanged").

    Raises:
        Conflict: a resource is here with another last version; nothing of the batch was written.
        Invalid: versions are missing or out of order.
    """
    for versions in resources:
        _whole(versions)
    _may(context, principal, {versions[0].type for versions in resources})
    with context.database.connection() as conn, conn.transaction():
        fresh = [versions for versions in resources if not _is_here(context, conn, versions)]
        rids = context.rids(conn, len(fresh))[::-1]  # ascending
        sealer = context.vault.sealer(conn)
        stored = [_stored(context, sealer, versions) for versions in fresh]
        last = [_last(one, rids[i]) for i, one in enumerate(stored)]
        past = [
            (version, one.versions[i + 1][0].updated, rids[n], index)
            for n, one in enumerate(stored)
            for i, (version, index) in enumerate(one.versions[:-1])
        ]
        write.past(conn, past)
        write.write(conn, who(principal), last, [_access(last, source)])
        consents.follow(conn, last)
    new = {id(versions) for versions in fresh}
    return ["created" if id(versions) in new else "unchanged" for versions in resources]


def _whole(versions: Versions) -> None:
    numbers = [version.version for version in versions]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        name = f"{versions[0].type}/{versions[0].id}" if versions else "A resource"
        raise Invalid(f"{name} has versions {numbers}; expected all from 1 on, ascending.")


def _may(context: Context, principal: Principal, types: set[str]) -> None:
    for type in types:
        if not context.writes_all(principal, type):
            raise NotAllowed(f"Restoring needs the right to write every {type}.")


def _is_here(context: Context, conn: Connection[Any], versions: Versions) -> bool:
    last = versions[-1]
    for found in lookup.lock(conn, last.type, [last.id], wait=True):
        if found.version != last.version or not _same(context, conn, found, last):
            raise Conflict(
                f"{last.type}/{last.id} is here with version {found.version},"
                f" the export has {last.version}; restore into an empty database."
            )
        return True
    return False


def _same(context: Context, conn: Connection[Any], found: Version, last: Version) -> bool:
    return context.vault.opened_by(conn, found).content == last.content


class _Stored(NamedTuple):
    """All versions of a resource as they are stored, documents encrypted, each with its patient and index."""

    versions: list[tuple[Version, IndexRows | None]]
    blobs: tuple[BlobRow, ...]


def _stored(context: Context, sealer: Sealer, versions: Versions) -> _Stored:
    """A deletion is about the patient of what it deleted."""
    found: list[tuple[Version, IndexRows | None]] = []
    blobs: list[BlobRow] = []
    for version in versions:
        before = found[-1][0] if found else None
        if version.deleted:
            found.append((replace(version, patient=before.patient if before else None), None))
            continue
        resource, content = decode(version.content), version.content
        index = context.index(resource)
        if marks.DATA in content:
            sealed = sealer.seal(resource, version.id, index.patient, before)
            content = marks.exchanged(resource, content, sealed.texts)
            with marks.placed(sealed.texts):
                index = context.index(resource)
            blobs.extend(sealed.rows)
        found.append((replace(version, patient=index.patient, content=content), index))
    return _Stored(found, tuple(blobs))


def _last(stored: _Stored, rid: int) -> NewVersion:
    version, index = stored.versions[-1]
    return NewVersion(
        *(version.type, version.id, rid, version.version, version.updated),
        patient=version.patient,
        content=None if version.deleted else version.content,
        index=index,
        blobs=stored.blobs,
    )


def _access(last: Sequence[NewVersion], source: str) -> Access:
    patients = {version.patient for version in last if version.patient}
    patients.update(*(others(version.index) for version in last if version.index is not None))
    return Access(
        "restore",
        patients=tuple(sorted(patients)),
        hits=len(last),
        query=source,
        source=f"import:{source}",
    )
