"""The decisions of patients as rows that policies ask, written along with the Consent that states them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from osler.access.consent import ConsentRule, rules_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.store import access as stored
from osler.store.rows import NewVersion, Version

TYPE = "Consent"


def follow(conn: Connection[Any], versions: Iterable[NewVersion]) -> None:
    """Make the rules of these versions those of the versions before; to be called in their transaction."""
    changed = [version for version in versions if version.type == TYPE]
    if changed:
        rules = [row for version in changed for row in _rows(version.content)]
        stored.set_consents(conn, [version.id for version in changed], rules)


def rebuild(conn: Connection[Any], versions: Sequence[Version]) -> None:
    """The same for current versions that were stored before."""
    if versions and versions[0].type == TYPE:
        rules = [row for version in versions for row in _rows(version.content)]
        stored.set_consents(conn, [version.id for version in versions], rules)


def _rows(content: bytes | None) -> list[tuple[Any, ...]]:
    if not content:
        return []
    consent = decode(content)
    assert isinstance(consent, r4.Consent)
    return [_row(rule) for rule in rules_of(consent)]


def _row(rule: ConsentRule) -> tuple[Any, ...]:
    """In the order of `store.access.CONSENT_COLUMNS`."""
    return (*rule.row(), [actor for actor in rule.actors if actor.startswith("CareTeam/")])
