"""Waiting for bodies: slow ones are given up, and never so many are awaited that readers starve."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from osler.kit.errors import Invalid, TooLarge
from osler.rest import arrivals
from osler.rest.arrivals import Arrivals
from osler.rest.problems import SlowBody, TooManyBodies


class Stalled:
    """A client that sends nothing until it is let go."""

    def __init__(self) -> None:
        self.gone = threading.Event()

    def read(self, _: int, /) -> bytes:
        assert self.gone.wait(30)
        return b""


class Trickle:
    """A client that sends a byte at a time, for ever."""

    def read(self, _: int, /) -> bytes:
        time.sleep(0.01)
        return b" "


class Broken:
    """A connection that breaks."""

    def read(self, _: int, /) -> bytes:
        raise ConnectionResetError


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    client = Stalled()
    yield client
    client.gone.set()


def _read(waiting: Arrivals, stream: arrivals.Stream, seconds: float = 20) -> bytes:
    return waiting.read(stream, most=10**6, seconds=seconds)


def test_a_body_in_many_chunks() -> None:
    waiting = Arrivals(1)
    content = bytes(range(256)) * 3000
    for _ in range(3):
        assert _read(waiting, io.BytesIO(content)) == content
    assert _read(waiting, io.BytesIO()) == b""
    with pytest.raises(TooLarge):
        waiting.read(io.BytesIO(content), most=100_000, seconds=20)
    with pytest.raises(Invalid, match="too early"):
        _read(waiting, Broken())
    assert _read(waiting, io.BytesIO(content)) == content


def test_a_body_that_never_ends_is_given_up() -> None:
    waiting = Arrivals(1)
    began = time.monotonic()
    with pytest.raises(SlowBody, match=r"0\.2 seconds"):
        _read(waiting, Trickle(), 0.2)
    assert 0.15 < time.monotonic() - began < 2
    assert _read(waiting, io.BytesIO(b"next")) == b"next"


def test_nobody_queues_behind_slow_bodies(stalled: Stalled) -> None:
    waiting = Arrivals(2)
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(_read, waiting, stalled) for _ in range(2)]
        time.sleep(arrivals._SLOW_SECONDS + 0.1)
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(TooManyBodies) as found:
                _read(waiting, io.BytesIO(b"x"))
        assert time.monotonic() - began < 0.4
        assert dict(found.value.headers)["Retry-After"] == "2"
        stalled.gone.set()
        assert [one.result(10) for one in slow] == [b"", b""]
    assert _read(waiting, io.BytesIO(b"x")) == b"x"


def test_quick_bodies_wait_for_each_other() -> None:
    waiting = Arrivals(2)
    with ThreadPoolExecutor(32) as pool:
        bodies = [str(number).encode() * 30_000 for number in range(300)]
        assert list(pool.map(lambda body: _read(waiting, io.BytesIO(body)), bodies)) == bodies
