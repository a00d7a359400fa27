"""Erasure, as Article 17 GDPR asks: content goes for good, and the proof that something was there stays.

    record.erase(principal, "Observation", "7", "request of 3 May, decided by …")
    record.erase_patient(principal, "123", reason)      all about a patient, and the patient
    record.hold(principal, "123", reason)               a legal hold: nothing of the patient is erased
    record.release(principal, "123", reason); record.holds(principal)

All with privacy.manage; a fresh sign-in is the door's to ask for. Every version keeps its row without content,
reads of it answer Gone. The audit keeps who did what with it, as the law asks; so do backups until they end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound, Unavailable
from osler.record import consents
from osler.record.context import Context, who
from osler.record.permissions import require
from osler.record.stamp import to_millisecond, tombstone
from osler.store import audit, blobs, drafts, erasing, ledger, lookup, prints, write
from osler.store.erasing import Erasure, Hold
from osler.store.rows import Access, NewVersion, Version

_log = logging.getLogger("osler.record")
PERMISSION = "privacy.manage"
_SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: resources, their versions, keys of documents that were destroyed.

    `referrers` are (type, id) of some that still refer to what is gone.
    """

    resources: int
    versions: int
    keys: int = 0
    referrers: tuple[tuple[str, str], ...] = ()


def erase(context: Context, principal: Principal, type: str, id: str, reason: str) -> Erased:
    """Erase one resource with all its versions.

    Raises:
        NotAllowed: without the permission. Invalid: without a reason.
        Conflict: a patient it is or was about is under a legal hold. NotFound: there is none.
    """
    require(context, principal, PERMISSION)
    _check_reason(reason)
    with context.database.connection() as conn, conn.transaction():
        ledger.keep_sealer_out(conn)
        found = lookup.lock(conn, type, [id], wait=True, to_delete=True)
        if not found:
            raise NotFound(f"There is no {type}/{id}.")
        whose = sorted(erasing.patients(conn, found) | ({id} if type == "Patient" else set()))
        _no_hold(conn, whose)
        access = Access("erase", type, id, patients=tuple(whose), detail=reason)
        versions = _erase(conn, principal, found, access, ())
        outside = erasing.documents(conn, found)
        referrers = lookup.referrers(conn, type, id, at_most=20)
    _remove(context, outside)
    return Erased(len(found), versions, referrers=tuple(referrers))


def erase_patient(context: Context, principal: Principal, patient: str, reason: str) -> Erased:
    """Erase the patient and everything about them, and the keys of their documents; raises like `erase`."""
    require(context, principal, PERMISSION)
    _check_reason(reason)
    with context.database.connection() as conn, conn.transaction():
        ledger.keep_sealer_out(conn)
        found = erasing.about(conn, patient)
        strays = erasing.strays(conn, patient)
        if not found and not strays:
            raise NotFound(f"There is no Patient/{patient}, and nothing about one.")
        _no_hold(conn, sorted(erasing.patients(conn, found) | {patient}))
        access = Access(
            "erase-patient", "Patient", patient, patients=(patient,), hits=len(found), detail=reason
        )
        versions = _erase(conn, principal, found, access, strays)
        keys = blobs.erase(conn, patient)
        drafts.of_patient(conn, patient)
        prints.of_patient(conn, patient)
        outside = erasing.documents(conn, found)
        referrers = lookup.referrers(conn, "Patient", patient, at_most=20)
    _remove(context, outside)
    return Erased(len(found), versions, keys, tuple(referrers))


def _erase(
    conn: Connection[Any],
    principal: Principal,
    found: Sequence[Version],
    access: Access,
    strays: Sequence[Erasure],
) -> int:
    """Delete what is not deleted, then remove the contents of all versions before the deletion."""
    at = to_millisecond(clock.now())
    deletions = [tombstone(version, at) for version in found if not version.deleted]
    write.write(conn, who(principal), deletions, [access])
    consents.follow(conn, deletions)
    now: list[Version | NewVersion] = [one for one in found if one.deleted]
    erasures = [_before(one) for one in (*now, *deletions) if one.version > 1]
    return erasing.erase(conn, [*erasures, *strays], principal.id, access.detail or "")


def _remove(context: Context, blobs: Sequence[str]) -> None:
    """Once the erasure is committed: what cannot be reached now, the daily job removes."""
    for blob in blobs:
        try:
            context.vault.objects.delete(blob)
        except Unavailable:
            _log.warning("the document store is away; the job of tomorrow removes what was erased")


def _before(last: Version | NewVersion) -> Erasure:
    return Erasure(last.type, last.id, 1, last.version - 1, last.patient)


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < _SHORTEST_REASON:
        raise Invalid("Say why: the reason stays when the content is gone.", expression="reason")


def _no_hold(conn: Connection[Any], patients: Sequence[str]) -> None:
    for one in erasing.holds(conn, patients):
        raise Conflict(
            f"Patient/{one.patient} is under a legal hold since {one.at:%Y-%m-%d} ({one.reason});"
            " release that first."
        )


def hold(context: Context, principal: Principal, patient: str, reason: str) -> None:
    """Put a patient's record under a legal hold; another one there is replaced."""
    require(context, principal, PERMISSION)
    _check_reason(reason)
    with context.database.connection() as conn, conn.transaction():
        erasing.hold(conn, patient, reason, principal.id)
        access = Access("hold", "Patient", patient, patients=(patient,), detail=reason)
        audit.write(conn, who(principal), [access])


def release(context: Context, principal: Principal, patient: str, reason: str) -> None:
    """End the legal hold on a patient's record; NotFound where there is none."""
    require(context, principal, PERMISSION)
    _check_reason(reason)
    with context.database.connection() as conn, conn.transaction():
        if not erasing.release(conn, patient):
            raise NotFound(f"Patient/{patient} is under no legal hold.")
        access = Access("release-hold", "Patient", patient, patients=(patient,), detail=reason)
        audit.write(conn, who(principal), [access])


def holds(context: Context, principal: Principal) -> list[Hold]:
    """All legal holds, oldest first."""
    require(context, principal, PERMISSION)
    with context.database.connection() as conn:
        return erasing.holds(conn)
