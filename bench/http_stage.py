"""The stage for the HTTP benchmarks: a database, the server and a bare handler beside it, and the load.

`python -m bench.http_stage osler|bare PORT URL` runs one of the two servers; both are granian with the
same threads, the same driver and the same pool, so that only what is done per request differs.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from osler.kit.database import Database
from osler.kit.embedded import embedded, release
from osler.kit.settings import Settings
from osler.record import Record
from osler.rest import server as rest
from osler.rest.request import local
from osler.store.migrate import migrate

THREADS = 8
CONNECTIONS = 16
Result = dict[str, Any]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

VITALS = """
    SELECT content FROM resource
    WHERE type = 'Observation' AND patient = %s AND keys @> ARRAY[%s::bigint] AND NOT deleted
    ORDER BY date_low DESC, rid DESC LIMIT 50
"""


# -- the bare handler ----------------------------------------------------------------------------


def bare(database_url: str) -> Wsgi:
    """The leanest handler for each of the three: one statement, no audit, no checks, no headers."""
    database = Database(database_url, max_size=THREADS)
    head = [("Content-Type", "application/fhir+json")]

    def read(environ: dict[str, Any]) -> bytes:
        _, _, type, id = environ["PATH_INFO"].split("/")
        with database.connection() as connection:
            query = "SELECT content FROM resource WHERE type = %s AND id = %s"
            row = connection.execute(query, (type, id), prepare=True).fetchone()
        return row[0] if row else b""

    def create(environ: dict[str, Any]) -> bytes:
        body = environ["wsgi.input"].read()
        with database.connection() as connection:
            query = "INSERT INTO bare (id, content) VALUES (%s, %s)"
            connection.execute(query, (os.urandom(16).hex(), body.decode()), prepare=True)
        return body  # type: ignore[no-any-return]

    def vitals(environ: dict[str, Any]) -> bytes:
        patient, key = environ["QUERY_STRING"].split(",")
        with database.connection() as connection:
            rows = connection.execute(VITALS, (patient, int(key))).fetchall()
        return b"[" + b",".join(row[0] for row in rows) + b"]"

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            body = create(environ)
        else:
            body = vitals(environ) if environ["QUERY_STRING"] else read(environ)
        start_response("200 OK", head)
        return [body]

    return application


def serve_bare(port: int, database_url: str) -> None:
    Granian(
        "bare",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=THREADS,
        backpressure=THREADS + 256,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=partial(bare, database_url), wrap_loader=False)


def serve_osler(port: int, database_url: str) -> None:
    rest.run(Settings(database_url=database_url, port=port, threads=THREADS), _api)


def _api(settings: Settings, database_url: str) -> Wsgi:
    """The API alone; whoever asks is the operator: signing in is another bench's matter."""
    return rest.application(settings, database_url, local)


# -- the stage -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """A database with the schema, and the ports of the two servers on it."""

    url: str
    record: Record
    osler: int
    bare: int


@contextmanager
def stage(fill: Callable[[Record], None]) -> Iterator[Stage]:
    """Make a database, fill it, start both servers, and take everything down again."""
    home = Path(tempfile.mkdtemp(prefix="osler-bench-"))
    try:
        url = embedded(home)
        migrate(url)
        database = Database(url)
        record = Record(database)
        fill(record)
        with database.connection() as connection:
            connection.execute("CREATE TABLE bare (id text PRIMARY KEY, content json)")
            connection.execute("VACUUM ANALYZE")
        with running("osler", url) as osler, running("bare", url) as plain:
            yield Stage(url, record, osler, plain)
        database.close()
    finally:
        release(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(kind: str, url: str, module: str = "bench.http_stage") -> Iterator[int]:
    """One of the servers in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", module, kind, str(port), url]
    # Its log goes to /dev/null: written as in production, read by nobody.
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server does not answer")


# -- the load ------------------------------------------------------------------------------------


def throughput(port: int, method: str, paths: Sequence[str], body: bytes, seconds: float) -> float:
    """Requests answered per second, on connections that stay open."""
    if shutil.which("wrk"):
        return _wrk(port, method, paths, body, seconds)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        tasks = [(port, method, list(paths), body, seconds)] * 2
        return sum(pool.starmap(_hammer, tasks)) / seconds


def _wrk(port: int, method: str, paths: Sequence[str], body: bytes, seconds: float) -> float:
    listed = ",".join(json.dumps(path) for path in paths)
    script = f"""
        local paths = {{{listed}}}
        local n = {os.getpid()}
        wrk.method = "{method}"
        wrk.body = {"[==[" + body.decode() + "]==]" if body else "nil"}
        wrk.headers["Content-Type"] = "application/fhir+json"
        wrk.headers["Prefer"] = "return=minimal"
        request = function()
            n = n + 7919
            return wrk.format(nil, paths[n % #paths + 1])
        end
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", file.name]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False
        )
    text = done.stdout
    if done.returncode:
        raise RuntimeError(f"wrk ended with {done.returncode}: {done.stderr}{text}")
    if "Non-2xx" in text:
        raise RuntimeError(f"the server answered with errors: {text}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", text)
    assert found is not None, text
    return float(found[1])


def _hammer(port: int, method: str, paths: list[str], body: bytes, seconds: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/fhir+json", "Prefer": "return=minimal"}
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        connection.request(method, paths[count % len(paths)], body or None, headers)
        response = connection.getresponse()
        response.read()
        if response.status >= 300:
            raise RuntimeError(f"the server answered {response.status}")
        count += 1
    return count


def compare(
    here: Stage, method: str, paths: tuple[Sequence[str], Sequence[str]], body: bytes, short: bool
) -> tuple[float, float, float]:
    """Requests/s of Osler and of the bare handler, and their ratio: medians of turns taken alternately.

    The ratio is that of neighbouring turns, so that what else the machine does touches both alike.
    """
    turns, seconds = (7, 2.0) if short else (11, 10.0)
    for port, some in zip((here.osler, here.bare), paths, strict=True):
        throughput(port, method, some, body, 2.0)
    found = [
        (
            throughput(here.osler, method, paths[0], body, seconds),
            throughput(here.bare, method, paths[1], body, seconds),
        )
        for _ in range(turns)
    ]
    osler, plain = zip(*found, strict=True)
    ratio = statistics.median(ours / theirs for ours, theirs in found)
    return statistics.median(osler), statistics.median(plain), ratio


def fetch(port: int, path: str) -> bytes:
    """The body of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


def latencies(
    here: Stage, paths: tuple[Sequence[str], Sequence[str]], count: int
) -> tuple[float, float]:
    """Median milliseconds of one request at a time, Osler's and the bare handler's, in turn."""
    connections = [
        http.client.HTTPConnection("127.0.0.1", port) for port in (here.osler, here.bare)
    ]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(count + 20):
        for connection, some, found in zip(connections, paths, times, strict=True):
            began = time.perf_counter()
            connection.request("GET", some[number % len(some)])
            response = connection.getresponse()
            body = response.read()
            found.append((time.perf_counter() - began) * 1000)
            if response.status != 200:
                raise RuntimeError(f"the server answered {response.status}: {body[:300]!r}")
    return statistics.median(times[0][20:]), statistics.median(times[1][20:])


if __name__ == "__main__":
    {"osler": serve_osler, "bare": serve_bare}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
