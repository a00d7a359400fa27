"""One sample practice for the walks of a module, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osler.record import Record
from tests.browser.conftest import window
from tests.browser.practice import Practice
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
def record(practice: Practice) -> Iterator[Record]:
    """The sample practice in a record of its own."""
    use(practice.url)
    from osler.access import shipped
    from osler.identity import rights
    from osler.ui import door

    door.use(practice.record)
    rights.use(practice.record.roles)
    yield practice.record
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    rights.use(shipped)


@pytest.fixture(scope="module")
def house(record: Record, practice: Practice) -> Iterator[House]:
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
    server = Server(practice.url, practice.files)
    server.start()
    yield House(server, people)
    failures = server.failures()
    server.close()
    assert failures == []
