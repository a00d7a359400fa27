"""Turning a resource into the version to be written: id, version, time, bytes and index rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode, encode
from osler.record import marks
from osler.record.blobs import NO_DOCUMENTS, Sealer
from osler.search.rows import IndexRows
from osler.store.rows import NewVersion, Version

_MILLISECOND = timedelta(milliseconds=1)


def instant(at: datetime) -> str:
    """A FHIR instant in UTC with milliseconds."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def to_millisecond(at: datetime) -> datetime:
    """The instant as it will read in meta.lastUpdated."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


_EMPTY = (b":[]", b":{}")


def later(at: datetime, before: Version | None) -> datetime:
    """`at`, or just after the version before where the clock says otherwise: time in a history only grows."""
    if before is not None and at <= before.updated:
        return before.updated + _MILLISECOND
    return at


def same_content(resource: Resource, before: Version, sealer: Sealer) -> bool:
    """Whether writing this resource would only repeat the current version."""
    _set_meta(resource, before.version, before.updated)
    content = encode(resource)
    if marks.HINT in before.content:
        content = sealer.as_stored(resource, content, before)
    return content == before.content


def keep_labels(resource: Resource, before: Resource) -> None:
    """Labels that the new content does not speak of at all stay: only $meta-delete or an own list removes them.

    https://hl7.org/fhir/R4/resource.html#Meta
    """
    old = before.meta
    if old is None:
        return
    meta = resource.meta = resource.meta or r4.Meta()
    meta.tag = old.tag if meta.tag is None else meta.tag
    meta.security = old.security if meta.security is None else meta.security
    meta.profile = old.profile if meta.profile is None else meta.profile


def stamp(
    resource: Resource,
    id: str,
    rid: int,
    before: Version | None,
    at: datetime,
    index_of: Callable[[Resource], IndexRows],
    sealer: Sealer,
) -> NewVersion:
    """The next version of a resource, which is changed to carry its id, version and time."""
    version = 1 if before is None else before.version + 1
    updated = later(at, before)
    resource.id = id
    _set_meta(resource, version, updated)
    index = index_of(resource)
    content, sealed = encode(resource), NO_DOCUMENTS
    if any(mark in content for mark in _EMPTY):
        decode(content)  # Raises Invalid: what FHIR does not allow could never be read again.
    if marks.DATA in content:
        sealed = sealer.seal(resource, id, index.patient, before)
        with marks.placed(sealed.texts):
            content = encode(resource)
            index = index_of(resource) if index.contained else index
        marks.refuse_forged(content, len(sealed.texts))
    return NewVersion(
        type=resource.resourceType,
        id=id,
        rid=rid if before is None else before.rid,
        version=version,
        updated=updated,
        patient=index.patient,
        content=content,
        index=index,
        replaces=None if before is None else before.version,
        blobs=sealed.rows,
    )


def tombstone(before: Version, at: datetime) -> NewVersion:
    """The version that says: deleted."""
    return NewVersion(
        type=before.type,
        id=before.id,
        rid=before.rid,
        version=before.version + 1,
        updated=later(at, before),
        patient=before.patient,
        content=None,
        index=None,
        replaces=before.version,
    )


def _set_meta(resource: Resource, version: int, updated: datetime) -> None:
    meta = resource.meta
    if meta is None:
        meta = resource.meta = r4.Meta()
    meta.versionId = str(version)
    meta.lastUpdated = instant(updated)
