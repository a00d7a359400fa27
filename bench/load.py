"""`osler load` against COPY of the same JSON into a bare table, on the same server in the same run.

Measured for Synthea's files as they are published (transaction Bundles, pretty-printed) and for NDJSON
of the same resources without white space, which COPY likes better.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.volume import write, write_bundles
from osler.exchange.bulk import LoadOptions, load
from osler.exchange.bulk.items import Item, read
from osler.exchange.bulk.sources import find
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.record import Record
from osler.store.migrate import migrate

RATE = 2500  # resources a second, when the machine is quiet
RATIO = 0.25
JOBS = 2
_SHORT, _FULL = 25_000, 250_000
_CHUNK = 1 << 18


def run(short: bool) -> list[dict[str, Any]]:
    """Rates of COPY and of a load of the same JSON, and of the same load once more."""
    size = _SHORT if short else _FULL
    home = Path(tempfile.mkdtemp(prefix="osler-bench-load-"))
    home.chmod(0o711)  # for root, PostgreSQL runs as an account of its own
    try:
        url = embedded(home / "data")
        migrate(url)
        lines = home / "volume.ndjson"
        write(lines, size)
        results = _measure(url, lines, size, "NDJSON without white space")
        bundles = home / "bundles"
        bundles.mkdir()
        if made := write_bundles(bundles, size):
            results = _measure(url, bundles, made, "Synthea's files as published") + results
        return results
    finally:
        release(home / "data")
        shutil.rmtree(home, ignore_errors=True)


def _measure(url: str, source: Path, size: int, what: str) -> list[dict[str, Any]]:
    prepared = source.with_suffix(".copy")
    _prepare(source, prepared)
    _empty(url)
    baseline = size / _timed(lambda: _copy(url, prepared))
    loading = size / _timed(lambda: _load(url, source))
    # Half before, half after: another user of the machine should not slow down one side only.
    baseline = (baseline + size / _timed(lambda: _copy(url, prepared))) / 2
    again = size / _timed(lambda: _load(url, source, new=False))
    ratio = loading / baseline
    bar = {"bar": f">= {RATIO} of COPY", "met": ratio >= RATIO}
    quiet = {"bar": f">= {RATE:,} on a quiet machine", "met": loading >= RATE}
    return [
        _result(f"load of {what}, {size:,}, against COPY", loading, baseline) | bar,
        _result(f"load of {what}, rate", loading, RATE) | quiet,
        _result(f"load of {what} again, all unchanged", again, loading),
    ]


def _result(name: str, value: float, baseline: float) -> dict[str, Any]:
    figures = {"value": round(value), "unit": "resources/s", "baseline": round(baseline)}
    return {"name": name, **figures, "ratio": round(value / baseline, 3), "bar": None, "met": None}


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _prepare(source: Path, prepared: Path) -> None:
    """The JSON of every resource as it stands in the input, escaped for COPY beforehand."""
    with prepared.open("wb") as out:
        for content in _contents(source):
            out.write(content.replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n")


def _contents(source: Path) -> Iterator[bytes]:
    for one in find([source]):
        with one.open() as (stream, _):
            for item in read(stream, lines=one.lines):
                assert isinstance(item, Item)
                yield item.content


def _empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("resource", "history", "string_index", "reference_index", "date_index"):
            connection.execute(psycopg.sql.SQL("TRUNCATE {}").format(psycopg.sql.Identifier(table)))
        connection.execute("TRUNCATE number_index, quantity_index")


def _copy(url: str, prepared: Path) -> None:
    """Into a table without keys or indexes."""
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute("CREATE TABLE bench_bare (content json)")
        with prepared.open("rb") as lines, cursor.copy("COPY bench_bare FROM STDIN") as copy:
            while chunk := lines.read(_CHUNK):
                copy.write(chunk)


def _load(url: str, source: Path, *, new: bool = True) -> None:
    database = Database(url)
    report = load(Record(database), [source], options=LoadOptions(jobs=JOBS))
    database.close()
    wrong = (
        report.total("rejected") + report.total("updated") + (0 if new else report.total("created"))
    )
    if wrong or not report.records:
        print(report.table(), file=sys.stderr)
        raise RuntimeError(f"{wrong} records did not end as they should")
