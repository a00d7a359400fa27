"""A client that calls the WSGI application directly, as granian would."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1:8000"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Reply:
    """Status, headers in lower case, and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def issue(self) -> dict[str, Any]:
        """The first issue of the OperationOutcome that this answer must be."""
        outcome = self.json
        assert outcome["resourceType"] == "OperationOutcome", outcome
        found: dict[str, Any] = outcome["issue"][0]
        return found


@dataclass
class Client:
    """Sends requests with the headers a browser or program would send."""

    application: Wsgi
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | str | dict[str, Any] = b"",
        /,
        **headers: str,
    ) -> Reply:
        """`headers` as Python names: `if_match`, `content_type`, `host` …"""
        path, _, query = path.partition("?")
        data = _bytes(body)
        environ = {
            **os.environ,
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": HOST,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(data),
        }
        if data:
            environ["CONTENT_TYPE"] = "application/fhir+json"
            environ["CONTENT_LENGTH"] = str(len(data))
        for name, value in {**self.headers, **headers}.items():
            key = name.upper()
            environ[
                key
                if key.startswith(("CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE"))
                else "HTTP_" + key
            ] = value
        return self._send(environ)

    def _send(self, environ: dict[str, Any]) -> Reply:
        sent: list[Any] = []
        chunks = self.application(environ, lambda status, headers: sent.append((status, headers)))
        body = b"".join(chunks)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        ((status, headers),) = sent
        names: dict[str, str] = {}
        for name, value in headers:
            key = name.lower()
            names[key] = f"{names[key]}, {value}" if key in names else value
        return Reply(int(status.split(" ")[0]), names, body)


def _bytes(body: bytes | str | dict[str, Any]) -> bytes:
    match body:
        case bytes():
            return body
        case str():
            return body.encode()
        case _:
            return json.dumps(body).encode()
