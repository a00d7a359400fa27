"""`osler load` against COPY of the same JSON into a bare table, on the same server in the same run."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from bench.volume import write
from osler.exchange.bulk import LoadOptions, load
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.record import Record
from osler.store.migrate import migrate

RATE = 2500  # resources a second, when the machine is quiet
RATIO = 0.25
JOBS = 2
_SHORT, _FULL = 30_000, 300_000
_CHUNK = 1 << 18


def run(short: bool) -> list[dict[str, Any]]:
    """Rates of COPY and of a load of the same file, and of the same load once more."""
    home = Path(tempfile.mkdtemp(prefix="osler-bench-load-"))
    try:
        source = home / "volume.ndjson"
        size = _SHORT if short else _FULL
        write(source, size)
        url = embedded(home / "data")
        migrate(url)
        baseline = size / _timed(lambda: _copy(url, source))
        # Half before, half after: another user of the machine should not slow down one side only.
        loading = size / _timed(lambda: _load(url, source, size, "created"))
        baseline = (baseline + size / _timed(lambda: _copy(url, source))) / 2
        again = size / _timed(lambda: _load(url, source, size, "unchanged"))
        return _results(size, baseline, loading, again)
    finally:
        release(home / "data")
        shutil.rmtree(home, ignore_errors=True)


def _results(size: int, baseline: float, loading: float, again: float) -> list[dict[str, Any]]:
    ratio = loading / baseline
    return [
        {
            "name": f"load, {size:,} Synthea resources, {JOBS} jobs",
            "value": round(loading),
            "unit": "resources/s",
            "baseline": round(baseline),
            "ratio": round(ratio, 3),
            "bar": f">= {RATIO} of COPY",
            "met": ratio >= RATIO,
        },
        {
            "name": "load, absolute rate",
            "value": round(loading),
            "unit": "resources/s",
            "baseline": RATE,
            "ratio": round(loading / RATE, 2),
            "bar": f">= {RATE:,} when the machine is quiet",
            "met": loading >= RATE,
        },
        {
            "name": "load of the same again, all unchanged",
            "value": round(again),
            "unit": "resources/s",
            "baseline": round(loading),
            "ratio": round(again / loading, 2),
            "bar": None,
            "met": None,
        },
    ]


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _copy(url: str, source: Path) -> None:
    """The same JSON, line by line, into a table without keys or indexes."""
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute("CREATE TABLE bench_bare (content json)")
        with source.open("rb") as lines, cursor.copy("COPY bench_bare FROM STDIN") as copy:
            waiting: list[bytes] = []
            size = 0
            for line in lines:
                waiting.append(line.replace(b"\\", b"\\\\") if b"\\" in line else line)
                size += len(line)
                if size > _CHUNK:
                    copy.write(b"".join(waiting))
                    waiting, size = [], 0
            copy.write(b"".join(waiting))


def _load(url: str, source: Path, size: int, status: str) -> None:
    database = Database(url)
    report = load(Record(database), [source], options=LoadOptions(jobs=JOBS))
    database.close()
    if report.total(status) != size:
        print(report.table(), file=sys.stderr)
        raise RuntimeError(f"expected {size} records {status}")
