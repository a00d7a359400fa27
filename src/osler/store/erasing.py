"""Erasing: content and salts go, the row of each version and its leaf stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, sql

from osler.store.read import COLUMNS, version_of
from osler.store.rows import Version


class Erasure(NamedTuple):
    """Versions `first` to `last` of a resource, which were about a patient or nobody."""

    type: str
    id: str
    first: int
    last: int
    patient: str | None


class Hold(NamedTuple):
    """A patient whose record must be kept, and why."""

    patient: str
    reason: str
    actor: str
    at: datetime


_ABOUT = sql.SQL(
    "SELECT {} FROM resource r WHERE r.patient = %s OR (r.type = 'Patient' AND r.id = %s)"
    " ORDER BY r.type, r.id FOR UPDATE"
).format(COLUMNS)


def about(conn: Connection[Any], patient: str) -> list[Version]:
    """The current versions (deletions too) about a patient, locked until the transaction ends."""
    return [version_of(row) for row in conn.execute(_ABOUT, (patient, patient))]


def strays(conn: Connection[Any], patient: str) -> list[Erasure]:
    """Superseded versions about a patient, of resources that are about another one now."""
    rows = conn.execute(
        "SELECT h.type, h.id, h.version, h.version, h.patient FROM history h"
        " JOIN resource r ON r.type = h.type AND r.id = h.id"
        " WHERE h.patient = %s AND r.patient IS DISTINCT FROM h.patient"
        " AND NOT (h.type = 'Patient' AND h.id = h.patient) ORDER BY h.type, h.id, h.version",
        (patient,),
    )
    return [Erasure(*row) for row in rows]


def patients(conn: Connection[Any], found: Sequence[Version]) -> set[str]:
    """Every patient that any version of these resources is about."""
    rows = conn.execute(
        "SELECT DISTINCT h.patient FROM unnest(%s::text[], %s::text[]) AS w(type, id)"
        " JOIN history h ON h.type = w.type AND h.id = w.id WHERE h.patient IS NOT NULL",
        _names(found),
    )
    return {patient for (patient,) in rows} | {one.patient for one in found if one.patient}


_WANTED = sql.SQL(
    "unnest(%s::text[], %s::text[], %s::int[], %s::int[]) AS w(type, id, first, last)"
)
_CONTENT = sql.SQL(
    "UPDATE history h SET content = NULL, deleted = true, keys = NULL,"
    " date_low = '-infinity', date_high = 'infinity' FROM {}"
    " WHERE h.type = w.type AND h.id = w.id AND h.version BETWEEN w.first AND w.last"
).format(_WANTED)
_SALTS = sql.SQL(
    "UPDATE ledger_leaf l SET salt = NULL FROM {} WHERE l.kind = 0 AND l.id = w.id"
    " AND l.number BETWEEN w.first AND w.last AND l.type = w.type"
).format(_WANTED)


def erase(conn: Connection[Any], erasures: Sequence[Erasure], actor: str, reason: str) -> int:
    """Remove the contents of superseded versions and the salts of their leaves, and record it; how many."""
    if not erasures:
        return 0
    types, ids, firsts, lasts, whose = (list(column) for column in zip(*erasures, strict=True))
    count = conn.execute(_CONTENT, (types, ids, firsts, lasts)).rowcount
    conn.execute(_SALTS, (types, ids, firsts, lasts))
    conn.execute(
        "INSERT INTO ledger_erasure (type, id, first, last, patient, actor, reason)"
        " SELECT w.*, %s, %s"
        " FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[]) AS w",
        (actor, reason, types, ids, firsts, lasts, whose),
    )
    return count


def documents(conn: Connection[Any], found: Sequence[Version]) -> list[str]:
    """Remove those documents of the resources whose key is there still; the ids of those in the object store.

    A key that is destroyed has done it. But what a resource had before it was about this patient was
    encrypted with a key that others need, or that nobody's erasure destroys.
    """
    rows = conn.execute(
        "DELETE FROM blob b USING unnest(%s::text[], %s::text[]) AS w(type, id), patient_key k"
        " WHERE b.type = w.type AND b.resource = w.id AND k.id = b.key AND k.wrapped IS NOT NULL"
        " RETURNING b.id, b.sealed IS NULL",
        _names(found),
    )
    return [blob for blob, outside in rows if outside]


def _names(found: Sequence[Version]) -> tuple[list[str], list[str]]:
    return [one.type for one in found], [one.id for one in found]


def holds(conn: Connection[Any], patients: Sequence[str] | None = None) -> list[Hold]:
    """The legal holds on these patients (None: all), oldest first."""
    rows = conn.execute(
        "SELECT patient, reason, actor, at FROM legal_hold"
        " WHERE %s::text[] IS NULL OR patient = ANY(%s) ORDER BY at",
        (patients, patients),
    )
    return [Hold(*row) for row in rows]


def hold(conn: Connection[Any], patient: str, reason: str, actor: str) -> None:
    """Keep a patient's record, whatever else applies."""
    conn.execute(
        "INSERT INTO legal_hold (patient, reason, actor) VALUES (%s, %s, %s)"
        " ON CONFLICT (patient) DO UPDATE SET reason = excluded.reason, actor = excluded.actor,"
        " at = excluded.at",
        (patient, reason, actor),
    )


def release(conn: Connection[Any], patient: str) -> bool:
    """End a hold; whether there was one."""
    return bool(conn.execute("DELETE FROM legal_hold WHERE patient = %s", (patient,)).rowcount)
