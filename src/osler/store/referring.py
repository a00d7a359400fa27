"""By which search parameters anything refers to a resource: for callers who then search, within their policy."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# From one number of a parameter to the next along the index: a target of a million references costs no more.
_PARAMS = """
WITH RECURSIVE next AS (
    SELECT min(param) AS param FROM reference_index WHERE target_id = %(id)s AND target_type = %(type)s
    UNION ALL
    SELECT (SELECT min(param) FROM reference_index
        WHERE target_id = %(id)s AND target_type = %(type)s AND param > next.param)
    FROM next WHERE next.param IS NOT NULL
)
SELECT param FROM next WHERE param IS NOT NULL
"""
_TYPES = "SELECT DISTINCT type FROM resource WHERE patient = %s AND NOT deleted"


def params(conn: Connection[Any], type: str, id: str) -> list[int]:
    """The numbers of the parameters whose stored values name the resource."""
    return [int(row[0]) for row in conn.execute(_PARAMS, {"type": type, "id": id})]


def types_about(conn: Connection[Any], patient: str) -> list[str]:
    """The types of what is about a patient: that reference is a column, not a row of the index."""
    return sorted(str(row[0]) for row in conn.execute(_TYPES, (patient,)))
