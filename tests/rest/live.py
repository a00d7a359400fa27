"""The real server, in a process of its own, on a free port of loopback."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from tests.rest.wsgi import Reply

_PROGRAM = """
import json, sys
from functools import partial
from pathlib import Path
from osler.kit.settings import Settings
from osler.main.site import wsgi
from osler.rest.request import local
from osler.rest.server import application, run
if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    for name, value in given.items():
        if name.startswith("tls_"):
            given[name] = Path(value)
        elif isinstance(value, list):
            given[name] = frozenset(value)
    make = {"api": partial(application, authenticate=local), "whole": wsgi.application}
    run(Settings(**given), make[sys.argv[2]])
"""
JSON = {"Content-Type": "application/fhir+json"}
_SOURCE = str(Path(__file__).parents[2] / "src")


@dataclass
class Server:
    """A running server and what it has written to its log."""

    port: int
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    token: str | None = None
    tls: ssl.SSLContext | None = None

    @property
    def base(self) -> str:
        """The address of its FHIR API."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/fhir"

    def connect(self) -> http.client.HTTPConnection:
        """A connection to it."""
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=30)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of one GET."""
        reply = self.send("GET", path, headers=headers)
        return reply.status, reply.body

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Reply:
        """The answer to one request on a connection of its own."""
        connection = self.connect()
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        with closing(connection):
            connection.request(method, path, body, sent | dict(headers))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())

    def post(self, resource: dict[str, Any]) -> int:
        """The status of one create."""
        path, content = f"/fhir/{resource['resourceType']}", json.dumps(resource).encode()
        return self.send("POST", path, content, headers=JSON).status

    def logged(self) -> str:
        """All that it has logged so far."""
        self.log.flush()
        return Path(self.log.name).read_text("utf-8")

    def stop(self) -> int:
        """Ask it to end, wait, and answer its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextmanager
def serving(
    database_url: str,
    *,
    token: str | None = None,
    client: tuple[Path, Path] | None = None,
    **settings: Any,
) -> Iterator[Server]:
    """A server on a database, with these settings.

    Without a token it is the API alone, where whoever asks is the operator: for tests of the transport.
    With one it is the whole of Osler, and requests of `Server` carry the token.
    `client` is the certificate and key that they show where TLS is on.
    """
    port = _free_port()
    # One process unless a test asks for more: what one holds back is counted by each of its own.
    given = json.dumps({"database_url": database_url, "port": port, "workers": 1, **settings})
    environ = {**os.environ, "PYTHONPATH": _SOURCE}
    command = [sys.executable, "-c", _PROGRAM, given, "whole" if token else "api"]
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(command, env=environ, stderr=log, stdout=log)
        server = Server(port, process, log, token, _trusting(settings.get("tls_cert"), client))
        try:
            _await(server)
            yield server
        finally:
            if process.poll() is None:
                server.stop()


def _trusting(cert: str | None, client: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if cert is None:
        return None
    context = ssl.create_default_context(cafile=cert)
    if client:
        context.load_cert_chain(*client)
    return context


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.logged()
        try:
            if server.get("/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server does not answer: {server.logged()}")
