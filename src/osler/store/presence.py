"""Statements on who has which chart open just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Present:
    """An account with a patient's chart open; `doing` is the key of the form they have changed, or ""."""

    account: str
    name: str
    patient: str
    doing: str = ""


_HERE = (
    "INSERT INTO presence (session, tab, account, name, patient, doing, seen)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (session, tab) DO UPDATE SET"
    " account = excluded.account, name = excluded.name, patient = excluded.patient,"
    " doing = excluded.doing, seen = excluded.seen"
)


def here(conn: Connection[Any], session: str, tab: str, one: Present, at: datetime) -> None:
    """A tab says that it is open, and on what."""
    values = (session, tab, one.account, one.name, one.patient, one.doing, at)
    conn.execute(_HERE, values, prepare=True)


def gone(conn: Connection[Any], session: str, tab: str) -> None:
    """A tab says that it closes."""
    conn.execute("DELETE FROM presence WHERE session = %s AND tab = %s", (session, tab))


def tabs(conn: Connection[Any], session: str, since: datetime) -> int:
    """How many tabs of a session have lately said so."""
    row = conn.execute(
        "SELECT count(*) FROM presence WHERE session = %s AND seen >= %s", (session, since)
    ).fetchone()
    return row[0] if row else 0


# A page of the day is open on nobody: what it does stands for whom it is about.
_WATCHED = (
    "SELECT DISTINCT CASE WHEN patient = '' THEN doing ELSE patient END FROM presence"
    " WHERE session = %s AND seen >= %s AND (patient <> '' OR doing = '@day')"
)
_OPEN = (
    "SELECT DISTINCT session, account, name, CASE WHEN patient = '' THEN doing ELSE patient END, doing"
    " FROM presence WHERE seen >= %s AND (patient <> '' OR doing = '@day')"
)


def watched(conn: Connection[Any], session: str, since: datetime) -> set[str]:
    """The patients whose charts a session has open; "@day" for the visits of today."""
    rows = conn.execute(
        _WATCHED,
        (session, since),
        prepare=True,
    )
    return {row[0] for row in rows}


def present(conn: Connection[Any], patients: list[str], since: datetime) -> list[Present]:
    """Who is in these charts, one row for each account, chart and form, in the order of their names."""
    rows = conn.execute(
        "SELECT DISTINCT account, name, patient, doing FROM presence"
        " WHERE patient = ANY(%s) AND patient <> '' AND seen >= %s ORDER BY name, account, patient, doing",
        (patients, since),
        prepare=True,
    )
    return [Present(*row) for row in rows]


def expire(conn: Connection[Any], before: datetime) -> int:
    """Forget tabs that said nothing since an instant; how many."""
    return conn.execute("DELETE FROM presence WHERE seen < %s", (before,)).rowcount


def open_tabs(conn: Connection[Any], since: datetime) -> list[tuple[str, Present]]:
    """Every session with what it has open."""
    rows = conn.execute(
        _OPEN,
        (since,),
        prepare=True,
    )
    return [(row[0], Present(*row[1:])) for row in rows]
