"""The server as a process: how soon it serves, what memory it rests in, and `$everything` of a long history."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
from tests.tokens import service

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.record import Checks, Record

ENCOUNTERS = 1000
UNCHECKED = Checks(validate=False, references=False, why_off="benchmark")


def run(short: bool) -> list[dict[str, Any]]:  # noqa: ARG001 - there is one size
    """Seconds to serve, megabytes at rest, milliseconds to the first byte."""
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        Path(folder).chmod(0o755)  # run as root, PostgreSQL has an account of its own
        data = Path(folder) / "data"
        with served(data) as (first, _, _):
            pass
        token = _long_history(data)
        with served(data) as (again, port, pid):
            byte, whole, size = _everything(port, token)
            memory = _resting(pid)
    return [
        _result("start, first time", first, "s", 15.0),
        _result("start, existing database", again, "s", 3.0),
        _result("memory at rest, largest worker", memory, "MB", 250.0),
        _result(f"$everything, {ENCOUNTERS} encounters, first byte", byte, "ms", 200.0),
        {
            "name": f"$everything, {ENCOUNTERS} encounters, all {size / 1e6:.1f} MB",
            "value": round(whole, 1),
            "unit": "ms",
        },
    ]


def _result(name: str, value: float, unit: str, bar: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "bar": bar, "met": value <= bar}


@contextmanager
def served(data: Path, **settings: str) -> Iterator[tuple[float, int, int]]:
    """`osler serve` on a data directory, with OSLER_… settings: (seconds until ready, port, pid)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "osler.main",
        "serve",
        "--data",
        str(data),
        "--port",
        str(port),
    ]
    begun = time.perf_counter()
    environ = {**os.environ, **settings}
    # Its log goes to /dev/null: a pipe that nobody reads would fill, and the server wait.
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
    )
    try:
        while not _ready(port):
            if process.poll() is not None:
                raise RuntimeError(f"`{' '.join(command)}` ended before it served")
            time.sleep(0.02)
        yield time.perf_counter() - begun, port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _resting(pid: int) -> float:
    """The largest resident set of the server's Python processes after a few seconds, in MB."""
    time.sleep(3)
    root = psutil.Process(pid)
    processes = [root, *root.children(recursive=True)]
    return max(p.memory_info().rss for p in processes if "postgres" not in p.name()) / 1e6


def _long_history(data: Path) -> str:
    """A patient with a thousand encounters, three observations each; the token of who will ask."""
    url = embedded(data)
    try:
        database = Database(url)
        record = Record(database)
        record.load(LOCAL, [decode(c) for c in _resources()], checks=UNCHECKED, source="bench")
        database.close()
        return service(url)
    finally:
        release(data)


def _resources() -> Iterator[bytes]:
    yield msgspec.json.encode(
        {"resourceType": "Patient", "id": "long", "name": [{"family": "Long"}]}
    )
    subject = {"reference": "Patient/long"}
    for n in range(ENCOUNTERS):
        day = f"{2000 + n // 40}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
        yield msgspec.json.encode(
            {
                "resourceType": "Encounter",
                "id": f"e{n}",
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": subject,
                "period": {"start": f"{day}T09:00:00Z", "end": f"{day}T09:20:00Z"},
            }
        )
        for code in ("8867-4", "9279-1", "29463-7"):
            yield msgspec.json.encode(
                {
                    "resourceType": "Observation",
                    "id": f"o{n}-{code}",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                    "subject": subject,
                    "encounter": {"reference": f"Encounter/e{n}"},
                    "effectiveDateTime": f"{day}T09:05:00Z",
                    "valueQuantity": {"value": 70 + n % 20, "unit": "1", "code": "1"},
                }
            )


def _everything(port: int, token: str) -> tuple[float, float, int]:
    """(ms to the first byte of the body, ms to the last, bytes); the median of five."""
    found = []
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        begun = time.perf_counter()
        path = "/fhir/Patient/long/$everything?_count=10000"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        first = answer.read(1)
        byte = (time.perf_counter() - begun) * 1000
        rest = answer.read()
        whole = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, rest[:500]
        found.append((byte, whole, len(first) + len(rest)))
        connection.close()
    return sorted(found)[2]


if __name__ == "__main__":
    print(run(os.environ.get("FULL") is None))
