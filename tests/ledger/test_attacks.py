"""Someone with every right on the database alters the record: each attack is found, and where it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from osler.kit import clock
from osler.kit.database import Database
from osler.ledger.head import Signed
from osler.ledger.keys import FileKey
from osler.ledger.leaf import leaf_hash
from osler.ledger.report import Report
from osler.ledger.tree import whole
from osler.record import Record, sealing
from osler.record.verifying import verify
from osler.store import ledger
from osler.store.ledger_entries import entries
from tests.ledger.sealed import key_in, leaves, put, seal, some_record
from tests.record.cast import observation, patient

Attack = Callable[[psycopg.Connection[Any]], object]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    return key_in(tmp_path_factory.mktemp("key"))


@pytest.fixture
def sealed(fresh_database: Database, key: FileKey) -> Database:
    """Two blocks and more: a record, then 600 observations, then one more patient."""
    record = some_record(fresh_database)
    seal(fresh_database, key)
    put(record, *(observation("ana", f"bulk{n:03d}") for n in range(600)))
    seal(fresh_database, key)
    put(record, patient("last"))
    seal(fresh_database, key)
    assert verify(fresh_database).findings == []
    return fresh_database


def after(database: Database, attack: Attack, **how: Any) -> Report:
    with database.connection() as conn, conn.transaction():
        attack(conn)
    return verify(database, **how)


def found(report: Report) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in report.findings}


def head(database: Database) -> Signed:
    with database.connection() as conn:
        last = ledger.last_block(conn)
    assert last is not None
    return last


def position(database: Database, name: str) -> int:
    return next(leaf.position for leaf in leaves(database) if leaf.reference.name == name)


def one_byte(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        "UPDATE resource SET content = replace(content::text, '71.5', '17.5')::json"
        " WHERE type = 'Observation' AND id = 'bulk300'"
    )


ON_THE_RECORD = [
    ("a byte of the content", one_byte, ("changed", "Observation/bulk300/_history/1")),
    (
        "white space in the content",
        lambda c: c.execute(
            "UPDATE resource SET content = (content::text || ' ')::json WHERE id = 'o1'"
        ),
        ("changed", "Observation/o1/_history/1"),
    ),
    (
        "the time",
        lambda c: c.execute(
            "UPDATE resource SET updated = updated - interval '1 microsecond' WHERE id = 'o1'"
        ),
        ("changed", "Observation/o1/_history/1"),
    ),
    (
        "whose it is",
        lambda c: c.execute("UPDATE resource SET patient = 'last' WHERE id = 'o1'"),
        ("changed", "Observation/o1/_history/1"),
    ),
    (
        "an old version's content",
        lambda c: c.execute(
            "UPDATE history SET content = replace(content::text, 'Other', 'Ohter')::json WHERE id = 'ana'"
            " AND version = 2"
        ),
        ("changed", "Patient/ana/_history/2"),
    ),
    (
        "a deletion that never was",
        lambda c: c.execute("UPDATE resource SET deleted = true WHERE id = 'o1'"),
        ("changed", "Observation/o1/_history/1"),
    ),
    (
        "the version's number",
        lambda c: c.execute("UPDATE resource SET version = 9 WHERE id = 'o1'"),
        ("deleted", "Observation/o1/_history/1"),
    ),
    (
        "a version in the middle deleted",
        lambda c: c.execute("DELETE FROM history WHERE id = 'ana' AND version = 2"),
        ("deleted", "Patient/ana/_history/2"),
    ),
    (
        "a resource deleted",
        lambda c: c.execute("DELETE FROM resource WHERE id = 'bulk599'"),
        ("deleted", "Observation/bulk599/_history/1"),
    ),
    (
        "the newest rows deleted",
        lambda c: c.execute("DELETE FROM resource WHERE id = 'last'"),
        ("deleted", "Patient/last/_history/1"),
    ),
    (
        "two versions exchanged",
        lambda c: c.execute(
            "UPDATE history h SET content = (SELECT content FROM history o WHERE o.id = 'ana'"
            " AND o.version = 3 - h.version) WHERE h.id = 'ana' AND h.version IN (1, 2)"
        ),
        ("changed", "Patient/ana/_history/1"),
    ),
]


@pytest.mark.parametrize(
    ("attack", "where"),
    [case[1:] for case in ON_THE_RECORD],
    ids=[case[0] for case in ON_THE_RECORD],
)
def test_an_attack_on_the_record(sealed: Database, attack: Attack, where: tuple[str, str]) -> None:
    report = after(sealed, attack)
    assert where in found(report)
    assert len(report.findings) <= 2  # Located, and nothing else suspected.


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("UPDATE audit SET actor = 'someone else' WHERE seq = %s", "changed"),
        ("UPDATE audit SET at = at + interval '1 second' WHERE seq = %s", "changed"),
        ("UPDATE audit SET patients = '{}' WHERE seq = %s", "changed"),
        ("UPDATE audit SET emergency = true WHERE seq = %s", "changed"),
        ("DELETE FROM audit WHERE seq = %s", "deleted"),
    ],
)
def test_an_attack_on_the_audit(sealed: Database, query: str, code: str) -> None:
    with sealed.connection() as conn:
        row = conn.execute("SELECT min(seq) + 2 FROM audit").fetchone()
    assert row is not None
    report = after(sealed, lambda conn: conn.execute(query.encode(), row))
    assert found(report) == {(code, f"audit/{row[0]}")}


def test_a_change_that_is_covered_up_in_the_leaf(sealed: Database) -> None:
    """The attacker computes the leaf anew: the root that was signed shows within which 256 leaves."""
    name = "Observation/bulk300/_history/1"

    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        leaf = next(leaf for leaf in ledger.leaves(conn, 0, 5000) if leaf.reference.name == name)
        assert leaf.salt is not None
        hash = leaf_hash(leaf.salt, entries(conn, [leaf.reference])[leaf.reference].entry)
        conn.execute("UPDATE ledger_leaf SET hash = %s WHERE position = %s", (hash, leaf.position))

    span = position(sealed, name) // 256 * 256
    assert found(after(sealed, attack)) == {("leaves", f"leaves {span} to {span + 255}")}


def test_a_change_that_is_covered_up_in_the_whole_tree(sealed: Database) -> None:
    """Leaf and stored hashes computed anew: the signed roots still do not fit."""
    name = "Observation/bulk300/_history/1"

    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        leaf = next(leaf for leaf in ledger.leaves(conn, 0, 5000) if leaf.reference.name == name)
        assert leaf.salt is not None
        hash = leaf_hash(leaf.salt, entries(conn, [leaf.reference])[leaf.reference].entry)
        conn.execute("UPDATE ledger_leaf SET hash = %s WHERE position = %s", (hash, leaf.position))
        span = leaf.position // 256
        stored = whole(ledger.row(conn, 0, span * 256, 256))
        conn.execute(
            "UPDATE ledger_node SET hash = %s WHERE level = 8 AND index = %s", (stored, span)
        )

    report = after(sealed, attack)
    assert {code for code, _ in found(report)} == {"leaves"}
    (finding,) = report.findings
    first, last = (int(word) for word in finding.where.split() if word.isdigit())
    assert first <= position(sealed, name) <= last


def test_leaves_reordered(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        conn.execute("UPDATE ledger_leaf SET position = -1 WHERE position = 300")
        conn.execute("UPDATE ledger_leaf SET position = 300 WHERE position = 301")
        conn.execute("UPDATE ledger_leaf SET position = 301 WHERE position = -1")

    assert found(after(sealed, attack)) == {("leaves", "leaves 256 to 511")}


def test_a_leaf_deleted_with_what_it_sealed(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        conn.execute("DELETE FROM resource WHERE id = 'bulk300'")
        conn.execute("DELETE FROM ledger_leaf WHERE id = 'bulk300'")

    at = position(sealed, "Observation/bulk300/_history/1")
    assert ("leaf-missing", f"leaf {at}") in found(after(sealed, attack))


def test_a_stored_hash_changed(sealed: Database) -> None:
    report = after(
        sealed, lambda c: c.execute("UPDATE ledger_node SET hash = sha256('x') WHERE index = 1")
    )
    assert found(report) == {("node", "leaves 256 to 511")}


def test_a_block_replaced(sealed: Database) -> None:
    """Signed by a key of the attacker's own."""

    def attack(conn: psycopg.Connection[Any], tmp: Path) -> None:
        other = key_in(tmp)
        block = ledger.block(conn, 1)
        assert block is not None
        text = block.text.replace(block.head.key.encode(), other.public().encode())
        conn.execute(
            "UPDATE ledger_block SET head = %s, signature = %s WHERE height = 1",
            (text, other.sign(text)),
        )

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        report = after(sealed, lambda conn: attack(conn, Path(folder)))
    assert any("did not introduce" in f.text for f in report.findings if f.where == "block 1")
    assert any("replaced" in f.text for f in report.findings if f.where == "block 2")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        (b"UPDATE ledger_block SET signature = sha512('x') WHERE height = 1", "block 1"),
        (b"UPDATE ledger_block SET head = 'null' WHERE height = 1", "block 1"),
        (b"UPDATE ledger_block SET height = 99 WHERE height = 1", "block 1"),
        (b"DELETE FROM ledger_block WHERE height = 1", "block 1"),
        (b"DELETE FROM ledger_block WHERE height = 0", "block 0"),
    ],
)
def test_the_chain_damaged(sealed: Database, query: bytes, where: str) -> None:
    assert where in {place for _, place in found(after(sealed, lambda c: c.execute(query)))}


