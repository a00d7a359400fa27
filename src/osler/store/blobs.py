"""Rows of encrypted documents and of the keys they are encrypted with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

COLUMNS = (
    ("id", "text"),
    ("key", "text"),
    ("type", "text"),
    ("resource", "text"),
    ("size", "bigint"),
    ("sealed", "bytea"),
)
"""The columns of `blob` with their types, in the order of a `BlobRow`."""
PRACTICE = "practice"
"""Who owns the documents of resources that are about no patient."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A row of patient_key; `wrapped` None: destroyed."""

    id: str
    owner: str
    wrapped: str | None
    master: str

    @property
    def name(self) -> str:
        """What the wrapping is bound to."""
        return f"{self.owner} {self.id}"


@dataclass(frozen=True, slots=True)
class Found:
    """A blob with its key."""

    id: str
    type: str
    resource: str
    sealed: bytes | None
    key: WrappedKey


def key_of(conn: Connection[Any], owner: str) -> WrappedKey | None:
    """The key that an owner's documents are encrypted with; not destroyed before this transaction ends."""
    row = conn.execute(
        "SELECT id, owner, wrapped, master FROM patient_key"
        " WHERE owner = %s AND wrapped IS NOT NULL FOR SHARE",
        (owner,),
        prepare=True,
    ).fetchone()
    return None if row is None else WrappedKey(*row)


def keys(conn: Connection[Any], ids: Sequence[str]) -> dict[str, WrappedKey]:
    """Keys by their ids."""
    rows = conn.execute(
        "SELECT id, owner, wrapped, master FROM patient_key WHERE id = ANY(%s)", (list(ids),)
    )
    return {row[0]: WrappedKey(*row) for row in rows}


_FORGETTING = 0x05_1E_B1


def keep_masters(conn: Connection[Any]) -> None:
    """No master key is forgotten until this transaction ends: somebody is about to wrap with one."""
    conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_FORGETTING,))


def forget_masters(conn: Connection[Any]) -> None:
    """Nobody wraps a new key until this transaction ends; waits for those who do (milliseconds)."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", (_FORGETTING,))


def add_key(conn: Connection[Any], key: WrappedKey, patient: str | None) -> None:
    """Give an owner its key, unless another process has just done so."""
    conn.execute(
        "INSERT INTO patient_key (id, owner, patient, wrapped, master) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (owner) WHERE wrapped IS NOT NULL DO NOTHING",
        (key.id, key.owner, patient, key.wrapped, key.master),
    )


def find(conn: Connection[Any], ids: Sequence[str]) -> dict[str, Found]:
    """Blobs by their ids."""
    rows = conn.execute(
        "SELECT b.id, b.type, b.resource, b.sealed, k.id, k.owner, k.wrapped, k.master"
        " FROM blob b JOIN patient_key k ON k.id = b.key WHERE b.id = ANY(%s)",
        (list(ids),),
        prepare=True,
    )
    return {row[0]: Found(row[0], row[1], row[2], row[3], WrappedKey(*row[4:])) for row in rows}


def known(conn: Connection[Any], ids: Sequence[str]) -> set[str]:
    """Those of the ids that a blob has."""
    rows = conn.execute("SELECT id FROM blob WHERE id = ANY(%s)", (list(ids),))
    return {row[0] for row in rows}


def erase(conn: Connection[Any], patient: str) -> int:
    """Destroy the keys of a patient's documents: no copy of those, wherever it lies, can be read again.

    How many keys were destroyed. Copies of the database made before still hold the wrapped keys.
    """
    done = conn.execute(
        "UPDATE patient_key SET wrapped = NULL, destroyed = clock_timestamp()"
        " WHERE patient = %s AND wrapped IS NOT NULL",
        (patient,),
    )
    return done.rowcount


def adopt(conn: Connection[Any], owners: Sequence[str], patient: str) -> None:
    """From now on these owners' documents go with a patient's erasure, unless another's do already."""
    conn.execute(
        "UPDATE patient_key SET patient = %s WHERE owner = ANY(%s) AND patient IS NULL",
        (patient, list(owners)),
    )


def masters(conn: Connection[Any]) -> dict[str, int]:
    """How many keys are wrapped with each master key."""
    rows = conn.execute(
        "SELECT master, count(*) FROM patient_key WHERE wrapped IS NOT NULL"
        " GROUP BY master ORDER BY master"
    )
    return {row[0]: row[1] for row in rows}


def outermost_masters(conn: Connection[Any]) -> set[str]:
    """The first and the last of the master keys in use: two looks at an index, however many keys there are."""
    row = conn.execute(
        "SELECT min(master), max(master) FROM patient_key WHERE wrapped IS NOT NULL"
    ).fetchone()
    return {master for master in row or () if master is not None}


def wrapped_by_others(conn: Connection[Any], master: str, limit: int) -> list[WrappedKey]:
    """Keys that are wrapped with other master keys than this, locked until the transaction ends."""
    rows = conn.execute(
        "SELECT id, owner, wrapped, master FROM patient_key WHERE wrapped IS NOT NULL"
        " AND master <> %s ORDER BY id LIMIT %s FOR UPDATE",
        (master, limit),
    )
    return [WrappedKey(*row) for row in rows]


def rewrap(conn: Connection[Any], changed: Sequence[WrappedKey]) -> None:
    """Store keys wrapped anew."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE patient_key SET wrapped = %s, master = %s WHERE id = %s AND wrapped IS NOT NULL",
            [(key.wrapped, key.master, key.id) for key in changed],
        )


def store_id(conn: Connection[Any]) -> str:
    """By what the object store knows this database."""
    row = conn.execute("SELECT id FROM blob_store").fetchone()
    assert row is not None
    return str(row[0])


def totals(conn: Connection[Any]) -> tuple[int, int, int]:
    """(documents, their bytes, keys destroyed)."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM blob), (SELECT coalesce(sum(size), 0) FROM blob),"
        " (SELECT count(*) FROM patient_key WHERE wrapped IS NULL)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])
