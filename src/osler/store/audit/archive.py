"""Months of the audit that leave the database: which, their rows, and their partition's end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

WRITES = ("create", "update", "patch", "delete", "load", "restore")
"""Rows of these stay in `audit_kept`: they are the provenance of what is still in the record."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One archived month, as the table `audit_archive` has it."""

    month: date
    file: str
    rows: int
    first_seq: int
    last_seq: int
    sha256: str
    manifest: str


def months_before(conn: Connection[Any], until: datetime) -> list[date]:
    """The months that have a partition and ended by `until`, oldest first."""
    rows = conn.execute(
        "SELECT to_date(substr(c.relname, 7), 'YYYY_MM') AS month FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass"
        " AND c.relname ~ '^audit_[0-9]{4}_[0-9]{2}$' ORDER BY 1"
    )
    months = [row[0] for row in rows]
    return [month for month in months if _end(month) <= until.date()]


def _end(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _table(month: date) -> sql.Identifier:
    return sql.Identifier(f"audit_{month:%Y_%m}")


def rows(conn: Connection[Any], month: date) -> Iterator[dict[str, Any]]:
    """The rows of a month in the order of their numbers, fetched in slices; needs a transaction."""
    query = sql.SQL("SELECT * FROM {} ORDER BY seq").format(_table(month))
    with conn.cursor(name="audit_archive", row_factory=dict_row) as cursor:
        cursor.itersize = 5000
        yield from cursor.execute(query)


def unsealed(conn: Connection[Any], month: date) -> int:
    """How many rows of a month the ledger has not sealed, where there is a ledger."""
    query = sql.SQL(
        "SELECT count(*) FROM {} a WHERE EXISTS (SELECT 1 FROM ledger_block)"
        " AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.kind = 1 AND l.number = a.seq)"
    ).format(_table(month))
    row = conn.execute(query).fetchone()
    return int(row[0]) if row else 0


def drop(conn: Connection[Any], done: Archived) -> None:
    """Keep the rows of writes, note the file, and drop the month's partition; needs a transaction.

    Raises:
        RuntimeError: rows have come since the file was written; archive the month again.
    """
    table = _table(done.month)
    conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
    row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    if row != (done.rows,):
        raise RuntimeError(f"{done.month:%Y-%m} has {row and row[0]} rows, its file {done.rows}")
    names = sql.SQL(", ").join(map(sql.Identifier, _columns(conn)))
    keep = sql.SQL("INSERT INTO audit_kept ({0}) SELECT {0} FROM {1} WHERE action = ANY({2})")
    conn.execute(keep.format(names, table, sql.Literal(list(WRITES))))
    conn.execute(
        "INSERT INTO audit_archive (month, file, rows, first_seq, last_seq, sha256, manifest)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            *(done.month, done.file, done.rows, done.first_seq, done.last_seq),
            *(done.sha256, done.manifest),
        ),
    )
    conn.execute(sql.SQL("ALTER TABLE audit DETACH PARTITION {}").format(table))
    conn.execute(sql.SQL("DROP TABLE {}").format(table))


def _columns(conn: Connection[Any]) -> list[str]:
    found = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_kept'::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [row[0] for row in found]


def known(conn: Connection[Any]) -> list[Archived]:
    """The months that were archived, oldest first."""
    found = conn.execute(
        "SELECT month, file, rows, first_seq, last_seq, sha256, manifest FROM audit_archive"
        " ORDER BY month"
    )
    return [Archived(*row) for row in found]
