"""The real server while its database is away or slow, and after."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from osler.kit.cluster import Cluster
from osler.kit.embedded import embedded, is_running, release
from osler.store.migrate import migrate
from tests.rest.live import JSON, Server, serving
from tests.rest.wsgi import Reply

PATIENT = json.dumps({"resourceType": "Patient", "id": "p1", "active": True}).encode()
NEW = json.dumps({"resourceType": "Patient", "active": True}).encode()
Request = tuple[str, str, bytes | None]
REQUESTS: list[Request] = [
    ("GET", "/fhir/Patient/p1", None),
    ("GET", "/fhir/Patient?active=true", None),
    ("POST", "/fhir/Patient", NEW),
    ("PUT", "/fhir/Patient/p1", PATIENT),
    ("GET", "/health/ready", None),
]
SECONDS = 0.3


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[Cluster, str]]:
    """A PostgreSQL of this module alone, which it may stop, and the URL of a database on it."""
    home = Path(tempfile.mkdtemp(prefix="osler-troubles-")).resolve()
    url = embedded(home)
    migrate(url)
    yield Cluster.at(home), url
    release(home)
    deadline = time.monotonic() + 60
    while is_running(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(home)


def _stop(cluster: Cluster) -> None:
    cluster.stop()


def _kill(cluster: Cluster) -> None:
    """As when memory runs out: every process at once, and nothing said to anybody."""
    found = cluster.processes()
    for process in found:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(found, timeout=10)


def _at_once(server: Server, requests: list[Request]) -> list[Reply]:
    def ask(request: Request) -> Reply:
        method, path, body = request
        return server.send(method, path, body, headers=JSON)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(ask, requests))


def _issue(reply: Reply) -> tuple[str, str]:
    issue = reply.issue
    return issue["severity"], issue["code"]


@pytest.mark.parametrize("leave", [_stop, _kill])
def test_a_database_that_is_away(
    cluster: tuple[Cluster, str], leave: Callable[[Cluster], None]
) -> None:
    postgres, url = cluster
    with serving(url) as server:
        assert server.send("PUT", "/fhir/Patient/p1", PATIENT, headers=JSON).status in (200, 201)
        leave(postgres)
        _is_unavailable(server)
        postgres.ensure_running()
        _await_ready(server, 20)
        assert server.get("/fhir/Patient/p1")[0] == 200
        assert server.send("POST", "/fhir/Patient", NEW, headers=JSON).status == 201
        assert server.process.poll() is None


def _is_unavailable(server: Server) -> None:
    """Every request that needs the database is told so, in time, and others are served."""
    began = time.monotonic()
    replies = _at_once(server, REQUESTS)
    assert time.monotonic() - began < 9
    for reply in replies:
        assert reply.status == 503
        assert _issue(reply) == ("error", "transient")
        assert reply.headers["retry-after"] == "2"
    assert server.get("/health/live") == (200, b"live\n")
    assert server.send("GET", "/fhir/metadata").json["resourceType"] == "CapabilityStatement"


def _await_ready(server: Server, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while server.get("/health/ready")[0] != 200:
        assert time.monotonic() < deadline, server.logged()
        time.sleep(0.1)


def test_a_statement_that_takes_too_long(fresh_database_url: str) -> None:
    with serving(fresh_database_url, statement_timeout=SECONDS, threads=4) as server:
        assert server.send("PUT", "/fhir/Patient/p1", PATIENT, headers=JSON).status == 201
        with _locked(fresh_database_url):
            began = time.monotonic()
            replies = _at_once(server, [one for one in REQUESTS if "/fhir" in one[1]] * 2)
            assert SECONDS < time.monotonic() - began < 10
            assert server.get("/health/ready")[0] == 200
        for reply in replies:
            assert reply.status == 422
            assert _issue(reply) == ("error", "too-costly")
            assert f"{SECONDS * 1000:g} ms" in reply.issue["diagnostics"]
        for method, path, body in REQUESTS:
            assert server.send(method, path, body, headers=JSON).status in (200, 201)


@contextmanager
def _locked(url: str) -> Iterator[None]:
    """Nobody else reads or writes a resource for the length of the block."""
    with psycopg.connect(url) as connection, connection.transaction():
        connection.execute("LOCK TABLE resource IN ACCESS EXCLUSIVE MODE")
        yield
