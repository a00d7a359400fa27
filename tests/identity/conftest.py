"""People who sign in, and a Django client to be them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from osler.identity.events import Event
from osler.kit import clock
from osler.kit.database import Database
from osler.record import Record
from tests.pages import use


@pytest.fixture
def pages(database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django, pointed to the module's database; what earlier tests made is gone."""
    use(database_url)
    from django.db import connection

    from osler.identity.passwords import Hasher
    from osler.ui import door
    from tests.identity.people import clear

    # A hash that takes as long as it should is for thieves, not for tests.
    for name, cost in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
        monkeypatch.setattr(Hasher, name, cost)
    clear()
    door.use(Record(database, base_url="http://localhost/fhir"))
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one


@pytest.fixture
def told(pages: None) -> Iterator[list[Event]]:
    """What is told to whoever listens."""
    from osler.identity import events

    heard: list[Event] = []
    events.subscribe(heard.append)
    yield heard
    events._listeners.remove(heard.append)


@pytest.fixture
def later() -> Callable[..., AbstractContextManager[None]]:
    """`with later(minutes=16): …` is that much later."""

    def move(**by: float) -> AbstractContextManager[None]:
        return clock.frozen(clock.now() + timedelta(**by))

    return move
