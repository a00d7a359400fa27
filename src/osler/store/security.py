"""Questions about how well the database is guarded, each one statement, for `osler doctor --security`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

Conn = Connection[Any]
# Setting, and what of it keeps statements and their values out of the server's log.
_QUIET = {
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_error_statement": ("panic", "fatal", "log"),
    "log_error_verbosity": ("terse",),
    "log_parameter_max_length_on_error": ("0",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    # Extensions, where they are there.
    "auto_explain.log_min_duration": ("-1",),
    "pgaudit.log": ("", "none"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """How this connection reaches the server."""

    remote: bool
    encrypted: bool
    checked: bool


_POWERS = """
SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls,
    NOT rolsuper AND EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolsuper AND pg_has_role(current_user, o.oid, 'member')),
    NOT rolsuper AND EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname IN ('pg_execute_server_program',
        'pg_read_server_files', 'pg_write_server_files') AND pg_has_role(current_user, o.oid, 'member'))
FROM pg_roles WHERE rolname = current_user
"""


def powers(conn: Conn) -> list[str]:
    """What our role, or one that it may become, may do beyond its own database."""
    row = conn.execute(_POWERS).fetchone()
    names = (
        *("superuser", "creates roles", "replicates", "passes row security"),
        *("may become superuser", "reaches the server's files or programs"),
    )
    return [name for name, has in zip(names, row or (), strict=False) if has]


def link(conn: Conn) -> Link:
    """Whether the server is on another machine, and whether the connection is encrypted and checked."""
    row = conn.execute(
        "SELECT inet_server_addr() IS NOT NULL AND NOT inet_server_addr() <<= '127.0.0.0/8'"
        " AND inet_server_addr() <> '::1', coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
    ).fetchone()
    assert row is not None
    mode = conn.info.get_parameters().get("sslmode", "")
    return Link(bool(row[0]), bool(row[1]), mode == "verify-full")


def telling_settings(conn: Conn) -> list[str]:
    """Settings under which the server's log quotes statements or values of the record."""
    rows = conn.execute(
        "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_QUIET)]
    )
    return sorted(f"{name} = {value}" for name, value in rows if value not in _QUIET[name])


def last_audit(conn: Conn) -> datetime | None:
    """When the audit was last written to."""
    row = conn.execute("SELECT at FROM audit ORDER BY at DESC LIMIT 1").fetchone()
    return None if row is None else row[0]


def unsealed_since(conn: Conn) -> datetime | None:
    """The time of the oldest audit row that came after the last one that is sealed."""
    row = conn.execute(
        "SELECT min(at) FROM audit"
        " WHERE seq > coalesce((SELECT max(number) FROM ledger_leaf WHERE kind = 1), -1)"
    ).fetchone()
    return None if row is None else row[0]


def blocks(conn: Conn) -> int:
    """How many blocks the ledger has."""
    row = conn.execute("SELECT count(*) FROM ledger_block").fetchone()
    return 0 if row is None else int(row[0])


def anchored(conn: Conn) -> dict[str, datetime | None]:
    """When a head was last left at the place of each kind; None where that is the newest there is."""
    rows = conn.execute(
        "SELECT kind, CASE WHEN max(height) < (SELECT max(height) FROM ledger_block) THEN max(at) END"
        " FROM ledger_anchor GROUP BY kind"
    )
    return dict(rows.fetchall())


def unreviewed_glass(conn: Conn, after: timedelta) -> int:
    """How many breaks of the glass nobody has looked at for so long."""
    row = conn.execute(
        "SELECT count(*) FROM break_glass WHERE reviewed_at IS NULL AND expires < clock_timestamp() - %s",
        [after],
    ).fetchone()
    return 0 if row is None else int(row[0])
