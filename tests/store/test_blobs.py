"""The store of encrypted documents: objects by id, and rows of keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from osler.kit.database import Database
from osler.kit.errors import Unavailable
from osler.kit.ids import uuid7
from osler.store import blobs
from osler.store.blobs import WrappedKey
from osler.store.objects import Missing, Objects, Taken


def test_objects_in_a_folder(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path / "new" / "blobs"))
    ids = [uuid7() for _ in range(5)]
    for id in ids:
        objects.put(id, id.encode())
    assert objects.get(ids[0]) == ids[0].encode()
    assert {id for page in objects.pages() for id, _ in page} == set(ids)
    assert stat.S_IMODE((tmp_path / "new" / "blobs").stat().st_mode) == 0o700
    objects.delete(ids[0])
    objects.delete(ids[0])
    with pytest.raises(Missing, match=ids[0]):
        objects.get(ids[0])


def test_objects_in_memory_go_by_url() -> None:
    objects = Objects("memory:///")
    objects.put("some-id", b"x")
    assert objects.get("some-id") == b"x"
    with pytest.raises(Missing):
        objects.get("other-id")


def test_a_store_belongs_to_one_database(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    objects.claim("one")
    Objects(str(tmp_path)).claim("one")
    with pytest.raises(Taken, match="OSLER_BLOBS_URL"):
        Objects(str(tmp_path)).claim("two")
    assert list(objects.pages()) in ([], [[]]), "the claim is no document"


def test_a_store_that_is_away_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="does not answer"):
        Objects(str(tmp_path / "file" / "blobs")).put("some-id", b"x")


def test_an_owner_has_one_key_until_it_is_destroyed(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        for id in ("k1", "k2"):
            blobs.add_key(conn, WrappedKey(id, "Patient/a", "wrapped", "m1"), "a")
        found = blobs.key_of(conn, "Patient/a")
        assert found is not None and found.id == "k1"
        assert blobs.key_of(conn, "Patient/b") is None
        assert (blobs.erase(conn, "a"), blobs.erase(conn, "a")) == (1, 0)
        assert blobs.key_of(conn, "Patient/a") is None
        blobs.add_key(conn, WrappedKey("k3", "Patient/a", "wrapped", "m1"), "a")
        again = blobs.key_of(conn, "Patient/a")
        assert again is not None and again.id == "k3"
        assert blobs.keys(conn, ["k1"])["k1"].wrapped is None
        assert blobs.masters(conn) == {"m1": 1}
        assert blobs.totals(conn) == (0, 0, 1)


def test_a_key_is_adopted_once(fresh_database: Database) -> None:
    with fresh_database.connection() as conn:
        blobs.add_key(conn, WrappedKey("k1", "Binary/b", "wrapped", "m1"), None)
        blobs.adopt(conn, ["Binary/b"], "ana")
        blobs.adopt(conn, ["Binary/b"], "bob")
        assert (blobs.erase(conn, "bob"), blobs.erase(conn, "ana")) == (0, 1)
