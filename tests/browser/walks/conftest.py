"""One sample practice for the walks of a module, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osler.kit.database import Database
from osler.record import Record
from tests.browser.conftest import window
from tests.browser.walks.house import House, Server, employ
from tests.pages import use

__all__ = ["window"]
_ROLES = {
    "adeyemi": "physician",
    "fernandez": "physician",
    "tanaka": "nurse",
    "ortega": "medical-assistant",
    "becker": "front-desk",
    "whitfield": "practice-admin",
    "lang": "privacy-officer",
}


@pytest.fixture(scope="module")
def record(database_url: str, database: Database) -> Iterator[Record]:
    """The sample practice in a record of its own."""
    use(database_url)
    from osler.identity import rights
    from osler.main.sample import demo
    from osler.main.sample.generate import generate
    from osler.ui import door
    from tests.identity.people import clear

    clear()
    here = Record(database, base_url="http://localhost/fhir")
    door.use(here)
    rights.use(here.roles)
    written = {status for _kind, status in demo._write(here, generate(demo.now(), seed=demo.SEED))}
    assert written == {"created"}
    yield here
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one


@pytest.fixture(scope="module")
def house(record: Record, database_url: str) -> Iterator[House]:
    """The practice, served; a server that a walk killed and did not start again is a fault of the walk."""
    from django.db import connection

    from osler.main.sample import accounts

    people = employ(
        *(
            (one.username, one.name, _ROLES[one.username], one.person)
            for one in accounts.members()
            if one.username in _ROLES
        )
    )
    connection.close()
    server = Server(database_url)
    server.start()
    yield House(server, people)
    failures = server.failures()
    server.close()
    assert failures == []
