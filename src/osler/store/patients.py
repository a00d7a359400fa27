"""Statements on numbers given out, and on merges of two records of one person with what they moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge; `state` is moving, merged, undoing or undone. Versions are those of the two Patients."""

    id: str
    survivor: str
    other: str
    actor: str
    reason: str
    begun: datetime
    state: str
    survivor_before: int
    other_before: int
    survivor_after: int | None = None
    other_after: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A resource that a merge pointed to the survivor; `version` is the one that did."""

    type: str
    id: str
    version: int


_COLUMNS = (
    "SELECT id, survivor, other, actor, reason, begun, state, survivor_before, other_before,"
    " survivor_after, other_after FROM patient_merge"
)


_STAYING = ["Patient", "AuditEvent", "Provenance"]
"""What tells of the past stays as it was told."""


def next_number(conn: Connection[Any], name: str) -> int:
    """The next number of a counter, starting with 1; nobody else gets it."""
    row = conn.execute(
        "INSERT INTO number_counter AS c (name, value) VALUES (%s, 1)"
        " ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value",
        (name,),
    ).fetchone()
    assert row is not None, "an upsert answers its row"
    return int(row[0])


def begin(conn: Connection[Any], merge: Merge) -> bool:
    """Write a merge down before it does anything; False where the other one is in a merge already."""
    return (
        conn.execute(
            "INSERT INTO patient_merge (id, survivor, other, actor, reason, begun, state, changed,"
            " survivor_before, other_before) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (
                *(merge.id, merge.survivor, merge.other, merge.actor, merge.reason, merge.begun),
                *(merge.state, merge.begun, merge.survivor_before, merge.other_before),
            ),
        ).rowcount
        == 1
    )


def get(conn: Connection[Any], id: str, *, lock: bool = False) -> Merge | None:
    """One merge; with `lock` nobody else works on it until the transaction ends."""
    with conn.cursor(row_factory=class_row(Merge)) as cursor:
        query = _COLUMNS + " WHERE id = %s" + (" FOR UPDATE" if lock else "")
        return cursor.execute(query, (id,)).fetchone()


def of_patient(conn: Connection[Any], patient: str) -> list[Merge]:
    """The merges that a patient is or was in, newest first."""
    with conn.cursor(row_factory=class_row(Merge)) as cursor:
        query = _COLUMNS + " WHERE survivor = %s OR other = %s ORDER BY begun DESC"
        return cursor.execute(query, (patient, patient)).fetchall()


def into(conn: Connection[Any], patient: str) -> int:
    """How many merges led into a patient and stand."""
    row = conn.execute(
        "SELECT count(*) FROM patient_merge WHERE survivor = %s AND state <> 'undone'", (patient,)
    ).fetchone()
    return int(row[0]) if row else 0


def advance(conn: Connection[Any], id: str, state: str, at: datetime) -> None:
    """Say how far a merge has come."""
    conn.execute("UPDATE patient_merge SET state = %s, changed = %s WHERE id = %s", (state, at, id))


def ended(conn: Connection[Any], id: str, survivor: int, other: int) -> None:
    """The versions of both Patients that the merge made."""
    conn.execute(
        "UPDATE patient_merge SET survivor_after = %s, other_after = %s WHERE id = %s",
        (survivor, other, id),
    )


def note(conn: Connection[Any], merge: str, moves: Sequence[Move]) -> None:
    """Write down what was moved."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO patient_merge_move (merge, type, id, version) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (merge, type, id) DO UPDATE SET version = excluded.version,"
            " state = 'moved'",
            [(merge, one.type, one.id, one.version) for one in moves],
        )


def moved(conn: Connection[Any], merge: str, limit: int) -> list[Move]:
    """Some of what was moved and is neither back nor kept."""
    with conn.cursor(row_factory=class_row(Move)) as cursor:
        return cursor.execute(
            "SELECT type, id, version FROM patient_merge_move WHERE merge = %s AND state = 'moved'"
            " ORDER BY type, id LIMIT %s",
            (merge, limit),
        ).fetchall()


def settle(conn: Connection[Any], merge: str, moves: Sequence[Move], state: str) -> None:
    """Say of moves that they went back, or stay."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE patient_merge_move SET state = %s WHERE merge = %s AND type = %s AND id = %s",
            [(state, merge, one.type, one.id) for one in moves],
        )


def counts(conn: Connection[Any], merge: str) -> dict[str, int]:
    """How many moves are in which state."""
    rows = conn.execute(
        "SELECT state, count(*) FROM patient_merge_move WHERE merge = %s GROUP BY state", (merge,)
    )
    return {str(state): int(number) for state, number in rows}


def kept(conn: Connection[Any], merge: str, limit: int) -> list[Move]:
    """What an undone merge left with the survivor, because it was changed since."""
    with conn.cursor(row_factory=class_row(Move)) as cursor:
        return cursor.execute(
            "SELECT type, id, version FROM patient_merge_move WHERE merge = %s AND state = 'kept'"
            " ORDER BY type, id LIMIT %s",
            (merge, limit),
        ).fetchall()


def about(conn: Connection[Any], patient: str, limit: int) -> list[tuple[str, str]]:
    """(type, id) of some current resources that name a patient anywhere, the Patients themselves left out."""
    rows = conn.execute(
        "SELECT type, id FROM resource WHERE patient = %(p)s AND NOT deleted AND NOT type = ANY(%(x)s)"
        " UNION SELECT r.type, r.id FROM reference_index i JOIN resource r ON r.rid = i.rid"
        " WHERE i.target_type = 'Patient' AND i.target_id = %(p)s AND NOT r.deleted"
        " AND NOT r.type = ANY(%(x)s) ORDER BY 1, 2 LIMIT %(n)s",
        {"p": patient, "n": limit, "x": _STAYING},
    )
    return [(str(type), str(id)) for type, id in rows]


def tally(conn: Connection[Any], patient: str) -> dict[str, int]:
    """How many current resources of each type are about a patient."""
    rows = conn.execute(
        "SELECT type, count(*) FROM resource WHERE patient = %s AND NOT deleted"
        " AND type <> 'Patient' GROUP BY type ORDER BY type",
        (patient,),
    )
    return {str(type): int(number) for type, number in rows}