def test_the_newest_blocks_deleted(sealed: Database) -> None:
    report = after(sealed, lambda c: c.execute("DELETE FROM ledger_block WHERE height > 0"))
    assert ("truncated", f"leaves {report.size} to {len(leaves(sealed)) - 1}") in found(report)


def test_the_end_cut_off_without_a_trace(sealed: Database) -> None:
    """Rows, leaves, nodes and blocks gone together: only a head kept elsewhere tells, and it does."""
    kept = head(sealed)

    def attack(conn: psycopg.Connection[Any]) -> None:
        block = ledger.block(conn, 0)
        assert block is not None
        size = block.head.size
        gone = "SELECT id FROM ledger_leaf WHERE kind = 0 AND position >= %s"
        conn.execute(f"DELETE FROM resource WHERE id IN ({gone})".encode(), (size,))
        rows = "SELECT number FROM ledger_leaf WHERE kind = 1 AND position >= %s"
        conn.execute(f"DELETE FROM audit WHERE seq IN ({rows})".encode(), (size,))
        conn.execute("DELETE FROM ledger_leaf WHERE position >= %s", (size,))
        conn.execute("DELETE FROM ledger_node WHERE (index + 1) << level > %s", (size,))
        conn.execute("DELETE FROM ledger_block WHERE height > 0")

    assert after(sealed, attack).intact
    report = verify(sealed, known=[kept])
    assert found(report) == {("truncated", f"block {kept.head.height}")}
    assert ("truncated", f"block {kept.head.height}") in found(verify(sealed, since=kept))


