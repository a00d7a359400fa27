"""What has been written since, for whoever watches: ids and kinds, each checked against the watcher's policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from osler.access import Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Invalid
from osler.record.drafting import PRESENT_FOR, Drafting
from osler.store import changes, presence
from osler.store.changes import Change, Changes

__all__ = [
    "ADDRESSED",
    "DAY",
    "Change",
    "Changes",
    "as_json",
    "concerns",
    "cursor",
    "open_tabs",
    "since",
    "told",
]

ADDRESSED = ("Task", "Communication", "Appointment", "Encounter", "Composition", "DiagnosticReport")
"""Types that are for somebody, who is told of them wherever they are."""
DAY = "@day"
"""What a page that shows the visits of today watches, as if it were a patient: no logical id has this sign."""
_OF_DAY = frozenset({"Appointment", "Encounter"})
_SILENT = frozenset({"Provenance", "AuditEvent"})
_CURSOR = re.compile(r"\d{1,19}")


def cursor(database: Database) -> str:
    """Where the order of writes is now."""
    with database.connection() as conn:
        return changes.cursor(conn)


def since(database: Database, cursor: str, patients: Iterable[str]) -> Changes:
    """All that was written after `cursor` about these patients or for somebody: for `told` to sift.

    Raises:
        Invalid: that is no cursor of ours.
    """
    if not _CURSOR.fullmatch(cursor):
        raise Invalid("A cursor is what the last answer said that it is.")
    with database.connection() as conn:
        return changes.since(conn, cursor, sorted(set(patients)), ADDRESSED)


def concerns(change: Change, principal: Principal, watched: frozenset[str]) -> bool:
    """Whether the principal watches the patient, or is whom it is for."""
    if change.deleted or change.type in _SILENT:
        return False
    if change.patient in watched or (DAY in watched and change.type in _OF_DAY):
        return True
    if change.type not in ADDRESSED:
        return False
    return principal.person in change.to or (change.type == "Task" and not change.to)


def told(
    record: Drafting, principal: Principal, watched: frozenset[str], found: Iterable[Change]
) -> list[Change]:
    """Those of the changes that concern the principal and that they may see."""
    mine = [one for one in found if concerns(one, principal, watched)]
    if not mine:
        return []
    seen = record.sees(principal, {(one.type, one.id) for one in mine})
    return [one for one in mine if (one.type, one.id) in seen]


def as_json(change: Change, principal: Principal) -> dict[str, Any]:
    """A change as pages read it: what and where, never what it says."""
    return {
        "type": change.type,
        "id": change.id,
        "version": change.version,
        "patient": change.patient,
        "new": change.version == 1,
        "mine": change.actor == principal.id,
        "forMe": principal.person in change.to,
    }


def open_tabs(database: Database) -> list[tuple[str, presence.Present]]:
    """Every session with what it has open: for the process that tells them, and nobody else."""
    with database.connection() as conn:
        return presence.open_tabs(conn, clock.now() - PRESENT_FOR)
