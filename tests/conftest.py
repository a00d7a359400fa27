"""Fixtures for every test: databases cloned from a migrated template, quick and one's own."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

from osler.kit.database import Database
from tests import pages, postgres


def pytest_configure(config: pytest.Config) -> None:
    postgres.prepare_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # Workers come and go; the run's first process stays.
        postgres.remove_home()


# Who starts last must not be the longest: one worker would wait for the other.
_LONGEST = ("tests/matrix/test_pages", "tests/browser/test_axe", "tests/browser/", "tests/matrix/")


def _turn(item: pytest.Item) -> int:
    starts = [number for number, start in enumerate(_LONGEST) if item.nodeid.startswith(start)]
    return starts[0] if starts else len(_LONGEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


# The machine that runs the tests may be busy with others: how long an example takes proves nothing.
hypothesis.settings.register_profile("osler", deadline=None)
hypothesis.settings.load_profile("osler")


@pytest.fixture(autouse=True, scope="module")
def nothing_stays_wired() -> Iterator[None]:
    """What a module's pages were given is forgotten with it: its database is gone."""
    yield
    pages.unwire()


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL to make databases on: OSLER_TEST_DATABASE_URL, or an embedded one of the run."""
    return postgres.server()


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """The name of a database that has the newest schema and no rows."""
    return postgres.template(server_url)


@pytest.fixture(scope="module")
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The URL of a database that the tests of one module share."""
    url = postgres.clone(server_url, template)
    yield url
    postgres.drop(server_url, url)


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """The pool of the module's database."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def fresh_database_url(server_url: str, template: str) -> Iterator[str]:
    """The URL of a database for this test alone; prefer `database_url`, which costs less."""
    url = postgres.clone(server_url, template)
    yield url
    postgres.drop(server_url, url)


@pytest.fixture
def fresh_database(fresh_database_url: str) -> Iterator[Database]:
    """The pool of this test's own database."""
    database = Database(fresh_database_url)
    yield database
    database.close()
