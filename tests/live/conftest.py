"""A record with patients, two people signed in, and the server that tells them of each other."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from osler.record import Record
from tests.identity.conftest import pages
from tests.identity.served import key_here, serving
from tests.staff.conftest import record

__all__ = ["address", "pages", "record", "streaming"]
PATIENCE_S = 20.0


@pytest.fixture
def address(record: Record, database_url: str) -> Iterator[str]:
    """The address of a server of the whole; whoever was in a chart has gone."""
    with record.database.connection() as conn:
        conn.execute("TRUNCATE presence")
    with serving(database_url, key_here()) as base:
        yield base


@dataclass
class Listening:
    """One stream, read event by event."""

    response: http.client.HTTPResponse
    socket: Any
    seen: list[tuple[str, Any]] = field(default_factory=list)

    def until(self, name: str, *, wait: float = PATIENCE_S, **wanted: Any) -> dict[str, Any]:
        """The next event of this name whose data say what is wanted."""
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            found = self.next(deadline - time.monotonic())
            if found is None:
                break
            data: dict[str, Any] = found[1]
            if found[0] == name and all(data.get(key) == value for key, value in wanted.items()):
                return data
        raise AssertionError(f"no {name} with {wanted}; there was {self.seen}")

    def next(self, wait: float) -> tuple[str, Any] | None:
        """The next event; None where the stream ends."""
        self.socket.settimeout(max(wait, 0.01))
        values: dict[str, str] = {}
        while True:
            try:
                line = self.response.readline().decode()
            except TimeoutError:
                return None
            if not line:
                return None
            name, _, value = line.rstrip("\n").partition(": ")
            if name in {"event", "data", "id"}:
                values[name] = value
            elif not name and "event" in values:
                found = (values["event"], json.loads(values["data"]) | {"cursor": values.get("id")})
                self.seen.append(found)
                return found


@contextmanager
def streaming(address: str, client: Any, **headers: str) -> Iterator[Listening]:
    """The stream of who signed in with this client of Django's."""
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)) as door:
        cookies = "; ".join(f"{one.key}={one.value}" for one in client.cookies.values())
        door.request("GET", "/live/stream", headers={"Cookie": cookies, **headers})
        socket = door.sock
        response = door.getresponse()
        if response.status != 200:
            raise Refused(response.status)
        yield Listening(response, socket)
        response.close()


class Refused(Exception):
    """There is no stream."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
