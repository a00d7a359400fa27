"""Where the ledger's heads were left outside of the database."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import Connection

from osler.ledger.head import Signed


class Stamped(NamedTuple):
    """A block and the time stamp of it; `signed` is None where the block is gone."""

    height: int
    token: bytes
    signed: Signed | None


def done(conn: Connection[Any], kind: str, height: int) -> bool:
    """Whether the block was left there."""
    return (
        conn.execute(
            "SELECT 1 FROM ledger_anchor WHERE kind = %s AND height = %s", (kind, height)
        ).fetchone()
        is not None
    )


def note(conn: Connection[Any], kind: str, height: int, place: str, token: bytes | None) -> None:
    """Remember that it was."""
    conn.execute(
        "INSERT INTO ledger_anchor (kind, height, place, token) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (kind, height, place, token),
    )


def stamped(conn: Connection[Any]) -> list[Stamped]:
    """All time stamps."""
    rows = conn.execute(
        "SELECT a.height, a.token, b.head, b.signature FROM ledger_anchor a"
        " LEFT JOIN ledger_block b USING (height) WHERE a.token IS NOT NULL ORDER BY height"
    )
    return [
        Stamped(height, token, None if head is None else Signed(head, signature))
        for height, token, head, signature in rows
    ]
