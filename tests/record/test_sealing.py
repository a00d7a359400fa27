"""The sealer: everything once, in order, whoever writes, seals or crashes meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from osler.access import LOCAL
from osler.kit.database import Database
from osler.ledger.head import Head, Place, Signed, problems
from osler.ledger.keys import FileKey, WrongKey
from osler.record import Delete, Record, sealing
from osler.record.verifying import verify
from osler.search.parse import parse
from osler.store import ledger
from tests.ledger.sealed import key_in, leaves, missing, put, seal, some_record
from tests.record.cast import patient


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return key_in(tmp_path)


def blocks(database: Database) -> list[Signed]:
    with database.connection() as conn:
        return [signed for _, signed in ledger.blocks(conn)]


def names(database: Database) -> list[str]:
    return [leaf.reference.name for leaf in leaves(database)]


def assert_once(database: Database) -> None:
    """Every version and row has one leaf, positions have no gap, and all of it verifies."""
    found = leaves(database)
    assert [leaf.position for leaf in found] == list(range(len(found)))
    assert max(Counter(names(database)).values()) == 1
    assert missing(database) == 0
    assert verify(database).findings == []


def test_every_version_and_audit_row_has_a_leaf(fresh_database: Database, key: FileKey) -> None:
    record = Record(fresh_database)
    put(record, patient("a"))
    put(record, patient("a", family="Other"))
    record.commit(LOCAL, [Delete("Patient", "a")])
    record.count(LOCAL, parse("Patient", (), record.registry))
    done = seal(fresh_database, key)
    versions = [name for name in names(fresh_database) if name.startswith("Patient")]
    assert versions == [f"Patient/a/_history/{n}" for n in (1, 2, 3)]
    with fresh_database.connection() as conn:
        rows = conn.execute("SELECT count(*) FROM audit").fetchone()
    assert rows is not None and done.entries == 3 + rows[0]
    assert seal(fresh_database, key) == sealing.Sealed()
    assert_once(fresh_database)


def test_a_version_comes_before_the_audit_row_of_its_transaction(
    fresh_database: Database, key: FileKey
) -> None:
    record = Record(fresh_database)
    for n in range(3):
        put(record, patient(f"p{n}"))
    seal(fresh_database, key)
    assert [leaf.reference.kind for leaf in leaves(fresh_database)] == [0, 1] * 3


def test_heads_follow_each_other(fresh_database: Database, key: FileKey) -> None:
    record = Record(fresh_database)
    for n in range(3):
        put(record, patient(f"p{n}"))
        seal(fresh_database, key)
    chain = blocks(fresh_database)
    assert len(chain) >= 3
    assert problems(chain[0], None) == []
    assert all(problems(b, a) == [] for a, b in pairwise(chain))
    assert chain[-1].head.size == len(leaves(fresh_database))


def test_what_is_still_being_written_waits_and_is_not_lost(
    fresh_database: Database, key: FileKey
) -> None:
    """A transaction that began before others and ends after a sealing: its number is the smaller one."""
    record = Record(fresh_database)
    put(record, patient("a"))
    with psycopg.connect(fresh_database.url) as slow:
        slow.execute(
            "INSERT INTO resource (type, id, rid, version, updated, content)"
            " VALUES ('Basic', 'slow', 1000, 1, now(), '{}')"
        )
        put(record, patient("b"))
        sealing.seal_all(fresh_database, key)
        assert "Basic/slow/_history/1" not in names(fresh_database)
        slow.commit()
    seal(fresh_database, key)
    assert {"Basic/slow/_history/1", "Patient/b/_history/1"} <= set(names(fresh_database))
    assert_once(fresh_database)


def test_a_version_superseded_before_it_is_sealed(fresh_database: Database, key: FileKey) -> None:
    record = Record(fresh_database)
    put(record, patient("a"))
    seal(fresh_database, key)
    for n in range(5):
        put(record, patient("a", family=f"F{n}"))
    seal(fresh_database, key)
    assert [n for n in names(fresh_database) if n.startswith("Patient")] == [
        f"Patient/a/_history/{n}" for n in range(1, 7)
    ]
    assert_once(fresh_database)


def test_a_round_ends_in_the_middle_of_a_transaction(
    fresh_database: Database, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    monkeypatch.setattr(sealing, "_A_ROUND", 5)
    record = Record(fresh_database)
    put(record, patient("zero"))
    seal(fresh_database, key)
    put(record, *(patient(f"p{n}") for n in range(13)))
    put(record, *(patient(f"p{n}", family="New") for n in range(13)))
    seal(fresh_database, key)
    assert len(leaves(fresh_database)) == 2 * (1 + 13 + 13)
    assert_once(fresh_database)


class _Dies(Exception):
    pass


def test_a_crash_in_the_middle_loses_and_doubles_nothing(
    fresh_database: Database, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 3)
    record = Record(fresh_database)
    for n in range(5):
        put(record, patient(f"p{n}"))
    real = ledger.add_block
    calls = iter(range(100))

    def dying(conn: psycopg.Connection[object], signed: Signed) -> None:
        if next(calls) == 2:
            raise _Dies  # Leaves are written, their block is not.
        real(conn, signed)

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "add_block", dying)
        with pytest.raises(_Dies):
            sealing.seal_all(fresh_database, key)
    assert len(blocks(fresh_database)) == 2
    seal(fresh_database, key)
    assert_once(fresh_database)


def test_writers_superseders_and_two_sealers_at_once(
    fresh_database: Database, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 20)
    record = Record(fresh_database)
    put(record, *(patient(f"first{n}") for n in range(4)))
    over = threading.Event()
    troubles: list[BaseException] = []

    def guarded(work: object) -> threading.Thread:
        def run() -> None:
            try:
                work()  # type: ignore[operator]
            except BaseException as error:  # noqa: BLE001 - told by the assertion below
                troubles.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def write(own: int) -> None:
        for n in range(25):
            put(record, patient(f"w{own}", family=f"F{n}"), patient(f"w{own}-{n}"))

    def keep_sealing() -> None:
        while not over.is_set():
            sealing.seal(fresh_database, key)

    sealers = [guarded(keep_sealing) for _ in range(2)]
    writers = [guarded(lambda own=own: write(own)) for own in range(3)]
    for thread in writers:
        thread.join()
    over.set()
    for thread in sealers:
        thread.join()
    assert troubles == []
    seal(fresh_database, key)
    versions = [n for n in names(fresh_database) if "/_history/" in n]
    assert len(versions) == 4 + 3 * 50
    assert_once(fresh_database)


def test_only_one_seals_at_a_time(fresh_database: Database, key: FileKey) -> None:
    some_record(fresh_database)
    with fresh_database.connect() as other:
        assert ledger.try_lock(other)
        assert sealing.seal(fresh_database, key) == sealing.Sealed(busy=True)
    seal(fresh_database, key)
    assert_once(fresh_database)


def test_another_key_may_not_go_on(fresh_database: Database, key: FileKey, tmp_path: Path) -> None:
    some_record(fresh_database)
    seal(fresh_database, key)
    before = len(leaves(fresh_database))
    put(Record(fresh_database), patient("late"))
    (tmp_path / "other").mkdir()
    with pytest.raises(WrongKey, match="rotate-key"):
        sealing.seal(fresh_database, key_in(tmp_path / "other"))
    assert len(leaves(fresh_database)) == before


def _pretend_another_cluster(database: Database, key: FileKey) -> None:
    """The last block says another cluster, as after a dump restored elsewhere."""
    with database.connect() as conn:
        last = ledger.last_block(conn)
        assert last is not None
        head = Head(
            **{f: getattr(last.head, f) for f in last.head.__dataclass_fields__} | {"cluster": "1"}
        )
        conn.execute("DELETE FROM ledger_block WHERE height = %s", (head.height,))
        ledger.add_block(conn, Signed(head.text(), key.sign(head.text())))


@pytest.mark.parametrize("number", ["7", "9000000000000"])
def test_after_a_restore_into_another_cluster_numbers_of_transactions_mean_nothing(
    fresh_database: Database, key: FileKey, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was unsealed in the old cluster is sealed, with numbers far behind or ahead of the new one's."""
    monkeypatch.setattr(sealing, "_A_TAKEOVER", 3)
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    record = some_record(fresh_database)
    seal(fresh_database, key)
    put(record, patient("b"), patient("c"))
    with fresh_database.connection() as conn:
        conn.execute("UPDATE resource SET xact = %s::text::xid8", (number,))
    _pretend_another_cluster(fresh_database, key)
    seal(fresh_database, key)
    last = blocks(fresh_database)[-1].head
    assert last.cluster != "1" and isinstance(last.through, Place)
    put(record, patient("d"))
    seal(fresh_database, key)
    assert_once(fresh_database)


def test_numbers_sealed_in_an_old_cluster_do_not_stop_the_sealer(
    fresh_database: Database, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transactions of the new cluster reach numbers of the old one: a whole round finds nothing new."""
    record = some_record(fresh_database)
    seal(fresh_database, key)
    put(record, patient("b"))
    with fresh_database.connection() as conn:
        place = blocks(fresh_database)[-1].head.through
        assert place is not None
        conn.execute("UPDATE history SET xact = %s::text::xid8", (str(place.xact),))
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    monkeypatch.setattr(sealing, "_A_ROUND", 2)
    seal(fresh_database, key)
    assert "Patient/b/_history/1" in names(fresh_database)
    assert_once(fresh_database)
