"""The ledger: does sealing keep up with a load, and how long is a whole verification.

The load runs twice, alone and with a sealer beside it in a process of its own, as in practice. Then the rest is sealed
and everything verified; the figure for a million versions is computed from the rate where fewer were measured.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.volume import write
from osler.exchange.bulk import LoadOptions, load
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.settings import Settings
from osler.ledger.keys import FileKey
from osler.record import Record, sealing
from osler.record.verifying import verify
from osler.store.migrate import migrate
from osler.worker.sealing import Sealer

_SHORT, _FULL = 100_000, 1_000_000
VERIFY_S = 120.0
_MILLION = 1_000_000


def run(short: bool) -> list[dict[str, Any]]:
    """Rates of loading and sealing, seconds of a verification, bytes of the ledger."""
    size = _SHORT if short else _FULL
    home = Path(tempfile.mkdtemp(prefix="osler-bench-ledger-"))
    home.chmod(0o711)  # for root, PostgreSQL runs as an account of its own
    try:
        url = embedded(home / "data")
        migrate(url)
        lines = home / "volume.ndjson"
        write(lines, size)
        return _measure(url, home, lines, size)
    finally:
        release(home / "data")
        shutil.rmtree(home, ignore_errors=True)


def _measure(url: str, home: Path, lines: Path, size: int) -> list[dict[str, Any]]:
    results = []
    few = home / "few.ndjson"
    write(few, _SHORT, seed=2)
    alone = _SHORT / _load(url, few)  # By itself; sealed later, with the rest.
    key = FileKey(home / "key" / "ledger.key")
    key.make()
    database = Database(url)
    begun = time.perf_counter()
    waiting = sealing.seal_all(database, key).entries
    rate = waiting / (time.perf_counter() - begun)
    results.append(
        _result("sealing what waits", rate, "entries/s", alone, bar=">= the load's rate")
        | {"met": rate >= alone}
    )
    with _sealer(url, home):
        beside = size / _load(url, lines)
        begun = time.perf_counter()
        while not _sealed(url):
            time.sleep(0.05)
        behind = time.perf_counter() - begun
    results.append(_result("load with the sealer beside it", beside, "resources/s", alone))
    results.append(
        {
            "name": "after the load, until all of it is sealed",
            "value": round(behind, 2),
            "unit": "s",
        }
        | {"bar": 10.0, "met": behind <= 10.0}
    )
    results += _verified(database)
    database.close()
    return results


def _result(name: str, value: float, unit: str, baseline: float, **more: Any) -> dict[str, Any]:
    figures = {"value": round(value), "unit": unit, "baseline": round(baseline)}
    return {"name": name, **figures, "ratio": round(value / baseline, 2)} | more


def _load(url: str, source: Path) -> float:
    database = Database(url)
    begun = time.perf_counter()
    report = load(Record(database), [source], options=LoadOptions(jobs=2))
    seconds = time.perf_counter() - begun
    database.close()
    if report.total("rejected") or not report.total("created"):
        raise RuntimeError(report.table())
    return seconds


class _sealer:  # noqa: N801 - a context manager like a function
    """The worker's sealer in a process of its own."""

    def __init__(self, url: str, home: Path) -> None:
        self._command = [sys.executable, "-m", "bench.ledger", "seal", url, str(home / "key")]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command)

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)


def _sealed(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM ledger_leaf) = (SELECT count(*) FROM resource)"
            " + (SELECT count(*) FROM history) + (SELECT count(*) FROM audit)"
        ).fetchone()
    return bool(row and row[0])


def _verified(database: Database) -> list[dict[str, Any]]:
    begun = time.perf_counter()
    report = verify(database)
    seconds = time.perf_counter() - begun
    if not report.intact:
        raise RuntimeError(str(report.findings[:3]))
    leaves = report.versions + report.rows
    million = seconds * _MILLION / report.versions
    with database.connection() as conn:
        row = conn.execute(
            "SELECT sum(pg_total_relation_size(c)) FROM unnest(ARRAY['ledger_leaf', 'ledger_node',"
            " 'ledger_block']::regclass[]) c"
        ).fetchone()
    assert row is not None
    return [
        {
            "name": f"verification of {report.versions:,} versions",
            "value": round(seconds, 1),
            "unit": "s",
        },
        {
            "name": "verification of a million versions, at this rate",
            "value": round(million, 1),
            "unit": "s",
            "bar": VERIFY_S,
            "met": million <= VERIFY_S,
        },
        {
            "name": "the ledger in the database",
            "value": round(int(row[0]) / leaves),
            "unit": "bytes/entry",
        },
    ]


def _seal(url: str, folder: str) -> None:
    with Sealer(url, Settings(ledger_key_file=Path(folder) / "ledger.key")):
        while True:
            time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1:2] == ["seal"]:
        _seal(*sys.argv[2:])
    else:
        print(run(os.environ.get("FULL") is None))
