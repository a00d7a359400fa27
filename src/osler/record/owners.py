"""Whose a Binary is: its security context says so, which is filled in from the document that refers to it.

A Binary is in no patient's compartment by FHIR. Here it is in that of the patient of its security
context; without one, only who may see every Binary sees it. https://hl7.org/fhir/R4/binary.html#security
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from osler.access.principal import Principal
from osler.fhir import r4, reference, walk
from osler.fhir.base import Resource
from osler.fhir.codec import decode, encode
from osler.fhir.model import PRIMITIVES
from osler.record.ops import Update
from osler.record.plan import Work
from osler.search.hashing import URI, key
from osler.store import blobs, lookup
from osler.store.rows import Version

if TYPE_CHECKING:
    from osler.record.context import Context

TYPE = "Binary"
PATIENT = "urn:osler:patient"
"""Extension of a security context that is no Patient: the patient whom that is about."""
_NAMED = b"Binary/"


def patient_of(binary: r4.Binary, base_url: str | None) -> str | None:
    """The patient whose compartment a Binary is in."""
    context = binary.securityContext
    if context is None:
        return None
    said = [context, *(one.valueReference for one in context.extension or () if one.url == PATIENT)]
    for one in said:
        found = reference.parse(one.reference, base_url) if one and one.reference else None
        if found is not None and found.kind == "relative" and found.type == "Patient":
            return found.id
    return None


def concerned(resource: Resource | None) -> bool:
    """Whether a resource is a Binary or may refer to one."""
    if resource is None:
        return False
    type = resource.resourceType
    return type == TYPE or (_has_attachments(type) and _NAMED in encode(resource))


@cache
def _has_attachments(type: str) -> bool:
    """Whether FHIR gives resources of this type an Attachment somewhere; those in extensions claim nothing."""
    waiting, seen = [type], {"Extension"}
    while waiting:
        name = waiting.pop()
        if name == "Attachment":
            return True
        if name not in seen and name not in PRIMITIVES:
            seen.add(name)
            parts = r4.type_class(name).__fhir_elements__.values()
            waiting.extend(one.type for part in parts for one in part if one.type != "Resource")
    return False


def settle(
    context: Context, conn: Connection[Any], principal: Principal, works: Sequence[Work]
) -> list[Work]:
    """Fill in whose each Binary is that is written; further writes for those that are here and nobody's yet.

    A file also bears the security labels of what leads to it: it is not seen by who may not see that.
    What the principal may not see stays nobody's: else one could make any document one's own by
    referring to its id.
    """
    live = [work for work in works if work.status != "matched" and work.interaction != "delete"]
    written = {work.id or "": work for work in live if work.type == TYPE}
    claims = _claims(context, live)
    for id, work in written.items():
        if isinstance(work.resource, r4.Binary):
            _own(context, conn, work, work.resource, works, claims.get(id))
    others = sorted(id for id in claims if id not in written)
    return _adopted(context, conn, principal, {id: claims[id] for id in others}) if others else []


@dataclass(frozen=True, slots=True)
class _Claim:
    """Whose a Binary is by the resource that leads to it, and how that is labelled."""

    patient: str
    labels: tuple[r4.Coding, ...]

    def label(self, binary: r4.Binary) -> bool:
        """Add the labels that a Binary does not have yet; whether there were any."""
        meta = binary.meta or r4.Meta()
        known = {(one.system, one.code) for one in meta.security or ()}
        new = [one for one in self.labels if (one.system, one.code) not in known]
        if new:
            meta.security = [*(meta.security or ()), *new]
            binary.meta = meta
        return bool(new)


def _claims(context: Context, works: Sequence[Work]) -> dict[str, _Claim]:
    """By id the Binaries here that attachments of patients' resources lead to."""
    found: dict[str, _Claim] = {}
    for work in works:
        if work.resource is None or work.type == TYPE or not concerned(work.resource):
            continue
        ids = list(_linked(work.resource, context.base_url))
        patient = context.index(work.resource).patient if ids else None
        if patient is None:
            continue
        labels = tuple((work.resource.meta.security if work.resource.meta else None) or ())
        for id in ids:
            before = found.get(id)
            same = before is not None and before.patient == patient
            found[id] = _Claim(patient, (*before.labels, *labels) if before and same else labels)
    return found


