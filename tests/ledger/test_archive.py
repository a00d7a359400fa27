"""Audit rows that went to the archive: counted, and with its directory compared line by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from osler.kit.database import Database
from osler.ledger.report import Report
from osler.record import archiving
from osler.record.verifying import verify
from tests.ledger.sealed import key_in, seal, some_record


@pytest.fixture
def archived(fresh_database: Database, tmp_path: Path) -> tuple[Database, Path]:
    """Three accesses of March 2015, sealed and then archived."""
    some_record(fresh_database)
    with fresh_database.connection() as conn:
        conn.execute(
            "CREATE TABLE audit_2015_03 PARTITION OF audit"
            " FOR VALUES FROM ('2015-03-01 00:00:00+00') TO ('2015-04-01 00:00:00+00')"
        )
        conn.execute(
            "INSERT INTO audit (at, actor, action) SELECT '2015-03-05', 'x', a"
            " FROM unnest(ARRAY['read', 'create', 'read']) a"
        )
    seal(fresh_database, key_in(tmp_path))
    folder = tmp_path / "archive"
    done = archiving.archive(fresh_database, folder)
    assert [one.rows for one in done] == [3]
    return fresh_database, folder


def lines(folder: Path) -> list[bytes]:
    with gzip.open(folder / "audit-2015-03.ndjson.gz") as file:
        return file.readlines()


def rewrite(folder: Path, new: list[bytes]) -> None:
    with gzip.open(folder / "audit-2015-03.ndjson.gz", "wb") as file:
        file.writelines(new)


def found(report: Report) -> list[tuple[str, str]]:
    return [(one.code, one.where) for one in report.findings]


def test_intact(archived: tuple[Database, Path]) -> None:
    database, folder = archived
    report = verify(database)
    assert report.findings == [] and report.archived == 2  # The row of a write is kept.
    assert verify(database, archive=folder).findings == []


def test_a_line_changed_removed_and_added(archived: tuple[Database, Path]) -> None:
    database, folder = archived
    first, second, third = lines(folder)
    number = int(third.split(b'"seq":')[1].split(b"}")[0].split(b",")[0])
    rewrite(folder, [first.replace(b'"x"', b'"y"'), second, third])
    assert [code for code, _ in found(verify(database, archive=folder))] == ["changed"]
    rewrite(folder, [first, second])
    assert found(verify(database, archive=folder)) == [("deleted", f"audit/{number}")]
    forged = third.replace(f'"seq":{number}'.encode(), b'"seq":99999')
    rewrite(folder, [first, second, third, forged])
    assert found(verify(database, archive=folder)) == [("inserted", "audit/99999")]


def test_a_row_that_is_said_to_be_archived(archived: tuple[Database, Path]) -> None:
    """Deleted from the database, its number within the archive's range: the files tell."""
    database, folder = archived
    with database.connection() as conn:
        row = conn.execute("DELETE FROM audit_kept RETURNING seq").fetchone()
    assert row is not None
    assert verify(database).archived == 3
    rewrite(folder, [line for line in lines(folder) if f'"seq":{row[0]}'.encode() not in line])
    assert found(verify(database, archive=folder)) == [("deleted", f"audit/{row[0]}")]
