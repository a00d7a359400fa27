"""COPY of many rows in PostgreSQL's text format, formatted here because that is most of a load's time.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, sql

_CHUNK = 1 << 18
# The backslash first: the others bring one along. Several times as fast as one `translate`.
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def copy_rows(
    conn: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY rows of str, int, Decimal, bool, datetime, None or lists of int into a table."""
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    lines: list[str] = []
    size = 0
    with conn.cursor() as cursor, cursor.copy(query) as copy:
        for row in rows:
            line = "\t".join([_field(value) for value in row])
            lines.append(line)
            size += len(line)
            if size > _CHUNK:
                lines.append("")
                copy.write("\n".join(lines))
                lines, size = [], 0
        if lines:
            lines.append("")
            copy.write("\n".join(lines))


def _escaped(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        for special, escaped in _ESCAPES:
            text = text.replace(special, escaped)
    return text


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is str:
        return _escaped(value)
    if value is True:
        return "t"
    if value is False:
        return "f"
    if type(value) is list:
        return "{" + ",".join(map(str, value)) + "}"
    return str(value)
