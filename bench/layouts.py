"""Two ways to index tokens, on the same resources: hashed keys in an array under GIN, or one narrow row for each.

Run by hand on a database that `bench.growth` has filled: `python -m bench.layouts DATA_DIR`. Its figures are in
docs/adr/0002-index-layout.md.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from osler.kit.database import Database
from osler.kit.embedded import embedded
from osler.search.hashing import CODE, CODING, key

ROUNDS = 30
INSERTED = 20_000
LOINC = "http://loinc.org"
COLUMNS = "type, id, rid, version, updated, deleted, patient, date_low, date_high, keys, content"


def main() -> None:
    """Build the narrow rows beside the arrays, then ask both the same questions."""
    database = Database(embedded(Path(sys.argv[1])), statement_timeout_ms=0)
    with database.connection() as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("DROP TABLE IF EXISTS token_rows")
        conn.execute(
            "CREATE TABLE token_rows AS SELECT key, date_low, rid FROM resource_observation, unnest(keys) key"
        )
        conn.execute("CREATE INDEX token_rows_by_key ON token_rows (key, date_low DESC, rid DESC)")
        conn.execute("CREATE INDEX token_rows_by_rid ON token_rows (rid)")
        conn.execute("VACUUM (ANALYZE) token_rows")
        print(f"observations: {one(conn, 'SELECT count(*) FROM resource_observation'):,}")
        print(f"size, GIN on keys: {megabytes(conn, 'resource_observation_keys_idx')}")
        in_rows = one(conn, "SELECT sum(pg_column_size(keys)) FROM resource_observation")
        print(f"size, keys in the rows: {in_rows / 1e6:,.0f} MB")
        print(f"size, narrow rows with indexes: {megabytes(conn, 'token_rows')}")
        questions(conn)
        inserts(conn)
        conn.execute("DROP TABLE token_rows")
    database.close()


def one(conn: Connection[Any], query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def megabytes(conn: Connection[Any], relation: str) -> str:
    return f"{one(conn, f'SELECT pg_total_relation_size({relation!r}::regclass)') / 1e6:,.0f} MB"


def questions(conn: Connection[Any]) -> None:
    """p50 of each question both ways."""
    name = "Observation.code"
    final = key(CODE, "Observation.status", "final")
    codes = {
        "frequent code": key(CODING, name, LOINC, "72166-2"),
        "middling code": key(CODING, name, LOINC, "33914-3"),
        "rare code": key(CODING, name, LOINC, "19926-5"),
    }
    patients = [
        row[0] for row in conn.execute("SELECT id FROM resource_patient ORDER BY rid LIMIT 30")
    ]
    for label, code in codes.items():
        compare(conn, f"{label}, newest 50", array([code]), narrow([code]))
        compare(conn, f"{label} AND status, newest 50", array([code, final]), narrow([code, final]))
        compare(conn, f"count of {label}", count(array([code])), count(narrow([code])))
    code = codes["frequent code"]
    compare(
        conn,
        "a patient's, newest 50",
        *([build([code], patient) for patient in patients] for build in (array, narrow)),
    )


def array(keys: list[int], patient: str | None = None) -> sql.Composed:
    """The newest 50 by keys in the array, filtered along (patient, date) where a patient is given."""
    test = sql.SQL("r.keys @> {}::bigint[]").format(sql.Literal(keys))
    if patient is not None:
        test = sql.SQL("({}) IS TRUE AND r.patient = {}").format(test, sql.Literal(patient))
    return ordered(test)


def narrow(keys: list[int], patient: str | None = None) -> sql.Composed:
    """The newest 50 by narrow rows: one leads, the others are probed."""
    first = sql.SQL(
        "SELECT r.content FROM token_rows t JOIN resource_observation r USING (rid)"
        " WHERE t.key = {} AND NOT r.deleted{} ORDER BY t.date_low DESC, t.rid DESC LIMIT 50"
    )
    more: sql.Composable = sql.SQL("").join(
        sql.SQL(
            " AND EXISTS (SELECT 1 FROM token_rows o WHERE o.rid = t.rid AND o.key = {})"
        ).format(sql.Literal(other))
        for other in keys[1:]
    )
    if patient is not None:
        return sql.SQL(
            "SELECT r.content FROM resource_observation r WHERE r.patient = {} AND NOT r.deleted AND EXISTS"
            " (SELECT 1 FROM token_rows o WHERE o.rid = r.rid AND o.key = {})"
            " ORDER BY r.date_low DESC, r.rid DESC LIMIT 50"
        ).format(sql.Literal(patient), sql.Literal(keys[0]))
    return first.format(sql.Literal(keys[0]), more)


def ordered(test: sql.Composable) -> sql.Composed:
    return sql.SQL(
        "SELECT r.content FROM resource_observation r WHERE {} AND NOT r.deleted"
        " ORDER BY r.date_low DESC, r.rid DESC LIMIT 50"
    ).format(test)


def count(query: sql.Composed) -> sql.Composed:
    """The same question, counted in full."""
    text = query.as_string(None).partition(" ORDER BY ")[0].replace("r.content", "count(*)", 1)
    return sql.Composed([sql.SQL(text)])  # type: ignore[arg-type] # made of the two above


def compare(conn: Connection[Any], label: str, arrays: Any, rows: Any) -> None:
    print(f"{label:36} keys {p50(conn, arrays):8.2f} ms   rows {p50(conn, rows):8.2f} ms")


def p50(conn: Connection[Any], queries: sql.Composed | list[sql.Composed]) -> float:
    several = queries if isinstance(queries, list) else [queries] * ROUNDS
    times = []
    for query in [*several, *several]:
        begun = time.perf_counter()
        conn.execute(query).fetchall()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[len(several) :])


def inserts(conn: Connection[Any]) -> None:
    """Seconds to insert the same observations again under new ids, with each kind of index."""
    conn.execute("CREATE TEMP TABLE again AS SELECT * FROM resource_observation LIMIT 20000")
    conn.execute("UPDATE again SET id = 'again-' || id, rid = rid + 1000000000")
    for label, statements in {
        "keys under GIN": [f"INSERT INTO resource ({COLUMNS}) SELECT {COLUMNS} FROM again"],
        "narrow rows, no GIN": [
            "DROP INDEX resource_by_keys",
            f"INSERT INTO resource ({COLUMNS}) SELECT {COLUMNS.replace('keys', 'ARRAY[]::bigint[]')} FROM again",
            "INSERT INTO token_rows SELECT key, date_low, rid FROM again, unnest(keys) key",
        ],
    }.items():
        begun = 0.0
        with conn.transaction(force_rollback=True):
            for statement in statements:
                begun = begun if statement.startswith("INSERT INTO token") else time.perf_counter()
                conn.execute(statement.encode())
            if "GIN" in label and "no" not in label:
                conn.execute("SELECT gin_clean_pending_list('resource_observation_keys_idx')")
            print(f"insert {INSERTED:,}, {label}: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
