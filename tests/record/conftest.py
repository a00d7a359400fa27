"""A record on a database of its own for every test, with the policies of the cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from osler.kit.database import Database
from osler.record import Record
from tests import postgres
from tests.record.cast import policy_of


@pytest.fixture
def record(fresh_database: Database) -> Record:
    """A record without rows."""
    return Record(fresh_database, base_url="http://localhost/fhir", policy_of=policy_of)


@pytest.fixture
def another_database(server_url: str, template: str) -> Iterator[Callable[[], Database]]:
    """Makes a second empty database, to move a record to."""
    made: list[tuple[str, Database]] = []

    def make() -> Database:
        url = postgres.clone(server_url, template)
        made.append((url, Database(url)))
        return made[-1][1]

    yield make
    for url, database in made:
        database.close()
        postgres.drop(server_url, url)