def test_a_whole_new_ledger_over_an_altered_record(sealed: Database, tmp_path: Path) -> None:
    """The attacker seals everything anew with a key of his own: only what was kept elsewhere tells."""
    kept, public = head(sealed), head(sealed).head.key

    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        conn.execute("TRUNCATE ledger_leaf, ledger_node, ledger_block")

    after(sealed, attack)
    seal(sealed, key_in(tmp_path))
    assert verify(sealed).intact
    assert ("key", "block 0") in found(verify(sealed, key=public))
    assert {code for code, _ in found(verify(sealed, known=[kept]))} <= {"replaced", "truncated"}
    assert not verify(sealed, known=[kept]).intact


def _insert(conn: psycopg.Connection[Any], id: str, updated: str, xact: str) -> None:
    conn.execute(
        "INSERT INTO resource (type, id, rid, version, updated, content, xact)"
        " VALUES ('Basic', %s, -5, 1, %s, '{}', %s::text::xid8)",
        (id, updated, xact),
    )


def test_a_version_inserted_behind_the_sealer(sealed: Database, key: FileKey) -> None:
    """With an old transaction number, so that the sealer does not come by again."""
    report = after(sealed, lambda c: _insert(c, "forged", "2026-01-01", "5"))
    assert found(report) == {("inserted", "Basic/forged/_history/1")}
    sealing.seal_all(sealed, key)
    assert found(verify(sealed)) == {("inserted", "Basic/forged/_history/1")}


