"""Erasure: content and salts are gone everywhere, the proof that something was there stays."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from osler.access import LOCAL
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from osler.kit.keys import KeySource
from osler.ledger.keys import FileKey
from osler.record import Delete, Record, Storage
from osler.record.verifying import verify
from osler.search.parse import parse
from osler.store import ledger
from tests.ledger.sealed import key_in, leaves, put, seal, some_record
from tests.record.cast import STRANGER, observation, patient

REASON = "asked for on 3 May, decided on 7 May"


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return key_in(tmp_path)


def everything_stored(database: Database) -> str:
    """All tables that could hold what was erased, as text."""
    tables = ("resource", "history", "contained", "string_index", "date_index", "quantity_index")
    with database.connection() as conn:
        return "\n".join(
            str(conn.execute(f"SELECT json_agg(t)::text FROM {table} t".encode()).fetchone())
            for table in tables
        )


def test_one_resource(fresh_database: Database, key: FileKey) -> None:
    record = some_record(fresh_database)
    seal(fresh_database, key)
    done = record.erase(LOCAL, "Observation", "o2", REASON)
    assert (done.resources, done.versions) == (1, 2)
    for version in (1, 2, 3):
        with pytest.raises(Gone):
            record.vread(LOCAL, "Observation", "o2", version)
    with pytest.raises(Gone):
        record.read(LOCAL, "Observation", "o2")
    assert record.count(LOCAL, parse("Observation", (), record.registry)) == 1
    assert {leaf.reference.name for leaf in leaves(fresh_database) if leaf.salt is None} == {
        "Observation/o2/_history/1",
        "Observation/o2/_history/2",
    }
    seal(fresh_database, key)
    report = verify(fresh_database)
    assert report.findings == [] and report.erased == 2
    assert "erasure/1" in {leaf.reference.name for leaf in leaves(fresh_database)}


def test_a_patient_and_everything_about_them(fresh_database: Database, key: FileKey) -> None:
    record = some_record(fresh_database)
    put(record, patient("bob", family="Bobson"), observation("bob", "ob"))
    put(record, observation("ana", "ob2"))
    put(record, observation("bob", "ob2"))  # Was written about the wrong one at first.
    record.commit(LOCAL, [Delete("Observation", "o1")])
    seal(fresh_database, key)
    done = record.erase_patient(LOCAL, "ana", REASON)
    assert done.resources == 3
    stored = everything_stored(fresh_database)
    assert "Third" not in stored and "Other" not in stored and "Bobson" in stored
    assert record.read(LOCAL, "Observation", "ob2").version == 2
    with pytest.raises(Gone):
        record.vread(LOCAL, "Observation", "ob2", 1)
    assert record.as_of_patient(LOCAL, record.read(LOCAL, "Patient", "bob").updated, "ana") == []
    seal(fresh_database, key)
    assert verify(fresh_database).findings == []
    names = {leaf.reference.name for leaf in leaves(fresh_database) if leaf.salt is None}
    assert {"Patient/ana/_history/3", "Observation/ob2/_history/1"} <= names
    assert "Observation/ob2/_history/2" not in names


def test_what_was_not_sealed_yet(fresh_database: Database, key: FileKey) -> None:
    record = some_record(fresh_database)
    record.erase_patient(LOCAL, "ana", REASON)
    seal(fresh_database, key)
    report = verify(fresh_database)
    assert report.findings == [] and report.erased == 0


def test_twice_and_once_more_after_writing_again(fresh_database: Database, key: FileKey) -> None:
    record = some_record(fresh_database)
    seal(fresh_database, key)
    record.erase(LOCAL, "Observation", "o1", REASON)
    record.erase(LOCAL, "Observation", "o1", REASON)
    put(record, observation("ana", "o1"))
    seal(fresh_database, key)
    record.erase(LOCAL, "Observation", "o1", REASON)
    seal(fresh_database, key)
    assert verify(fresh_database).findings == []


def test_what_is_erased_stays_erased_for_an_attacker(
    fresh_database: Database, key: FileKey
) -> None:
    """Content put back after an erasure, and an erasure taken back, are both found."""
    record = some_record(fresh_database)
    seal(fresh_database, key)
    record.erase(LOCAL, "Observation", "o2", REASON)
    seal(fresh_database, key)
    with fresh_database.connection() as conn:
        conn.execute("DELETE FROM ledger_erasure")
    found = {(one.code, one.where) for one in verify(fresh_database).findings}
    assert found == {
        ("deleted", "erasure/1"),
        ("erased-without-record", "Observation/o2/_history/1"),
        ("erased-without-record", "Observation/o2/_history/2"),
    }


def test_the_reason_is_in_the_audit(fresh_database: Database) -> None:
    record = some_record(fresh_database)
    record.erase(LOCAL, "Observation", "o1", REASON)
    with fresh_database.connection() as conn:
        row = conn.execute(
            "SELECT actor, detail, patients FROM audit WHERE action = 'erase' AND id = 'o1'"
        ).fetchone()
    assert row == ("local", REASON, ["ana"])


def test_a_legal_hold(fresh_database: Database) -> None:
    record = some_record(fresh_database)
    record.hold(LOCAL, "ana", "lawsuit 12/2026")
    assert [(one.patient, one.reason) for one in record.holds(LOCAL)] == [
        ("ana", "lawsuit 12/2026")
    ]
    with pytest.raises(Conflict, match="lawsuit 12/2026"):
        record.erase(LOCAL, "Observation", "o1", REASON)
    with pytest.raises(Conflict, match="legal hold"):
        record.erase_patient(LOCAL, "ana", REASON)
    assert record.read(LOCAL, "Observation", "o1").version == 1
    record.release(LOCAL, "ana", "the lawsuit is over")
    with pytest.raises(NotFound):
        record.release(LOCAL, "ana", "the lawsuit is over")
    assert record.erase_patient(LOCAL, "ana", REASON).resources == 3


def test_who_may_and_why(fresh_database: Database) -> None:
    record = some_record(fresh_database)
    with pytest.raises(Invalid, match="why"):
        record.erase(LOCAL, "Observation", "o1", " ")
    with pytest.raises(NotFound):
        record.erase(LOCAL, "Observation", "nothing", REASON)
    with pytest.raises(NotFound):
        record.erase_patient(LOCAL, "nobody", REASON)
    with pytest.raises(NotAllowed):
        record.erase(STRANGER, "Observation", "o1", REASON)
    with pytest.raises(NotAllowed):
        record.erase_patient(STRANGER, "ana", REASON)
    with pytest.raises(NotAllowed):
        record.hold(STRANGER, "ana", REASON)
    assert record.read(LOCAL, "Observation", "o1").version == 1


def test_the_sealer_waits_for_an_erasure(fresh_database: Database, key: FileKey) -> None:
    """Otherwise it could seal what it read before, and the erasure would look like an attack."""
    some_record(fresh_database)
    with fresh_database.connection() as conn, conn.transaction():
        ledger.keep_sealer_out(conn)
        from osler.record import sealing

        assert sealing.seal(fresh_database, key).busy
    seal(fresh_database, key)


def scan(subject: str | None, content: bytes) -> Resource:
    found: dict[str, object] = {
        "resourceType": "DocumentReference",
        "id": "scan",
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": b64(content)}}],
    }
    if subject is not None:
        found["subject"] = {"reference": f"Patient/{subject}"}
    return decode(json.dumps(found).encode())


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "osler-database"]


@pytest.mark.parametrize("before", [None, "bob"])
def test_documents_from_before_it_was_about_the_patient(
    fresh_database: Database, tmp_path: Path, before: str | None
) -> None:
    """They were locked with a key that stays: of the practice, or of the patient it was about by mistake."""
    storage = Storage(str(tmp_path / "blobs"), KeySource(tmp_path / "master.key"))
    record = Record(fresh_database, documents=storage)
    put(record, patient("ana"), patient("bob"))
    large = b"x" * 40_000
    put(record, scan(before, large))
    put(record, scan("ana", large))
    assert len(files_in(tmp_path / "blobs")) == 2
    record.erase_patient(LOCAL, "ana", REASON)
    with fresh_database.connection() as conn:
        rows = conn.execute(
            "SELECT count(*) FROM blob b JOIN patient_key k ON k.id = b.key WHERE k.wrapped IS NOT NULL"
        ).fetchone()
    assert rows == (0,)
    assert len(files_in(tmp_path / "blobs")) == 1  # Its key is destroyed.


def test_a_hold_on_whom_it_was_about_before(fresh_database: Database) -> None:
    """What was written about Bob by mistake is part of what a court may ask of Bob's record."""
    record = some_record(fresh_database)
    put(record, patient("bob"), observation("bob", "moved"))
    put(record, observation("ana", "moved"))
    record.hold(LOCAL, "bob", "Smith v. Clinic")
    with pytest.raises(Conflict, match="Patient/bob"):
        record.erase_patient(LOCAL, "ana", REASON)
    record.release(LOCAL, "bob", "the case is closed")
    assert record.erase_patient(LOCAL, "ana", REASON).versions
