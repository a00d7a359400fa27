"""A record with a sealed ledger, for tests."""

from __future__ import annotations

import time
from pathlib import Path

from osler.access import LOCAL
from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.ledger.keys import FileKey
from osler.ledger.report import Report
from osler.record import Record, Update, sealing
from osler.record.verifying import verify
from osler.store import ledger
from tests.record.cast import observation, patient

__all__ = ["key_in", "leaves", "missing", "put", "seal", "some_record", "verified"]


def key_in(folder: Path) -> FileKey:
    """A new key in a folder."""
    made = FileKey(folder / "ledger.key")
    made.make()
    return made


def put(record: Record, *resources: Resource) -> None:
    """Each resource under its own id, in one commit."""
    record.commit(LOCAL, [Update(resource) for resource in resources])


def some_record(database: Database) -> Record:
    """Ana with three versions, two observations, one of them corrected: six versions, six audit rows."""
    record = Record(database)
    put(record, patient("ana"))
    put(record, patient("ana", family="Other"))
    put(record, patient("ana", family="Third"))
    put(record, observation("ana", "o1"), observation("ana", "o2"))
    put(record, observation("ana", "o2", status="amended"))
    return record


def missing(database: Database) -> int:
    """How much is not sealed."""
    with database.connection() as conn:
        return len(ledger.unsealed(conn, 1000))


def seal(database: Database, key: FileKey) -> sealing.Sealed:
    """Seal until nothing is left: transactions in other databases of the server may hold back the horizon."""
    total = sealing.seal_all(database, key)
    deadline = time.monotonic() + 20
    while missing(database) and time.monotonic() < deadline:
        time.sleep(0.02)
        last = sealing.seal_all(database, key)
        total = sealing.Sealed(total.entries + last.entries, total.blocks + last.blocks)
    assert missing(database) == 0
    return total


def leaves(database: Database) -> list[ledger.Leaf]:
    """All leaves."""
    with database.connection() as conn:
        return ledger.leaves(conn, 0, 1_000_000)


def verified(database: Database, **how: object) -> Report:
    """The report of a whole verification."""
    return verify(database, **how)  # type: ignore[arg-type]  # passed on
