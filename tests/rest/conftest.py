"""The HTTP door on a record in memory, called without a network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client

Opened = Callable[[Options], Client]


@pytest.fixture
def fake() -> FakeRecord:
    return FakeRecord()


@pytest.fixture
def opened(fake: FakeRecord) -> Opened:
    """A client of a door with the options of one's choice."""

    def with_options(options: Options) -> Client:
        metrics = Metrics(lambda: {"pool_size": 3})
        door = Door(fake.as_record(), options, TABLE, lambda: None, metrics.page)
        return Client(Application(door, metrics))

    return with_options


@pytest.fixture
def http(opened: Opened) -> Client:
    """A client of a door with the options as they are by default."""
    return opened(Options())
