"""The staff's pages with 20 people at work at once, over HTTP and in a browser, beside an almost idle page.

`run(short=True)` has 5,000 patients; the full run 1,000,000. `PATIENTS=100000 python -m bench pages` says another
number, and `BENCH_PAGES_DATA=DIRECTORY` keeps the database for the next run. Each person holds a session of
`osler serve` as after a sign-in with two factors. Between two pages they think for 5 s in the mean: twice as quick as
emergency physicians, who were counted at 4,000 clicks in ten hours, one each 9 s (Hill, Sears, Melanson, Am J Emerg
Med 2013;31:1591), not all of which open a page. Think 1 s is five times as many people; think 0 asks for the next page
at once, which is what the server can do at most: neither has a bar.
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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from bench import pages_browser, pages_data
from bench.pages_people import PASSWORD, Person
from bench.process import served
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.settings import Settings
from osler.main.opening import prepare
from osler.record import Record

READ_MS, WRITE_MS = 200.0, 300.0
_THINK = 5.0
_WARM_S = 12
IDLE = "a page with nothing of a patient"
Result = dict[str, Any]


def run(short: bool) -> list[Result]:
    """p95 of every step, with and without time to think; first paint; memory with twenty sessions."""
    patients = int(os.environ.get("PATIENTS") or (5_000 if short else 1_000_000))
    results: list[Result] = []
    with _practice(patients) as data, served(data) as (_, port, pid):
        results += _alone(data, port, pid, patients, rounds=8 if short else 30)
        _Load(data, port, pid, patients).measure(
            1.0, _WARM_S
        )  # Each process has made its templates once.
        for think, seconds in ((_THINK, 120), (1.0, 30), (0.0, 15)):
            load = _Load(data, port, pid, patients)
            results += load.measure(think, seconds if short else seconds * 4)
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


class _Meter:
    """Seconds of processor time that the server has used: its Python, and the PostgreSQL of its data directory."""

    def __init__(self, data: Path, pid: int) -> None:
        self._server = psutil.Process(pid)
        file = next(data.glob("postgres/*/**/postmaster.pid"))
        self._postgres = psutil.Process(int(file.read_text().split()[0]))

    def python(self) -> float:
        """Of the server's processes and its worker's."""
        family = [self._server, *self._server.children(recursive=True)]
        return sum(_spent(one) for one in family if "postgres" not in one.name())

    def postgres(self) -> float:
        """Of every connection."""
        return sum(map(_spent, [self._postgres, *self._postgres.children()]))


def _spent(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return float(sum(process.cpu_times()[:2]))
    return 0.0


def _alone(data: Path, port: int, pid: int, patients: int, rounds: int) -> list[Result]:
    """Processor time of each step, one person at work: what other work on the machine changes least."""
    person = Person(port, 0, 0.0)
    person.sign_in()
    _trust(data)
    meter = _Meter(data, pid)
    spent: dict[str, list[tuple[float, float]]] = {}
    steps = person.steps(patients)
    while len(spent.get("save a note", ())) <= rounds:
        before = meter.python(), meter.postgres()
        name = next(steps)
        spent.setdefault(name, []).append(
            (meter.python() - before[0], meter.postgres() - before[1])
        )
    results: list[Result] = []
    for name, every in spent.items():
        some = every[1:]  # The first time, much is made that is kept.
        python, postgres = (sum(column) / len(some) * 1000 for column in zip(*some, strict=True))
        results.append(
            {
                "name": f"{name}, alone, p50 {statistics.median(person.times[name]):.0f} ms:"
                f" processor ({python:.0f} Python, {postgres:.0f} PostgreSQL), {patients:,} patients",
                "value": round(python + postgres, 1),
                "unit": "ms of processor",
            }
        )
    baseline = next(one["value"] for one in results if one["name"].startswith(IDLE))
    return [
        one | {"baseline": baseline, "ratio": round(one["value"] / baseline, 2)} for one in results
    ]


class _Load:
    """Twenty people in a process of their own, and what they found."""

    def __init__(self, data: Path, port: int, pid: int, patients: int) -> None:
        self._data, self._port, self._patients = data, port, patients
        self._meter = _Meter(data, pid)

    def measure(self, think: float, seconds: int) -> list[Result]:
        """The figures of one round."""
        about = (str(self._port), str(seconds), str(think), str(pages_data.STAFF))
        command = [sys.executable, "-m", "bench.pages_people", *about, str(self._patients)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as people:
            assert people.stdin is not None
            assert people.stdout is not None
            if people.stdout.readline() != "ready\n":
                raise RuntimeError("the people could not sign in")
            _trust(self._data)
            before = self._meter.python(), self._meter.postgres()
            print(file=people.stdin, flush=True)
            found = json.loads(people.stdout.read())
            spent = self._meter.python() - before[0], self._meter.postgres() - before[1]
        if found["failed"]:
            raise RuntimeError(found["failed"][0])
        return self._results(found["times"], think, seconds, spent)

    def _results(
        self, times: dict[str, list[float]], think: float, seconds: int, spent: tuple[float, float]
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
                "name": f"one page, {about}, processor ({spent[0] / asked * 1000:.0f} Python,"
                f" {spent[1] / asked * 1000:.0f} PostgreSQL)",
                "value": round(sum(spent) / asked * 1000, 1),
                "unit": "ms of processor",
            },
        ]
        for name, some in times.items():
            bar = WRITE_MS if name.startswith("save") else READ_MS
            p95 = _p95(some)
            bars = {"bar": bar, "met": p95 <= bar} if think == _THINK else {}
            results.append(
                {
                    "name": f"{name}, p95 (p50 {statistics.median(some):.0f}, n {len(some)}), {about}",
                    "value": round(p95, 1),
                    "unit": "ms",
                    "baseline": round(baseline, 1),
                    "ratio": round(p95 / baseline, 2),
                    **bars,
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
