"""The staff's pages with 20 people at work at once, over plain HTTP and in a browser, beside a page that does next to nothing.

`run(short=True)` has 5,000 patients; the full run 1,000,000. `PATIENTS=100000 python -m bench pages` says another number, and
`BENCH_PAGES_DATA=DIRECTORY` keeps the database for the next run. Each person holds a session of `osler serve` as after a sign-in with two
factors; think 0 asks for the next page at once (what the server can do at most), think 1 s is how people work at their quickest.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench import pages_browser, pages_data
from bench.pages_people import PASSWORD
from bench.process import served
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.settings import Settings
from osler.main.opening import prepare
from osler.record import Record

READ_MS, WRITE_MS = 200.0, 300.0
IDLE = "a page with nothing of a patient"
_EMPTY_CHART = "open an empty chart"
Result = dict[str, Any]


def run(short: bool) -> list[Result]:
    """p95 of every step, with and without time to think; first paint; memory with twenty sessions."""
    patients = int(os.environ.get("PATIENTS") or (5_000 if short else 1_000_000))
    results: list[Result] = []
    with _practice(patients) as data:
        with served(data) as (_, port, pid):
            for think, seconds in ((1.0, 30 if short else 120), (0.0, 15 if short else 60)):
                load = _Load(data, port, pid, patients)
                results += load.measure(think, seconds)
            results.append(_memory(pid))
            if pages_browser.CHROMIUM.exists():
                results += pages_browser.measure(port, lambda: _trust(data))
    return results


@contextmanager
def _practice(patients: int) -> Iterator[Path]:
    """A data directory with that many patients and twenty people who may sign in."""
    kept = os.environ.get("BENCH_PAGES_DATA")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="osler-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # run as root, PostgreSQL has an account of its own
    data = folder / "data"
    try:
        url = prepare(Settings(data_dir=data))
        try:
            database = Database(url, statement_timeout_ms=600_000)
            with database.connection() as connection:
                row = connection.execute("SELECT 1 FROM resource LIMIT 1").fetchone()
            if row is None:
                pages_data.fill(Record(database), patients)
            database.close()
            _accounts()
        finally:
            release(data)
        yield data
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _accounts() -> None:
    """Twenty physicians; `prepare` has set Django up."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from osler.identity.models import Account
    from osler.kit import clock

    password = make_password(PASSWORD)
    for n in range(pages_data.STAFF):
        if not Account.objects.filter(username=f"bench{n}").exists():
            Account.objects.create(
                username=f"bench{n}",
                password=password,
                name=f"Ada Clinician{n}",
                email=f"bench{n}@example.org",
                roles=["physician"],
                person=f"Practitioner/p{n}",
                created=clock.now(),
            )
    connection.close()


def _trust(data: Path) -> None:
    """Let the sessions that a password opened count as opened with a second factor, which no script can show."""
    database = Database(embedded(data), max_size=1)
    with database.connection() as connection:
        connection.execute("UPDATE identity_session SET multi = true")
    database.close()
    release(data)


class _Load:
    """Twenty people in a process of their own, and what they found."""

    def __init__(self, data: Path, port: int, pid: int, patients: int) -> None:
        self._data, self._port, self._patients = data, port, patients
        self._server = psutil.Process(pid)

    def measure(self, think: float, seconds: int) -> list[Result]:
        """The figures of one round."""
        about = (str(self._port), str(seconds), str(think), str(pages_data.STAFF))
        command = [sys.executable, "-m", "bench.pages_people", *about, str(self._patients)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as people:
            assert people.stdin is not None and people.stdout is not None
            if people.stdout.readline() != "ready\n":
                raise RuntimeError("the people could not sign in")
            _trust(self._data)
            before = self._cpu()
            print(file=people.stdin, flush=True)
            found = json.loads(people.stdout.read())
            spent = self._cpu() - before
        if found["failed"]:
            raise RuntimeError(found["failed"][0])
        return self._results(found["times"], think, seconds, spent)

    def _cpu(self) -> float:
        """Seconds of processor time that the server's Python processes have used."""
        family = [self._server, *self._server.children(recursive=True)]
        mine = (one for one in family if "postgres" not in one.name())
        return sum(sum(one.cpu_times()[:2]) for one in mine)

    def _results(
        self, times: dict[str, list[float]], think: float, seconds: int, cpu: float
    ) -> list[Result]:
        baseline = _p95(times[IDLE])
        asked = sum(map(len, times.values()))
        about = f"{self._patients:,} patients, 20 people, think {think:g} s"
        results: list[Result] = [
            {
                "name": f"pages a second, {about}",
                "value": round(asked / seconds, 1),
                "unit": "pages/s",
            },
            {
                "name": f"Python for one page, {about}",
                "value": round(cpu / asked * 1000, 1),
                "unit": "ms of processor",
            },
        ]
        for name, some in times.items():
            bar = WRITE_MS if name.startswith("save") else READ_MS
            p95 = _p95(some)
            results.append(
                {
                    "name": f"{name}, p95 (p50 {statistics.median(some):.0f}, n {len(some)}), {about}",
                    "value": round(p95, 1),
                    "unit": "ms",
                    "baseline": round(baseline, 1),
                    "ratio": round(p95 / baseline, 2),
                    "bar": bar,
                    "met": p95 <= bar,
                }
            )
        return results


def _p95(some: list[float]) -> float:
    return statistics.quantiles(some, n=20)[-1] if len(some) > 1 else some[0]


def _memory(pid: int) -> Result:
    """The largest server process after the work, in MB."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    most = max(one.memory_info().rss for one in family if "postgres" not in one.name()) / 1e6
    name = "memory after 20 people's work, largest process"
    return {"name": name, "value": round(most, 1), "unit": "MB", "bar": 250.0, "met": most <= 250.0}