def test_a_version_inserted_for_later(sealed: Database) -> None:
    """With the number of a transaction to come, so that it is not sealed before then."""
    report = after(sealed, lambda c: _insert(c, "forged", "2026-01-01", "9000000000000"))
    assert found(report) == {("inserted", "Basic/forged/_history/1")}


def test_unsealed_for_too_long(sealed: Database) -> None:
    put(Record(sealed), patient("new"))
    report = verify(sealed)
    assert report.intact and report.pending == 2
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert {code for code, _ in found(verify(sealed))} == {"unsealed"}
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert verify(sealed, grace=timedelta(hours=3)).intact


def test_erased_without_record(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        conn.execute("UPDATE resource SET content = NULL, deleted = true WHERE id = 'o1'")
        conn.execute("UPDATE ledger_leaf SET salt = NULL WHERE id = 'o1'")

    assert found(after(sealed, attack)) == {("erased-without-record", "Observation/o1/_history/1")}


def test_several_at_once_are_all_told(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        conn.execute("DELETE FROM history WHERE id = 'ana' AND version = 1")
        conn.execute("UPDATE ledger_node SET hash = sha256('x') WHERE index = 0")

    assert found(after(sealed, attack)) == {
        ("changed", "Observation/bulk300/_history/1"),
        ("deleted", "Patient/ana/_history/1"),
        ("node", "leaves 0 to 255"),
    }


def test_since_a_block_only_the_rest_is_looked_at(sealed: Database) -> None:
    with sealed.connection() as conn:
        first = ledger.block(conn, 0)
    assert first is not None
    report = after(sealed, one_byte, since=first)
    assert found(report) == {("changed", "Observation/bulk300/_history/1")}
    assert report.begun_at == first.head.size
    assert report.versions + report.rows == head(sealed).head.size - first.head.size
    assert verify(sealed, since=head(sealed)).intact


def _erase(conn: psycopg.Connection[Any], id: str) -> None:
    """As an erasure does, but without removing anything."""
    conn.execute("UPDATE ledger_leaf SET salt = NULL WHERE id = %s", (id,))
    conn.execute(
        "INSERT INTO ledger_erasure (type, id, first, last, actor, reason)"
        " VALUES ('Observation', %s, 1, 1, 'x', 'because')",
        (id,),
    )


def test_content_behind_a_recorded_erasure(sealed: Database) -> None:
    """An erasure that is recorded excuses no other content in the place of what it removed."""

    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        _erase(conn, "bulk300")

    assert found(after(sealed, attack)) == {("changed", "Observation/bulk300/_history/1")}


def test_a_row_deleted_behind_a_recorded_erasure(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        _erase(conn, "bulk300")
        conn.execute("DELETE FROM resource WHERE id = 'bulk300'")

    assert found(after(sealed, attack)) == {("deleted", "Observation/bulk300/_history/1")}


def test_a_second_version_of_the_same_number(sealed: Database) -> None:
    """The current version's number once more among the superseded: either might be answered."""
    report = after(
        sealed,
        lambda c: c.execute(
            "INSERT INTO history (type, id, version, rid, updated, superseded, deleted, content)"
            " SELECT type, id, version, -7, updated, updated, false, '{}' FROM resource WHERE id = 'o1'"
        ),
    )
    assert ("inserted", "Observation/o1/_history/1") in found(report)


@pytest.mark.parametrize("table", ["audit", "audit_kept"])
def test_an_audit_row_with_the_number_of_another(sealed: Database, table: str) -> None:
    """Nothing in the database keeps two rows from having one number; the sealed one is not the only one shown."""
    with sealed.connection() as conn:
        row = conn.execute("SELECT min(seq) + 2 FROM audit").fetchone()
    assert row is not None
    query = f"INSERT INTO {table} (actor, action, seq) VALUES ('someone else', 'delete', %s)"
    report = after(sealed, lambda c: c.execute(query.encode(), row))
    assert ("inserted", f"audit/{row[0]}") in found(report)


def test_an_audit_row_among_those_kept_of_archived_months(sealed: Database) -> None:
    query = b"INSERT INTO audit_kept (actor, action, seq, xact) VALUES ('x', 'create', 99999, '5')"
    assert found(after(sealed, lambda c: c.execute(query))) == {("inserted", "audit/99999")}


def test_a_block_that_says_a_size_without_end(sealed: Database) -> None:
    """A forged head must not keep the verification busy for ever."""

    def attack(conn: psycopg.Connection[Any]) -> None:
        last = ledger.last_block(conn)
        assert last is not None
        text = last.text.replace(f'"size":{last.head.size}'.encode(), b'"size":9000000000000000')
        conn.execute(
            "UPDATE ledger_block SET head = %s WHERE height = %s", (text, last.head.height)
        )

    report = after(sealed, attack)
    assert ("block", f"block {report.height}") in found(report)
    assert any(code == "leaf-missing" for code, _ in found(report))


def test_a_leaf_of_a_number_that_no_version_has(sealed: Database) -> None:
    report = after(
        sealed, lambda c: c.execute("UPDATE ledger_leaf SET number = 1099511627776 WHERE id = 'o1'")
    )
    assert ("deleted", f"Observation/o1/_history/{1 << 40}") in found(report)


def test_since_a_checkpoint_the_key_counts_too(sealed: Database, tmp_path: Path) -> None:
    kept = head(sealed)
    assert verify(sealed, since=kept, key=kept.head.key).intact
    other = key_in(tmp_path).public()
    report = verify(sealed, since=kept, key=other)
    assert found(report) == {("key", f"block {kept.head.height}")}


def test_several_processes_find_the_same(sealed: Database) -> None:
    def attack(conn: psycopg.Connection[Any]) -> None:
        one_byte(conn)
        conn.execute("DELETE FROM ledger_leaf WHERE id = 'bulk100'")

    alone = after(sealed, attack)
    several = verify(sealed, jobs=2)
    assert found(several) == found(alone) and len(alone.findings) > 2
    assert (several.versions, several.rows) == (alone.versions, alone.rows)


def test_since_a_block_that_was_replaced(sealed: Database) -> None:
    """A block named by its height comes from the database: it must be signed like those after it."""

    def attack(conn: psycopg.Connection[Any]) -> None:
        last = ledger.last_block(conn)
        assert last is not None
        text = last.text.replace(last.head.at.encode(), b"2020-01-01T00:00:00.000000Z")
        conn.execute(
            "UPDATE ledger_block SET head = %s WHERE height = %s", (text, last.head.height)
        )

    after(sealed, attack)
    report = verify(sealed, since=head(sealed))
    assert found(report) == {("block", f"block {report.height}")}
