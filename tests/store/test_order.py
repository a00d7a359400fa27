"""Every version keeps the transaction that wrote it, also once another supersedes it."""

from __future__ import annotations

from osler.access import LOCAL
from osler.kit.database import Database
from osler.record import Create, Delete, Record, Update
from tests.record.cast import patient


def test_a_superseded_version_keeps_its_transaction(database: Database) -> None:
    record = Record(database)
    record.commit(LOCAL, [Create(patient())])
    first = record.commit(LOCAL, [Create(patient())])[0].version
    assert first is not None
    with database.connection() as conn:
        written = conn.execute("SELECT xact FROM resource WHERE id = %s", (first.id,)).fetchone()
    record.commit(LOCAL, [Update(patient(first.id, family="Other"))])
    record.commit(LOCAL, [Delete("Patient", first.id)])
    with database.connection() as conn:
        rows = conn.execute(
            "SELECT version, xact::text FROM history WHERE id = %s ORDER BY version", (first.id,)
        ).fetchall()
        now = conn.execute("SELECT xact::text FROM resource WHERE id = %s", (first.id,)).fetchone()
    assert written is not None and now is not None
    assert rows[0] == (1, str(written[0]))
    assert [row[0] for row in rows] == [1, 2]
    assert int(rows[0][1]) < int(rows[1][1]) < int(now[0])


def test_audit_rows_are_numbered(database: Database) -> None:
    record = Record(database)
    made = record.commit(LOCAL, [Create(patient())])[0].version
    assert made is not None
    record.read(LOCAL, "Patient", made.id)
    with database.connection() as conn:
        rows = conn.execute(
            "SELECT action, seq, xact::text::bigint FROM audit WHERE id = %s ORDER BY seq",
            (made.id,),
        ).fetchall()
    assert [row[0] for row in rows] == ["create", "read"]
    assert rows[0][1] < rows[1][1] and rows[0][2] < rows[1][2]
