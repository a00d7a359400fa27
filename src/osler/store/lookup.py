"""Small questions about the clinical tables that a commit asks inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import Connection, sql

from osler.store.read import COLUMNS, version_of
from osler.store.rows import Version


def lock(
    conn: Connection[Any],
    type: str,
    ids: Sequence[str],
    *,
    wait: bool = False,
    to_delete: bool = False,
) -> list[Version]:
    """The current versions of these ids, locked until the transaction ends.

    `to_delete` also excludes those who are just writing a reference to one of them, as foreign keys do.

    Raises:
        psycopg.errors.LockNotAvailable: another writer holds one of them (unless `wait`).
    """
    query = sql.SQL(
        "SELECT {} FROM resource r WHERE r.type = {} AND r.id = ANY(%s) ORDER BY r.id FOR {}UPDATE{}"
    ).format(
        COLUMNS,
        sql.Literal(type),
        sql.SQL("" if to_delete else "NO KEY "),
        sql.SQL("" if wait else " NOWAIT"),
    )
    return [version_of(row) for row in conn.execute(query, (list(ids),))]


_PRESENT = sql.SQL(
    "SELECT r.id FROM resource r WHERE r.type = {} AND r.id = ANY(%s) AND NOT r.deleted AND {}"
)


def missing(
    conn: Connection[Any], type: str, ids: Sequence[str], visible: sql.Composable | None
) -> set[str]:
    """Those of `ids` that no current (and visible) resource has; `visible` is a condition on alias r."""
    query = _present(type) if visible is None else _PRESENT.format(sql.Literal(type), visible)
    return set(ids) - {row[0] for row in conn.execute(query, (list(ids),))}


def not_held(
    conn: Connection[Any], type: str, ids: Sequence[str], visible: sql.Composable | None
) -> set[str]:
    """Like `missing`, and nobody deletes those that are there until the transaction ends."""
    query = sql.SQL("{} ORDER BY r.id FOR KEY SHARE OF r").format(
        _PRESENT.format(sql.Literal(type), visible or sql.SQL("true"))
    )
    return set(ids) - {row[0] for row in conn.execute(query, (list(ids),))}


def patient(conn: Connection[Any], type: str, id: str) -> str | None:
    """The patient whom a current resource is about; a Patient is about itself."""
    row = whose(conn, type, id)
    return None if row is None else row[0]


def whose(conn: Connection[Any], type: str, id: str) -> tuple[str | None] | None:
    """The patient whom a current resource is about, if anybody; None where there is no such resource."""
    return conn.execute(
        "SELECT patient FROM resource WHERE type = %s AND id = %s AND NOT deleted",
        (type, id),
        prepare=True,
    ).fetchone()


def patients_by_keys(conn: Connection[Any], type: str, keys: Sequence[int]) -> list[str]:
    """The patients of current resources that any of these keys finds."""
    rows = conn.execute(
        "SELECT DISTINCT patient FROM resource WHERE type = %s AND keys && %s::bigint[]"
        " AND NOT deleted AND patient IS NOT NULL ORDER BY patient LIMIT 2",
        (type, list(keys)),
    )
    return [row[0] for row in rows]


def last_content(conn: Connection[Any], type: str, id: str) -> bytes | None:
    """What a deleted resource said before its deletion."""
    row = conn.execute(
        "SELECT content FROM history WHERE type = %s AND id = %s AND NOT deleted"
        " ORDER BY version DESC LIMIT 1",
        (type, id),
    ).fetchone()
    return None if row is None else row[0]


@lru_cache(maxsize=256)
def _present(type: str) -> bytes:
    return _PRESENT.format(sql.Literal(type), sql.SQL("true")).as_bytes(None)


def referrers(conn: Connection[Any], type: str, id: str, *, at_most: int) -> list[tuple[str, str]]:
    """(type, id) of current resources that refer to this one, itself left out."""
    by_index = sql.SQL(
        "SELECT r.type, r.id FROM reference_index x JOIN resource r USING (rid)"
        " WHERE x.target_id = {id} AND x.target_type = {type}"
        " AND NOT r.deleted AND (r.type, r.id) <> ({type}, {id})"
    )
    by_patient = sql.SQL(
        " UNION SELECT r.type, r.id FROM resource r"
        " WHERE r.patient = {id} AND NOT r.deleted AND (r.type, r.id) <> ({type}, {id})"
    )
    names = {"id": sql.Literal(id), "type": sql.Literal(type)}
    query = sql.SQL("{}{} LIMIT {}").format(
        by_index.format(**names),
        by_patient.format(**names) if type == "Patient" else sql.SQL(""),
        sql.Literal(at_most),
    )
    return [(row[0], row[1]) for row in conn.execute(query)]


def new_rids(conn: Connection[Any], count: int) -> list[int]:
    """Fresh row numbers, ascending."""
    rows = conn.execute(
        "SELECT nextval('resource_rid') FROM generate_series(1, %s)", (count,), prepare=True
    )
    return [row[0] for row in rows]


def advisory_locks(conn: Connection[Any], keys: Sequence[int]) -> None:
    """Hold these locks until the transaction ends, taken in one order so that nobody deadlocks."""
    for key in sorted(set(keys)):
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (key,))
