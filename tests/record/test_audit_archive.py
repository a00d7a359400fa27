"""Old months of the audit leave the database for files that can be checked, read and proved."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import sql

from osler.access import LOCAL
from osler.fhir import r4
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict
from osler.ledger.leaf import audit_entry
from osler.record import AuditQuery, Create, Record, archiving
from osler.record.archiving import Damaged
from osler.store.audit import archive as store

_OLD = (clock.now() - timedelta(days=366 * 7)).replace(day=3)
_MONTH = f"{_OLD:%Y-%m}"


def _make_old(database: Database, when: datetime, rows: int) -> None:
    """A month as it was written that long ago: reads and one write."""
    first = when.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    with database.connection() as conn:
        conn.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF audit FOR VALUES FROM ({}) TO ({})").format(
                sql.Identifier(f"audit_{first:%Y_%m}"), sql.Literal(first), sql.Literal(after)
            )
        )
        for number in range(rows):
            conn.execute(
                "INSERT INTO audit (at, actor, actor_name, roles, action, type, id, version, patients)"
                " VALUES (%s, 'ann', 'Änn \u2028', '{nurse}', %s, 'Patient', %s, 1, %s)",
                (
                    when + timedelta(seconds=number),
                    "create" if number == 0 else "read",
                    f"p{number}",
                    [f"p{number}", "p-all"],
                ),
            )


@pytest.fixture
def old(fresh_database: Database) -> Database:
    _make_old(fresh_database, _OLD, 5)
    return fresh_database


def _entries(database: Database) -> list[bytes]:
    with database.connect() as conn, conn.transaction():
        return [audit_entry(row) for row in store.rows(conn, _OLD.replace(day=1).date())]


def test_a_month_moves_to_a_file_with_every_row_as_sealed(old: Database, tmp_path: Path) -> None:
    before = _entries(old)
    (moved,) = archiving.archive(old, tmp_path)
    assert moved.rows == 5
    assert list(archiving.entries(tmp_path)) == before
    assert archiving.verify(tmp_path, old) == []
    with old.connection() as conn:
        left = conn.execute("SELECT count(*) FROM audit WHERE actor = 'ann'").fetchone()
        kept = conn.execute("SELECT action, id FROM audit_kept").fetchall()
    assert left == (0,)
    assert kept == [("create", "p0")]  # The provenance of what is still in the record.
    assert archiving.archive(old, tmp_path) == []
    noted = Record(old).audit(LOCAL, AuditQuery(actions=("audit-archive",))).rows
    assert [(row.actor, row.hits) for row in noted] == [("system:audit", 5)]


def test_younger_months_stay_whatever_is_asked(fresh_database: Database, tmp_path: Path) -> None:
    _make_old(fresh_database, clock.now() - timedelta(days=365 * 5), 2)
    assert archiving.archive(fresh_database, tmp_path, years=1) == []


def test_a_report_reads_files_and_tables_together(old: Database, tmp_path: Path) -> None:
    record = Record(old)
    record.commit(LOCAL, [Create(r4.Patient(active=True))])
    query = AuditQuery(types=("Patient",), sort="at")
    whole = [(row.at, row.seq, row.patients) for row in record.audit_report(LOCAL, query)]
    archiving.archive(old, tmp_path)
    again = [(row.at, row.seq, row.patients) for row in record.audit_report(LOCAL, query, tmp_path)]
    assert again == whole
    assert len(again) == 6
    one = AuditQuery(patients=("p3",), actor_name="änn", roles=("nurse",), sort="-id")
    assert [row.id for row in record.audit_report(LOCAL, one, tmp_path)] == ["p3"]
    late = AuditQuery(types=("Patient",), since=datetime(2024, 1, 1, tzinfo=UTC))
    assert len(list(record.audit_report(LOCAL, late, tmp_path))) == 1


def test_rows_that_the_ledger_has_not_sealed_stay(old: Database, tmp_path: Path) -> None:
    with old.connection() as conn:
        conn.execute("INSERT INTO ledger_block VALUES (0, 0, '', '')")
    with pytest.raises(Conflict, match="seal first"):
        archiving.archive(old, tmp_path)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _rewrite(path: Path) -> None:
    """A line left out, and the file's own digest corrected: the rows no longer are what was written."""
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[1:])))
    manifest = path.with_name(path.name.replace("ndjson.gz", "json"))
    members = json.loads(manifest.read_bytes())
    members["sha256"] = archiving._digest(path)
    manifest.write_bytes(json.dumps(members).encode())


ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte": (lambda d: _flip(d / f"audit-{_MONTH}.ndjson.gz"), "was changed"),
    "a row": (lambda d: _rewrite(d / f"audit-{_MONTH}.ndjson.gz"), "does not hold the rows"),
    "the file": (lambda d: (d / f"audit-{_MONTH}.ndjson.gz").unlink(), "is missing"),
    "the manifest": (lambda d: (d / f"audit-{_MONTH}.json").unlink(), "manifest is not there"),
    "its text": (lambda d: _flip(d / f"audit-{_MONTH}.json"), ""),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_what_was_changed_is_found(old: Database, tmp_path: Path, what: str) -> None:
    archiving.archive(old, tmp_path)
    attack, said = ATTACKS[what]
    attack(tmp_path)
    problems = archiving.verify(tmp_path, old)
    assert problems
    assert any(said in problem for problem in problems), problems


def test_a_file_of_the_chain_that_is_gone_is_found_without_a_database(
    old: Database, tmp_path: Path
) -> None:
    _make_old(old, _OLD - timedelta(days=40), 1)
    _make_old(old, _OLD - timedelta(days=80), 1)
    months = [one.month for one in archiving.archive(old, tmp_path)]
    assert months == sorted(months)
    assert archiving.verify(tmp_path) == []
    for path in tmp_path.glob(f"audit-{months[1]:%Y-%m}.*"):
        path.unlink()
    assert any("does not follow" in problem for problem in archiving.verify(tmp_path))


def test_a_file_that_does_not_read_back_keeps_its_rows(
    old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = archiving._check

    def damaging(directory: Path, manifest: archiving.Manifest) -> None:
        _flip(directory / manifest.file)
        check(directory, manifest)

    monkeypatch.setattr(archiving, "_check", damaging)
    with pytest.raises(Damaged):
        archiving.archive(old, tmp_path)
    assert len(_entries(old)) == 5