def _linked(resource: Resource, base_url: str | None) -> Iterator[str]:
    for node in walk.walk(walk.root(resource)):
        if isinstance(node.element, r4.Attachment) and node.element.url:
            found = reference.parse(node.element.url, base_url)
            if found.kind == "relative" and found.type == TYPE and found.id:
                yield found.id


def _own(
    context: Context,
    conn: Connection[Any],
    work: Work,
    binary: r4.Binary,
    works: Sequence[Work],
    claim: _Claim | None,
) -> None:
    _owner(context, conn, work, binary, works, claim.patient if claim else None)
    if claim is not None and patient_of(binary, context.base_url) == claim.patient:
        claim.label(binary)


def _owner(
    context: Context,
    conn: Connection[Any],
    work: Work,
    binary: r4.Binary,
    works: Sequence[Work],
    claimed: str | None,
) -> None:
    if patient_of(binary, context.base_url) is not None:
        return
    if binary.securityContext is not None:
        patient = _of_context(context, conn, binary.securityContext, works)
        if patient is not None:
            subject = r4.Extension(url=PATIENT, valueReference=_reference(patient))
            more = binary.securityContext.extension or []
            binary.securityContext.extension = [*more, subject]
        return
    before = work.before.patient if work.before is not None else None
    owner = before or claimed or _referred(context, conn, work.id or "")
    if owner is not None:
        binary.securityContext = _reference(owner)


def _of_context(
    context: Context, conn: Connection[Any], said: r4.Reference, works: Sequence[Work]
) -> str | None:
    """The patient of the resource that a security context names, written along with it or here already."""
    found = reference.of(said, context.base_url)
    if found.kind != "relative" or found.type is None or found.id is None:
        return None
    for work in works:
        if (work.type, work.id) == (found.type, found.id) and work.resource is not None:
            return context.index(work.resource).patient
    return lookup.patient(conn, found.type, found.id)


def _referred(context: Context, conn: Connection[Any], id: str) -> str | None:
    """The patient of the DocumentReferences that refer to a Binary, if it is one."""
    urls = [f"{TYPE}/{id}", *([f"{context.base_url}/{TYPE}/{id}"] if context.base_url else [])]
    keys = [key(URI, "DocumentReference.location", url) for url in urls]
    patients = lookup.patients_by_keys(conn, "DocumentReference", keys)
    return patients[0] if len(patients) == 1 else None


def _adopted(
    context: Context, conn: Connection[Any], principal: Principal, claims: Mapping[str, _Claim]
) -> list[Work]:
    ids = sorted(claims)
    visible = context.visible(principal, TYPE, "read", "r")
    unseen = lookup.missing(conn, TYPE, ids, visible)
    works: list[Work] = []
    for version in lookup.lock(conn, TYPE, ids, wait=True):
        if version.deleted:
            continue
        claim = claims[version.id]
        if version.patient == claim.patient:
            works += _labelled(context, conn, version, claim)
        elif version.patient is None and version.id not in unseen:
            works += _taken(context, conn, version, claim)
    return works


def _labelled(
    context: Context, conn: Connection[Any], version: Version, claim: _Claim
) -> Iterator[Work]:
    """What hides the document hides its file, whoever may see that."""
    if not claim.labels:
        return
    binary = decode(context.vault.opened_by(conn, version).content)
    if isinstance(binary, r4.Binary) and claim.label(binary):
        yield Work(Update(binary), TYPE, version.id, binary, before=version)


def _taken(
    context: Context, conn: Connection[Any], version: Version, claim: _Claim
) -> Iterator[Work]:
    binary = decode(context.vault.opened_by(conn, version).content)
    if not isinstance(binary, r4.Binary) or binary.securityContext is not None:
        return
    binary.securityContext = _reference(claim.patient)
    claim.label(binary)
    blobs.adopt(conn, [f"{TYPE}/{version.id}"], claim.patient)
    yield Work(Update(binary), TYPE, version.id, binary, before=version)


def _reference(patient: str) -> r4.Reference:
    return r4.Reference(reference=f"Patient/{patient}")
