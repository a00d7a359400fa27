"""Taking back resources with all their versions, as an export with history wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotAllowed
from osler.record.context import Context, who
from osler.record.ops import Status
from osler.search.tree import Everything
from osler.store import lookup, write
from osler.store.rows import Access, NewVersion, Version

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
        fresh = [versions for versions in resources if not _is_here(conn, versions)]
        rids = context.rids(conn, len(fresh))[::-1]  # ascending
        last = [_last(context, versions, rids[i]) for i, versions in enumerate(fresh)]
        past = [
            (version, versions[i + 1].updated, rids[n])
            for n, versions in enumerate(fresh)
            for i, version in enumerate(_of_patients(context, versions[:-1]))
        ]
        write.past(conn, past)
        write.write(conn, who(principal), last, [_access(last, source)])
    new = {id(versions) for versions in fresh}
    return ["created" if id(versions) in new else "unchanged" for versions in resources]


def _whole(versions: Versions) -> None:
    numbers = [version.version for version in versions]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        name = f"{versions[0].type}/{versions[0].id}" if versions else "A resource"
        raise Invalid(f"{name} has versions {numbers}; expected all from 1 on, ascending.")


def _may(context: Context, principal: Principal, types: set[str]) -> None:
    policy = context.policy_of(principal)
    for type in types:
        if not isinstance(policy.where(type, "update"), Everything):
            raise NotAllowed(f"Restoring needs the right to write every {type}.")


def _is_here(conn: Connection[Any], versions: Versions) -> bool:
    last = versions[-1]
    for found in lookup.lock(conn, last.type, [last.id], wait=True):
        if (found.version, found.content) != (last.version, last.content):
            raise Conflict(
                f"{last.type}/{last.id} is here with version {found.version},"
                f" the export has {last.version}; restore into an empty database."
            )
        return True
    return False


def _of_patients(context: Context, versions: Versions) -> list[Version]:
    """The versions with the patient each is about; a deletion is about the patient of what it deleted."""
    found: list[Version] = []
    for version in versions:
        if not version.deleted:
            patient = context.index(decode(version.content)).patient
        else:
            patient = found[-1].patient if found else None
        found.append(replace(version, patient=patient))
    return found


def _last(context: Context, versions: Versions, rid: int) -> NewVersion:
    version = versions[-1]
    index = None
    if not version.deleted:
        index = context.index(decode(version.content))
        patient = index.patient
    else:
        patient = _of_patients(context, versions)[-1].patient
    return NewVersion(
        *(version.type, version.id, rid, version.version, version.updated),
        patient=patient,
        content=None if version.deleted else version.content,
        index=index,
    )


def _access(last: Sequence[NewVersion], source: str) -> Access:
    patients = tuple(sorted({version.patient for version in last if version.patient}))
    return Access("restore", patients=patients, hits=len(last), query=source)
