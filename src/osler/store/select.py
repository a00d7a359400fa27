"""Running compiled searches: a page of rows with its audit row in one statement, or rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from osler.store.audit import WHO, literals, others
from osler.store.rows import Version, Who

Row = tuple[Any, ...]
"""rid, type, id, version, updated, content, patient, then the sort values as text."""

_AUDITED = sql.SQL(
    "WITH m AS MATERIALIZED ({select}),"
    " shown AS MATERIALIZED (SELECT rid, patient FROM m LIMIT {shown}),"
    " whose AS MATERIALIZED (SELECT ARRAY(SELECT patient FROM shown WHERE patient IS NOT NULL"
    " UNION {others}) AS patients),"
    " a AS (INSERT INTO audit ({who}, action, type, query, patients, hits)"
    " SELECT {access}, whose.patients, (SELECT count(*) FROM shown) FROM whose)"
    " SELECT m.* FROM m"
)
_PATIENTS = sql.SQL("whose.patients")
_OTHERS = others(sql.SQL("ANY(ARRAY(SELECT rid FROM shown))"))


def page(
    conn: Connection[Any],
    who: Who,
    statement: sql.Composed,
    *,
    action: str,
    type: str | None,
    query: str,
    shown: int,
) -> list[Row]:
    """The rows of a search and, in the same statement, the audit row for the first `shown` of them."""
    access = sql.SQL(", ").join(map(sql.Literal, (action, type, query)))
    audited = _AUDITED.format(
        select=statement,
        who=WHO,
        access=sql.SQL("{}, {}").format(literals(who, _PATIENTS), access),
        others=_OTHERS,
        shown=sql.Literal(shown),
    )
    return conn.execute(audited).fetchall()


def rows(conn: Connection[Any], statement: sql.Composed) -> list[Row]:
    """The rows of a statement, unaudited: the caller writes the audit in the same transaction."""
    return conn.execute(statement).fetchall()


def number(conn: Connection[Any], statement: sql.Composed) -> int:
    """The one number that a count answers."""
    row = conn.execute(statement).fetchone()
    return int(row[0]) if row else 0


def ids(conn: Connection[Any], statement: sql.Composed) -> list[tuple[str, str]]:
    """(type, id) of the rows of a search."""
    return [(row[1], row[2]) for row in conn.execute(statement)]


def contents(conn: Connection[Any], statement: sql.Composed) -> list[bytes]:
    """The contents of the rows of a search."""
    return [row[5] for row in conn.execute(statement)]


def version_of(row: Sequence[Any]) -> Version:
    """A row of a search as a Version."""
    rid, type, id, version, updated, content, patient = row[:7]
    return Version(type, id, version, updated, False, content or b"", rid, patient)
