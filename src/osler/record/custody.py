"""The keeping of documents and their keys: rotation, state, erasure, and what failed writes left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from osler.kit import clock
from osler.kit.database import Database
from osler.record.blobs import Storage, Vault
from osler.store import blobs as store

_GRACE = timedelta(hours=24)
_REWRAPPED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Status:
    """How documents are kept. `masters` counts keys by master key; those not in `held` open nothing."""

    place: str
    key_file: str
    held: tuple[str, ...]
    masters: dict[str, int]
    documents: int
    size: int
    destroyed: int

    @property
    def missing(self) -> tuple[str, ...]:
        """Master keys that documents are locked with and that are not here."""
        return tuple(sorted(set(self.masters) - set(self.held)))

    @property
    def behind(self) -> int:
        """Keys that are still wrapped with an older master key."""
        return sum(count for id, count in self.masters.items() if id != next(iter(self.held), ""))


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: the master key in use, keys wrapped anew, master keys forgotten."""

    current: str
    rewrapped: int
    forgotten: tuple[str, ...]


def status(database: Database, storage: Storage | None = None) -> Status:
    """How documents are kept now."""
    vault = Vault(database, storage)
    with database.connection() as conn:
        masters = store.masters(conn)
        documents, size, destroyed = store.totals(conn)
    held = tuple(key.id for key in vault.keyring.held()) if vault.keyring.exists else ()
    place, file = vault.storage.url, str(vault.storage.keys.file)
    return Status(place, file, held, masters, documents, size, destroyed)


def rotate(database: Database, storage: Storage | None = None, *, forget: bool = False) -> Rotated:
    """A new master key, and every key wrapped with it; documents are not touched.

    Interrupted, the next run only finishes it. `forget` then removes master keys that nothing needs.

    Raises:
        KeyTrouble: a master key that is needed is not here; what was done until then stays done.
    """
    vault = Vault(database, storage)
    ring = vault.keyring
    with database.connection() as conn:
        masters = store.masters(conn)
    unfinished = ring.exists and any(id != ring.current.id for id in masters)
    if not unfinished and not (masters and not ring.exists):
        ring.add()
    done = _rewrap(database, vault)
    forgotten: tuple[str, ...] = ()
    if forget:
        with database.connection() as conn, conn.transaction():
            store.forget_masters(conn)
            forgotten = ring.keep(list(store.masters(conn)))
    return Rotated(ring.current.id, done, forgotten)


def _rewrap(database: Database, vault: Vault) -> int:
    ring = vault.keyring
    done = 0
    while True:
        with database.connection() as conn, conn.transaction():
            batch = store.wrapped_by_others(conn, ring.current.id, _REWRAPPED_AT_ONCE)
            changed = []
            for row in batch:
                master, wrapped = ring.wrap(vault.key(row).secret, row.name)
                changed.append(replace(row, master=master, wrapped=wrapped))
            store.rewrap(conn, changed)
        if not batch:
            return done
        done += len(batch)


def erase(database: Database, patient: str) -> int:
    """Destroy the keys of a patient's documents; how many. Nobody can read these again, from no copy of them."""
    with database.connection() as conn:
        return store.erase(conn, patient)


def remove_abandoned(database: Database, storage: Storage | None = None) -> int:
    """Remove from the object store what no version has: documents whose commit failed over a day ago."""
    vault = Vault(database, storage)
    with database.connection() as conn:
        objects = vault.claimed(conn)
    before = clock.now() - _GRACE
    removed = 0
    for page in objects.pages():
        old = [id for id, written in page if written < before]
        if not old:
            continue
        with database.connection() as conn:
            known = store.known(conn, old)
        for id in old:
            if id not in known:
                objects.delete(id)
                removed += 1
    return removed
