"""Statements on charts that are printed in the background; what is read of them is read for one account alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

Conn = Connection[Any]
UNDER_WAY = ("waiting", "making")


@dataclass(frozen=True, slots=True)
class Print:
    """A print without its file. `done` of `total` steps are behind; `told` is the last sign of progress."""

    id: str
    patient: str
    asked: datetime
    wanted: dict[str, Any]
    state: str
    told: datetime
    done: int = 0
    total: int = 0
    pages: int = 0
    size: int = 0
    trouble: str = ""

    @property
    def under_way(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(99, round(100 * self.done / self.total)) if self.total else 0


_ONE = (
    "SELECT id, patient, asked, wanted, state, told, done, total, pages, size, trouble FROM print"
    " WHERE account = %s AND id = %s"
)
_OF = (
    "SELECT id, patient, asked, wanted, state, told, done, total, pages, size, trouble FROM print"
    " WHERE account = %s AND patient = %s AND asked >= %s ORDER BY asked DESC LIMIT %s"
)


def add(conn: Conn, one: Print, account: str, caller: dict[str, Any]) -> None:
    """Write down what is asked for."""
    conn.execute(
        "INSERT INTO print (id, account, patient, asked, told, caller, wanted)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (one.id, account, one.patient, one.asked, one.told, Jsonb(caller), Jsonb(one.wanted)),
    )


def under_way(conn: Conn, account: str) -> int:
    """How many of an account wait or are being made."""
    row = conn.execute(
        "SELECT count(*) FROM print WHERE account = %s AND state = ANY(%s)",
        (account, list(UNDER_WAY)),
    ).fetchone()
    return int(row[0]) if row else 0


def of(conn: Conn, account: str, patient: str, since: datetime, limit: int) -> list[Print]:
    """An account's prints of a patient, newest first."""
    rows = conn.execute(_OF, (account, patient, since, limit))
    return [Print(*row) for row in rows]


def get(conn: Conn, account: str, id: str) -> Print | None:
    """One of this account."""
    row = conn.execute(_ONE, (account, id)).fetchone()
    return None if row is None else Print(*row)


def file(conn: Conn, account: str, id: str) -> tuple[str, bytes] | None:
    """(key, sealed bytes) of one that is ready."""
    row = conn.execute(
        "SELECT key, sealed FROM print WHERE account = %s AND id = %s AND state = 'ready'",
        (account, id),
    ).fetchone()
    return None if row is None or row[1] is None else (row[0], bytes(row[1]))


def drop(conn: Conn, account: str, id: str) -> bool:
    """Forget one; whether there was one. A job that makes it ends at its next step."""
    found = conn.execute("DELETE FROM print WHERE account = %s AND id = %s", (account, id))
    return bool(found.rowcount)


def begin(conn: Conn, id: str, at: datetime) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
    """(patient, caller, what is wanted) of one that is to be made, from the beginning; None where there is none."""
    row = conn.execute(
        "UPDATE print SET state = 'making', told = %s, done = 0, total = 0, trouble = ''"
        " WHERE id = %s AND state <> 'ready' RETURNING patient, caller, wanted",
        (at, id),
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def step(conn: Conn, id: str, done: int, total: int, at: datetime) -> bool:
    """Note how far it is; whether it is still wanted."""
    found = conn.execute(
        "UPDATE print SET done = %s, total = %s, told = %s WHERE id = %s AND state = 'making'",
        (done, total, at, id),
    )
    return bool(found.rowcount)


def finish(conn: Conn, id: str, file: tuple[str, bytes], counts: tuple[int, int], at: datetime) -> bool:  # fmt: skip
    """Put the file in, (key, sealed bytes), with its (pages, bytes); whether it is still wanted."""
    found = conn.execute(
        "UPDATE print SET state = 'ready', key = %s, sealed = %s, pages = %s, size = %s, told = %s"
        " WHERE id = %s AND state = 'making'",
        (*file, *counts, at, id),
    )
    return bool(found.rowcount)


def fail(conn: Conn, id: str, trouble: str, at: datetime) -> None:
    """Say that it could not be made, and why."""
    conn.execute(
        "UPDATE print SET state = 'failed', trouble = %s, told = %s WHERE id = %s AND state <> 'ready'",
        (trouble, at, id),
    )


def of_patient(conn: Conn, patient: str) -> int:
    """Forget everybody's prints of a patient; how many."""
    return conn.execute("DELETE FROM print WHERE patient = %s", (patient,)).rowcount


def expire(conn: Conn, before: datetime) -> int:
    """Forget those asked for before; how many."""
    return conn.execute("DELETE FROM print WHERE asked < %s", (before,)).rowcount
