"""Documents at rest: nothing of them in plain on the disk, everything of them in every answer."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from osler.access import LOCAL
from osler.fhir.base import Resource
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid, OslerError, Unprocessable
from osler.kit.keys import Keyring, KeySource, KeyTrouble
from osler.record import Checks, Create, Delete, Everything, Patch, Record, Storage, Update, custody
from osler.record.blobs import SMALL, Damaged, Vault
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.store import blobs as store
from osler.store.blobs import WrappedKey
from osler.store.objects import Objects
from tests.record.cast import made, patient

SECRET = b"Psoriasis of the elbows, spoken of in confidence. "
LOOSE = Checks(references=False, why_off="the targets do not matter here")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "blobs"), KeySource(tmp_path / "keys" / "master.key"))


@pytest.fixture
def record(fresh_database: Database, storage: Storage) -> Record:
    return Record(fresh_database, base_url="http://localhost/fhir", documents=storage)


def b64(content: bytes) -> str:
    return b64encode(content).decode()


def attachment(content: bytes, type: str = "text/plain") -> dict[str, Any]:
    return {"contentType": type, "data": b64(content)}


def document(content: bytes, id: str = "d1", **more: Any) -> Resource:
    return made(
        resourceType="DocumentReference",
        id=id,
        status="current",
        subject={"reference": "Patient/ana"},
        content=[{"attachment": attachment(content)}],
        **more,
    )


def put(record: Record, *resources: Resource) -> list[str]:
    outcomes = record.commit(LOCAL, [Update(one) for one in resources], checks=LOOSE)
    return [outcome.status for outcome in outcomes]


def data_of(content: bytes) -> Any:
    return json.loads(content)["content"][0]["attachment"].get("data")


def read(record: Record, type: str = "DocumentReference", id: str = "d1") -> Any:
    return json.loads(record.read(LOCAL, type, id).content)


def everything_in(database: Database) -> bytes:
    """All rows of all tables of ours, as text."""
    with database.connection() as conn:
        tables = conn.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = 'r' AND nspname = 'public'"
        ).fetchall()
        found = []
        for (table,) in tables:
            query = psycopg.sql.SQL("SELECT t::text FROM {} t").format(psycopg.sql.SQL(table))
            found += [row[0] or "" for row in conn.execute(query)]
    return "\n".join(found).encode()


def files_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def is_in(secret: bytes, haystack: bytes) -> bool:
    """In plain, in base64 at any of its three offsets, or in hexadecimal."""
    shifted = [b64encode(b"x" * n + secret)[4:-4] for n in range(3)]
    forms = [secret, secret.hex().encode(), *shifted]
    return any(form in haystack for form in forms)


def test_the_search_for_plain_text_finds_what_is_there() -> None:
    assert is_in(SECRET, b"..." + SECRET)
    assert is_in(SECRET, b64encode(b"ab" + SECRET + b"c"))
    assert is_in(SECRET, b"\\x" + (b"z" + SECRET).hex().encode())
    assert not is_in(SECRET, b"something else")


CARRIERS: list[dict[str, Any]] = [
    {"resourceType": "Binary", "contentType": "text/plain", "data": b64(SECRET)},
    {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": "Patient/ana"},
        "content": [{"attachment": attachment(SECRET)}, {"attachment": attachment(SECRET * 2)}],
    },
    {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "x"},
        "presentedForm": [attachment(SECRET)],
    },
    {"resourceType": "Patient", "photo": [attachment(SECRET)]},
    {
        "resourceType": "Communication",
        "status": "completed",
        "payload": [{"contentAttachment": attachment(SECRET)}],
    },
    {"resourceType": "Media", "status": "completed", "content": attachment(SECRET)},
    {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "1", "answer": [{"valueAttachment": attachment(SECRET)}]}],
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "extension": [{"url": "urn:x", "valueAttachment": attachment(SECRET)}],
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "extension": [{"url": "urn:x", "valueReference": {"reference": "#b"}}],
        "contained": [
            {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": b64(SECRET)}
        ],
    },
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "resource": {
                    "resourceType": "Media",
                    "status": "completed",
                    "content": attachment(SECRET),
                }
            }
        ],
    },
]


@pytest.mark.parametrize("size", [1, 2000], ids=["small", "large"])
def test_nothing_of_a_document_is_on_the_disk_in_plain(
    record: Record, storage: Storage, tmp_path: Path, size: int
) -> None:
    put(record, patient("ana"))
    written = []
    for carrier in CARRIERS:
        text = json.dumps(carrier).replace(b64(SECRET), b64(SECRET * 3 * size))
        written.append(record.commit(LOCAL, [Create(made(**json.loads(text)))], checks=LOOSE)[0])
    for outcome, carrier in zip(written, CARRIERS, strict=True):
        assert outcome.version is not None
        assert is_in(SECRET, outcome.version.content), carrier["resourceType"]
        again = record.read(LOCAL, carrier["resourceType"], outcome.version.id)
        assert again.content == outcome.version.content
    assert not is_in(SECRET, everything_in(record.database))
    assert not is_in(SECRET, files_in(tmp_path))
    large = list(Path(storage.url).rglob("*-*-*"))
    assert bool(large) == (size > 1)


def test_every_answer_has_the_document(record: Record) -> None:
    put(record, patient("ana"), document(SECRET))
    put(record, document(SECRET * 2))
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET * 2)
    assert data_of(record.vread(LOCAL, "DocumentReference", "d1", 1).content) == b64(SECRET)
    history = record.history(LOCAL, "DocumentReference", "d1").entries
    assert [data_of(one.content) for one in history] == [b64(SECRET * 2), b64(SECRET)]
    query = parse("DocumentReference", [("subject", "Patient/ana")], Registry.builtin())
    assert [data_of(one.content) for one in record.search(LOCAL, query).matches] == [
        b64(SECRET * 2)
    ]
    query = parse(
        "Patient",
        [("_id", "ana"), ("_revinclude", "DocumentReference:subject")],
        Registry.builtin(),
    )
    assert [data_of(v.content) for v in record.search(LOCAL, query).included] == [b64(SECRET * 2)]
    about = list(record.everything(LOCAL, "ana", Everything()).versions)
    assert data_of(about[1].content) == b64(SECRET * 2)
    exported = list(record.export(LOCAL, "DocumentReference", history=True))
    assert [data_of(one.content) for one in exported] == [b64(SECRET), b64(SECRET * 2)]
    now = clock.now()
    assert data_of(record.as_of(LOCAL, now, "DocumentReference", "d1").content) == b64(SECRET * 2)
    assert b64(SECRET * 2).encode() in record.as_of_patient(LOCAL, now, "ana")[1].content


def test_a_contained_document_answered_alone_is_opened(record: Record) -> None:
    put(record, made(**CARRIERS[8], id="o1"))
    pairs = [("_contained", "true"), ("_containedType", "contained"), ("_id", "b")]
    page = record.search(LOCAL, parse("Binary", pairs, Registry.builtin()))
    assert [json.loads(v.content)["data"] for v in page.matches] == [b64(SECRET)]


def test_the_same_document_again_is_unchanged_and_written_once(record: Record) -> None:
    put(record, patient("ana"), document(SECRET))
    assert put(record, document(SECRET)) == ["unchanged"]
    assert put(record, document(SECRET, description="of the elbows")) == ["updated"]
    with record.database.connection() as conn:
        assert store.totals(conn)[0] == 1
    assert put(record, document(SECRET + b"!")) == ["updated"]
    with record.database.connection() as conn:
        assert store.totals(conn)[0] == 2


def test_what_moves_to_another_patient_gets_that_patients_key(record: Record) -> None:
    put(record, patient("ana"), patient("bob"), document(SECRET))
    moved = made(
        **{**json.loads(record.read(LOCAL, "DocumentReference", "d1").content)}
        | {"subject": {"reference": "Patient/bob"}}
    )
    assert put(record, moved) == ["updated"]
    custody.erase(record.database, "ana")
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET)
    assert data_of(record.vread(LOCAL, "DocumentReference", "d1", 1).content) is None


def test_base64_of_another_spelling_comes_back_as_it_was(record: Record) -> None:
    odd = b64(SECRET)[:40] + "\r\n" + b64(SECRET)[40:]
    binary = made(resourceType="Binary", id="b", contentType="text/plain", data=odd)
    put(record, binary)
    assert read(record, "Binary", "b")["data"] == odd


@pytest.mark.parametrize("text", ["~blob:", "~blob:0198-x:1:" + "0" * 64 + ":" + "0" * 32 + ":b"])
def test_nobody_can_write_a_marker(record: Record, text: str) -> None:
    sampled = made(
        resourceType="Observation",
        status="final",
        code={"text": "ECG"},
        valueSampledData={"origin": {"value": 0}, "period": 1, "dimensions": 1, "data": text},
    )
    with pytest.raises(Unprocessable, match="marker"):
        record.commit(LOCAL, [Create(sampled)])
    with pytest.raises(Invalid):
        made(resourceType="Binary", contentType="text/plain", data=text)


def test_a_stolen_marker_opens_nothing(record: Record) -> None:
    """Whoever can write to the database but has no key gains nothing by moving markers about."""
    put(record, patient("ana"), document(SECRET), document(b"harmless", "d2"))
    with record.database.connection() as conn:
        conn.execute(
            "UPDATE resource SET content = replace(replace((SELECT content::text FROM resource"
            " WHERE id = 'd1'), '\"d1\"', '\"d2\"'), '', '')::json WHERE id = 'd2'"
        )
    with pytest.raises(Damaged, match="DocumentReference/d2"):
        record.read(LOCAL, "DocumentReference", "d2")
    with record.database.connection() as conn:
        conn.execute("UPDATE blob SET resource = 'd2' WHERE resource = 'd1'")
    with pytest.raises(Damaged, match="cannot be opened with its key"):
        record.read(LOCAL, "DocumentReference", "d2")


@pytest.mark.parametrize("size", [10, 2000], ids=["small", "large"])
def test_a_changed_blob_is_found_with_its_place(
    record: Record, storage: Storage, size: int
) -> None:
    put(record, patient("ana"), document(SECRET * size), document(b"other", "d2"))
    files = list(Path(storage.url).rglob("*-*-*"))
    if files:
        content = bytearray(files[0].read_bytes())
        content[99] ^= 1
        files[0].write_bytes(content)
    else:
        with record.database.connection() as conn:
            conn.execute("UPDATE blob SET sealed = set_byte(sealed, 40, 7) WHERE resource = 'd1'")
    with pytest.raises(Damaged, match="is not what was stored") as caught:
        record.read(LOCAL, "DocumentReference", "d1")
    assert "DocumentReference/d1" in str(caught.value)
    assert not files or str(files[0]) in str(caught.value)
    query = parse("DocumentReference", [], Registry.builtin())
    found = {v.id: json.loads(v.content) for v in record.search(LOCAL, query).matches}
    absent = found["d1"]["content"][0]["attachment"]["_data"]["extension"][0]
    assert absent["valueCode"] == "error"
    assert found["d2"]["content"][0]["attachment"]["data"] == b64(b"other")
    with pytest.raises(Damaged):
        list(record.export(LOCAL, "DocumentReference"))


def test_a_missing_file_is_named(record: Record, storage: Storage) -> None:
    put(record, patient("ana"), document(SECRET * 2000))
    (file,) = Path(storage.url).rglob("*-*-*")
    file.unlink()
    with pytest.raises(Damaged, match=file.name):
        record.read(LOCAL, "DocumentReference", "d1")


def test_erased_documents_are_masked_everywhere(record: Record) -> None:
    put(record, patient("ana"), patient("bob"), document(SECRET), document(SECRET, "d2"))
    put(record, replace_subject(document(SECRET, "d3"), "bob"))
    assert custody.erase(record.database, "ana") == 1
    for id in ("d1", "d2"):
        found = read(record, id=id)["content"][0]["attachment"]
        assert found["contentType"] == "text/plain"
        assert "data" not in found
        assert found["_data"]["extension"][0]["valueCode"] == "masked"
    assert data_of(record.read(LOCAL, "DocumentReference", "d3").content) == b64(SECRET)
    with record.database.connection() as conn:
        row = conn.execute("SELECT wrapped FROM patient_key WHERE owner = 'Patient/ana'").fetchone()
    assert row == (None,)
    assert put(record, document(b"new", "d4")) == ["created"]  # life goes on, with a new key
    assert data_of(record.read(LOCAL, "DocumentReference", "d4").content) == b64(b"new")


def replace_subject(resource: Resource, id: str) -> Resource:
    resource.subject.reference = f"Patient/{id}"  # type: ignore[attr-defined]
    return resource


def test_a_patch_keeps_the_document_closed_unless_it_speaks_of_it(
    record: Record, storage: Storage
) -> None:
    put(record, patient("ana"), document(SECRET * 2000))
    (file,) = Path(storage.url).rglob("*-*-*")
    kept = file.read_bytes()
    file.write_bytes(b"damaged")
    patch = b'[{"op":"replace","path":"/status","value":"entered-in-error"}]'
    record.commit(LOCAL, [Patch("DocumentReference", patch, id="d1")], checks=LOOSE)
    file.write_bytes(kept)
    assert read(record)["status"] == "entered-in-error"
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET * 2000)
    path = "/content/0/attachment/data"
    tests = [
        {"op": "test", "path": path, "value": b64(SECRET * 2000)},
        {"op": "replace", "path": path, "value": b64(b"short")},
    ]
    patch = json.dumps(tests).encode()
    record.commit(LOCAL, [Patch("DocumentReference", patch, id="d1")], checks=LOOSE)
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(b"short")


def test_a_patch_brings_no_marker_along(record: Record) -> None:
    put(record, patient("ana"), document(SECRET), document(b"x", "d2"))
    with record.database.connection() as conn:
        row = conn.execute("SELECT content->'content'->0->'attachment'->>'data' FROM resource"
                           " WHERE id = 'd1'").fetchone()  # fmt: skip
    assert row is not None
    path = "/content/0/attachment/d\\u0061ta"
    patch = b'[{"op":"replace","path":"%b","value":"%b"}]' % (path.encode(), row[0].encode())
    with pytest.raises(OslerError):
        record.commit(LOCAL, [Patch("DocumentReference", patch, id="d2")], checks=LOOSE)
    assert data_of(record.read(LOCAL, "DocumentReference", "d2").content) == b64(b"x")


def test_deletion_and_return(record: Record) -> None:
    put(record, patient("ana"), document(SECRET))
    record.commit(LOCAL, [Delete("DocumentReference", "d1")])
    assert put(record, document(SECRET)) == ["created"]
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET)


def test_reindexing_leaves_documents_alone(record: Record) -> None:
    put(record, patient("ana"), document(SECRET), made(**CARRIERS[8], id="o1"))
    record.reindex(lambda *_: None, everything=True)
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET)
    assert not is_in(SECRET, everything_in(record.database))


def test_a_failed_commit_leaves_a_file_that_is_removed_a_day_later(
    record: Record, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(record, patient("ana"), document(SECRET * 2000))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("osler.store.write.write", crash)
        patched.setattr("osler.store.write.write_new", crash)
        with pytest.raises(KeyboardInterrupt):
            put(record, document(SECRET * 2001, "d2"))
    assert len(list(Path(storage.url).rglob("*-*-*"))) == 2
    assert custody.remove_abandoned(record.database, storage) == 0
    later = datetime.now(UTC) + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert custody.remove_abandoned(record.database, storage) == 1
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET * 2000)


def test_the_store_of_another_database_is_left_alone(
    record: Record, storage: Storage, another_database: Callable[[], Database]
) -> None:
    put(record, patient("ana"), document(SECRET * 2000))
    other = another_database()
    with other.connection() as conn:
        conn.execute("UPDATE blob_store SET id = 'another'")
    with pytest.raises(OslerError, match="belong to another database"):
        custody.remove_abandoned(other, storage)
    neighbour = Record(other, documents=replace(storage, keys=KeySource(Path(storage.url) / "k")))
    with pytest.raises(OslerError, match="OSLER_BLOBS_URL"):
        put(neighbour, document(SECRET * 2000))


def test_without_the_master_key_documents_stay_locked_and_nothing_is_lost(
    record: Record, storage: Storage
) -> None:
    put(record, patient("ana"), document(SECRET))
    file = storage.keys.file
    kept = file.read_bytes()
    file.rename(file.with_suffix(".away"))
    with pytest.raises(KeyTrouble, match="restore it from its copy"):
        record.read(LOCAL, "DocumentReference", "d1")
    with pytest.raises(KeyTrouble):
        put(record, document(SECRET, "d2"))
    assert not file.exists(), "a second key must not be made where the first is missing"
    assert put(record, patient("eve")) == ["created"], "what has no document goes on"
    file.write_text(b64(b"k" * 32) + "\n")
    with pytest.raises(KeyTrouble, match="wrapped with master key"):
        record.read(LOCAL, "DocumentReference", "d1")
    with pytest.raises(KeyTrouble, match="Put that key back"):
        put(record, replace_subject(document(SECRET, "d2"), "eve"))
    file.write_bytes(kept)
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET)


def test_rotation_rewraps_keys_and_leaves_documents(record: Record, storage: Storage) -> None:
    put(record, patient("ana"), document(SECRET * 2000), made(**CARRIERS[0], id="b"))
    before = files_in(Path(storage.url))
    old = custody.status(record.database, storage).held
    done = custody.rotate(record.database, storage)
    assert (done.rewrapped, done.forgotten) == (2, ())
    state = custody.status(record.database, storage)
    assert state.masters == {done.current: 2}
    assert state.held == (done.current, *old)
    assert files_in(Path(storage.url)) == before
    assert data_of(record.read(LOCAL, "DocumentReference", "d1").content) == b64(SECRET * 2000)
    assert custody.rotate(record.database, storage, forget=True).forgotten == (done.current, *old)
    assert read(record, "Binary", "b")["data"] == b64(SECRET)


def test_no_master_key_is_forgotten_under_a_key_that_is_being_made(
    record: Record, storage: Storage
) -> None:
    """Who wraps a key with the old master key at this moment must find it in the file afterwards."""
    put(record, document(b"first"))
    vault = Vault(record.database, storage)
    old = vault.keyring.current.id
    with ThreadPoolExecutor(1) as beside, record.database.connection() as conn:
        with conn.transaction():
            store.keep_masters(conn)
            bare = WrappedKey("k2", "Patient/late", None, "")
            master, wrapped = vault.keyring.wrap(bytes(32), bare.name)
            rotation = beside.submit(custody.rotate, record.database, storage, forget=True)
            time.sleep(0.5)
            store.add_key(conn, replace(bare, wrapped=wrapped, master=master), "late")
        done = rotation.result(30)
    assert done.forgotten == ()
    assert old in {key.id for key in Keyring(storage.keys).held()}
    assert custody.status(record.database, storage).missing == ()


def test_an_interrupted_rotation_is_finished(
    record: Record, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        put(record, patient(f"p{n}"), replace_subject(document(SECRET, f"d{n}"), f"p{n}"))
    monkeypatch.setattr(custody, "_REWRAPPED_AT_ONCE", 2)
    rewrap, calls = store.rewrap, iter(range(5))

    def failing(*given: Any) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        rewrap(*given)

    monkeypatch.setattr(store, "rewrap", failing)
    with pytest.raises(KeyboardInterrupt):
        custody.rotate(record.database, storage)
    monkeypatch.setattr(store, "rewrap", rewrap)
    state = custody.status(record.database, storage)
    assert (state.behind, len(state.held)) == (3, 2)
    assert read(record, id="d4")["content"][0]["attachment"]["data"] == b64(SECRET)
    done = custody.rotate(record.database, storage)
    assert done.rewrapped == 3
    assert custody.status(record.database, storage).masters == {state.held[0]: 5}


def test_whole_histories_move_to_another_database(
    record: Record, tmp_path: Path, another_database: Callable[[], Database]
) -> None:
    put(record, patient("ana"), document(SECRET))
    put(record, document(SECRET * 2000))
    record.commit(LOCAL, [Delete("DocumentReference", "d1")])
    put(record, document(SECRET))
    versions = list(record.export(LOCAL, "DocumentReference", history=True))
    away = Storage(str(tmp_path / "away"), KeySource(tmp_path / "away.key"))
    other = Record(another_database(), documents=away)
    assert other.restore(LOCAL, [versions], source="export") == ["created"]
    assert other.restore(LOCAL, [versions], source="export") == ["unchanged"]
    again = list(other.export(LOCAL, "DocumentReference", history=True))
    assert [v.content for v in again] == [v.content for v in versions]
    assert not is_in(SECRET, everything_in(other.database))
    with pytest.raises(Conflict):
        other.restore(LOCAL, [[replace(versions[0], content=b"{}")]], source="export")


def test_a_load_encrypts_too_and_may_be_repeated(record: Record) -> None:
    batch = [patient("ana"), *(document(SECRET + b"%d" % n, f"d{n}") for n in range(120))]
    for status in ("created", "unchanged"):
        outcomes = record.load(LOCAL, batch, checks=LOOSE, source="a file")
        assert {outcome.status for outcome in outcomes} == {status}
    assert data_of(record.read(LOCAL, "DocumentReference", "d77").content) == b64(SECRET + b"77")
    assert not is_in(SECRET, everything_in(record.database))
    with record.database.connection() as conn:
        assert store.totals(conn)[0] == 120


def test_small_and_large_lie_where_they_should(record: Record, storage: Storage) -> None:
    put(record, patient("ana"), document(b"s" * 100), document(b"l" * (SMALL + 1), "d2"))
    with record.database.connection() as conn:
        rows = conn.execute("SELECT resource, sealed IS NULL, size FROM blob ORDER BY 1").fetchall()
        blob = conn.execute("SELECT id FROM blob WHERE sealed IS NULL").fetchone()
    assert rows == [("d1", False, 128), ("d2", True, SMALL + 29)]
    assert blob is not None
    assert len(Objects(storage.url).get(blob[0])) == SMALL + 29
