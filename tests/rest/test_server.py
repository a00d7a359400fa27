"""The server as users start it: a process, a port, a database."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from osler.kit.errors import Invalid
from osler.kit.settings import Settings
from osler.rest import server as rest
from tests.rest.live import Server, serving

PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Núñez"}]}


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    with serving(database_url) as running:
        connection = running.connect()
        headers = {"Content-Type": "application/fhir+json"}
        connection.request("PUT", "/fhir/Patient/p1", json.dumps(PATIENT), headers)
        response = connection.getresponse()
        assert response.status == 201, response.read()
        connection.close()
        yield running


def test_it_serves(server: Server) -> None:
    status, body = server.get("/fhir/Patient/p1")
    assert status == 200
    assert json.loads(body)["name"] == PATIENT["name"]
    assert server.get("/health/live") == (200, b"live\n")


def test_a_connection_stays_open(server: Server) -> None:
    connection = server.connect()
    sources = set()
    for method in ("GET", "HEAD", "GET", "OPTIONS", "GET"):
        connection.request(method, "/fhir/Patient/p1")
        connection.getresponse().read()
        assert connection.sock is not None
        sources.add(connection.sock.getsockname())
    assert len(sources) == 1
    connection.close()


def test_head_says_how_long_the_body_would_be(server: Server) -> None:
    connection = server.connect()
    connection.request("HEAD", "/fhir/Patient/p1")
    response = connection.getresponse()
    assert response.read() == b""
    assert int(response.headers["Content-Length"]) == len(server.get("/fhir/Patient/p1")[1])
    connection.close()


def test_a_body_in_chunks(server: Server) -> None:
    connection = server.connect()
    content = json.dumps({"resourceType": "Patient", "active": True}).encode()
    parts = iter([content[:10], content[10:]])
    headers = {"Content-Type": "application/fhir+json"}
    connection.request("POST", "/fhir/Patient", parts, headers, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 201, response.read()
    connection.close()


def test_a_foreign_name_is_refused(server: Server) -> None:
    assert server.get("/fhir/Patient/p1", Host="evil.example")[0] == 421


def test_raw_bytes_in_a_path(server: Server) -> None:
    for line in (b"GET /fhir/Patient/%ff%00 HTTP/1.1", b"GET /fhir/Patient/\xc3\xa9 HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = int(raw.recv(4096).split(b" ")[1])
        assert 400 <= status < 500


def test_the_log_names_no_patient(server: Server) -> None:
    server.get("/fhir/Patient/p1?_elements=name", **{"X-Request-Id": "look-for-me"})
    server.get("/fhir/Patient?family=Nunez")
    time.sleep(1)
    lines = [line for line in server.logged().splitlines() if "look-for-me" in line]
    assert len(lines) == 1
    assert "GET /fhir/{type}/{id} 200" in lines[0]
    assert "p1" not in server.logged()
    assert "unez" not in server.logged()


def test_requests_in_progress_are_finished(fresh_database_url: str) -> None:
    with serving(fresh_database_url) as server:
        content = json.dumps({"resourceType": "Patient", "active": True}).encode()
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
            head = "POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(content)}\r\n\r\n"
            raw.sendall(head.encode() + content[:5])
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            raw.sendall(content[5:])
            answer = raw.recv(65536)
        assert answer.startswith(b"HTTP/1.1 201"), answer
        assert server.process.wait(timeout=60) == 0


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two workers need two cores to be of use")
def test_workers_count_together(fresh_database_url: str) -> None:
    with serving(fresh_database_url, workers=2) as server:
        for _ in range(40):
            assert server.get("/fhir/Patient/nobody")[0] == 404
        page = server.get("/metrics")[1].decode()
        assert 'osler_http_requests_total{interaction="read",status="404"} 40.0' in page


def test_the_first_requests_may_all_come_at_once(fresh_database_url: str) -> None:
    bodies: list[dict[str, Any]] = [
        {"resourceType": "Patient", "active": True},
        {"resourceType": "Observation", "status": "final", "code": {"text": "x"}},
        {"resourceType": "Organization", "name": "x"},
        {"resourceType": "Practitioner", "active": True},
        {"resourceType": "Location", "name": "x"},
        {"resourceType": "Basic", "code": {"text": "x"}},
    ]
    with serving(fresh_database_url) as server, ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(server.post, bodies * 8))
        assert statuses == [201] * len(statuses)
        assert server.process.poll() is None


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(Invalid, match="loopback"):
        rest.check_address(Settings(database_url="postgresql://nowhere", host=host))


def test_a_port_is_one_servers_alone(server: Server) -> None:
    with pytest.raises(Invalid, match="Address already in use"):
        rest.check_address(Settings(database_url="postgresql://nowhere", port=server.port))
    assert server.get("/health/live")[0] == 200


def test_it_says_nothing_of_itself(fresh_database_url: str) -> None:
    with serving(fresh_database_url, access_log=False) as server:
        assert server.get("/fhir/Patient")[0] == 200
        assert server.stop() == 0
        assert server.logged() == ""
