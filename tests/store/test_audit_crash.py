"""PostgreSQL is killed right after reads were answered: every answered read is in the audit."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from osler.access import LOCAL, Origin, Principal
from osler.fhir import r4
from osler.kit.cluster import Cluster
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.errors import OslerError
from osler.record import Access, AuditQuery, Create, Record
from osler.search.parse import parse
from osler.search.tree import Query
from osler.store.migrate import migrate

_READERS = 4
_LONG_ENOUGH_S = 0.6


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="osler-audit-crash-"))
    migrate(embedded(path))
    yield path
    release(path)
    deadline = time.monotonic() + 30
    while Cluster.at(path).processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(path, ignore_errors=True)


def _asked(number: int) -> Principal:
    return Principal("local", roles=LOCAL.roles, origin=Origin(request=str(number)))


Way = Callable[[Record, Principal, str], object]

WAYS: dict[str, Way] = {
    "read": lambda record, who, one: record.read(who, "Patient", one),
    "search": lambda record, who, one: record.search(who, _query(record, one)),
    "include": lambda record, who, one: record.search(
        who, _query(record, one, ("_revinclude", "Observation:subject"))
    ),
    "count": lambda record, who, one: record.count(who, _query(record, one)),
    "vread": lambda record, who, one: record.vread(who, "Patient", one, 1),
    "history": lambda record, who, one: record.history(who, "Patient", one),
    "everything": lambda record, who, one: next(record.everything(who, one).versions),
    "export": lambda record, who, _: next(record.export(who, "Patient")),
    "note": lambda record, who, one: record.note(who, Access("print", "Patient", one)),
    "audit": lambda record, who, _: record.audit(who, AuditQuery(count=1)),
}
"""Every kind of read: each alone, for the durable commit of one would save the rows of another."""


def _query(record: Record, id: str, *more: tuple[str, str]) -> Query:
    return parse("Patient", [("_id", id), *more], record.registry)


def _read_until_killed(record: Record, way: Way, id: str, first: int, answered: list[int]) -> None:
    with suppress(OslerError, psycopg.Error):  # The server is killed under us: that is the test.
        for number in range(first, 1_000_000_000, _READERS):
            way(record, _asked(number), id)
            answered.append(number)


@pytest.mark.parametrize("name", WAYS)
def test_what_was_answered_is_in_the_audit_after_a_crash(home: Path, name: str) -> None:
    database = Database(embedded(home), acquire_timeout_s=2)
    record = Record(database)
    (made,) = record.commit(LOCAL, [Create(r4.Patient(active=True))])
    assert made.version is not None
    with database.connection() as conn:
        row = conn.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()
        assert row is not None
    answered: list[int] = []
    readers = [
        threading.Thread(
            target=_read_until_killed, args=(record, WAYS[name], made.version.id, first, answered)
        )
        for first in range(_READERS)
    ]
    for reader in readers:
        reader.start()
    time.sleep(_LONG_ENOUGH_S)
    for process in Cluster.at(home).processes():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    for reader in readers:
        reader.join(timeout=60)
    database.close()
    assert len(answered) > 2 * _READERS
    with psycopg.connect(embedded(home)) as conn:
        query = "SELECT request::int FROM audit WHERE request IS NOT NULL AND seq > %s"
        kept = {found[0] for found in conn.execute(query, (row[0],))}
    assert set(answered) - kept == set()
