"""What it costs to know a program by its token, and what its rules then add to a read."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.tokens import service

from bench import http_people
from osler.access import LOCAL
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.settings import Settings
from osler.main.opening import prepare
from osler.record import Record

PATIENTS = 500
BAR_MS = 1.0


def run(short: bool) -> list[dict[str, Any]]:
    """Median milliseconds in one thread, without HTTP."""
    home = Path(tempfile.mkdtemp(prefix="osler-bench-"))
    try:
        url = prepare(Settings(database_url=embedded(home), data_dir=home))
        database = Database(url)
        record = Record(database)
        http_people.fill(record, PATIENTS, 4)
        asked, local, ruled = _measure(record, url, 1000 if short else 10_000)
        database.close()
    finally:
        release(home)
        shutil.rmtree(home, ignore_errors=True)
    return [
        {
            "name": "caller by token",
            "value": asked,
            "unit": "ms",
            "bar": BAR_MS,
            "met": asked <= BAR_MS,
        },
        {"name": "read by the operator", "value": local, "unit": "ms"},
        {"name": "read by a program, with its rules", "value": ruled, "unit": "ms"},
    ]


def _measure(record: Record, url: str, times: int) -> tuple[float, float, float]:
    token = service(url)
    from osler.identity import principals  # Models can be imported once Django is set up.

    principals.use(record.database)
    environ = {"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": f"Bearer {token}"}
    caller = principals.of_request(environ)
    return (
        _median(lambda: principals.of_request(environ), times),
        _median(lambda: record.read(LOCAL, "Patient", "bench-7"), times),
        _median(lambda: record.read(caller, "Patient", "bench-7"), times),
    )


def _median(do: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times + 100):
        began = time.perf_counter()
        do()
        found.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(found[100:]), 3)
