"""Clients that begin to send and then stall, on real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests.rest.live import Server, serving

CLIENTS = 60
HEAD = (
    b"POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n"
)
PATIENT = {"resourceType": "Patient", "active": True}


@contextmanager
def _stalled(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Clients that have sent the beginning of a body."""
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            clients.append(stack.enter_context(client))
            client.sendall(HEAD + b'{"resourceType"')
        yield clients


def _answers(clients: list[socket.socket], seconds: float) -> list[bytes]:
    """What has been answered so far."""
    time.sleep(seconds)
    found = []
    for client in clients:
        client.setblocking(False)
        try:
            found.append(client.recv(65536))
        except BlockingIOError:
            continue
        finally:
            client.settimeout(20)
    return found


def test_stalled_bodies_keep_no_reader_waiting(fresh_database_url: str) -> None:
    with serving(fresh_database_url, threads=4) as server:
        with _stalled(server, CLIENTS) as clients:
            began = time.monotonic()
            assert server.get("/fhir/Patient")[0] == 200
            assert time.monotonic() - began < 3
            answers = _answers(clients, 1)
            _are_refused(answers)
            assert len(answers) == CLIENTS - 2  # Half of the threads wait, for as long as it takes.
            began = time.monotonic()
            for _ in range(20):
                assert server.get("/fhir/Patient")[0] == 200
                assert server.post(PATIENT) == 503
            assert time.monotonic() - began < 3
        deadline = time.monotonic() + 10
        while server.post(PATIENT) == 503:  # until the server has noticed that they are gone
            assert time.monotonic() < deadline
        with ThreadPoolExecutor(24) as pool:
            assert set(pool.map(server.post, [PATIENT] * 96)) == {201}
        assert server.process.poll() is None


def _are_refused(answers: list[bytes]) -> None:
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503"), head
        assert b"retry-after: 2" in head.lower()
        issue = json.loads(body)["issue"][0]
        assert issue["code"] == "transient"
