"""Statements on what was typed and is not saved yet; each for one account alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed into the form `key` of a patient ("": about nobody).

    `base` is the version that the form began with, None of something new; `tab` the page it was typed in.
    """

    key: str
    patient: str
    saved: datetime
    base: int | None = None
    tab: str = ""
    fields: Fields = field(default_factory=dict)


_SAVE = (
    "INSERT INTO draft AS d (account, patient, key, base_version, content, saved, tab)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (account, patient, key) DO UPDATE SET"
    " base_version = excluded.base_version, content = excluded.content, saved = excluded.saved,"
    " tab = excluded.tab WHERE d.tab = excluded.tab OR d.saved = %s::timestamptz RETURNING 1"
)


def save(conn: Connection[Any], account: str, draft: Draft, known: datetime | None) -> bool:
    """Write it, unless another tab has saved since what this one `known` of it; whether it was written."""
    row = conn.execute(
        _SAVE,
        (
            *(account, draft.patient, draft.key, draft.base, Jsonb(draft.fields)),
            *(draft.saved, draft.tab, known),
        ),
        prepare=True,
    ).fetchone()
    return row is not None


def get(conn: Connection[Any], account: str, patient: str, key: str) -> Draft | None:
    """One draft of this account."""
    row = conn.execute(
        "SELECT key, patient, saved, base_version, tab, content FROM draft"
        " WHERE account = %s AND patient = %s AND key = %s",
        (account, patient, key),
        prepare=True,
    ).fetchone()
    return None if row is None else Draft(*row)


def of(conn: Connection[Any], account: str) -> list[Draft]:
    """All drafts of an account without what is in them, newest first."""
    rows = conn.execute(
        "SELECT key, patient, saved, base_version, tab FROM draft WHERE account = %s"
        " ORDER BY saved DESC",
        (account,),
        prepare=True,
    )
    return [Draft(*row) for row in rows]


def drop(conn: Connection[Any], account: str, patient: str, key: str) -> bool:
    """Forget one; whether there was one."""
    return bool(
        conn.execute(
            "DELETE FROM draft WHERE account = %s AND patient = %s AND key = %s",
            (account, patient, key),
            prepare=True,
        ).rowcount
    )


def count(conn: Connection[Any], account: str) -> int:
    """How many an account has."""
    row = conn.execute("SELECT count(*) FROM draft WHERE account = %s", (account,)).fetchone()
    return row[0] if row else 0


def expire(conn: Connection[Any], before: datetime) -> int:
    """Forget those that were last saved before an instant; how many."""
    return conn.execute("DELETE FROM draft WHERE saved < %s", (before,)).rowcount


def of_patient(conn: Connection[Any], patient: str) -> int:
    """Forget everybody's drafts about a patient; how many."""
    return conn.execute("DELETE FROM draft WHERE patient = %s", (patient,)).rowcount
