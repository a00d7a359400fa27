"""A record with patients behind a server of its own, and a whole clinic behind another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from osler.access import shipped
from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.record import Record, Storage
from tests.browser.clinic import Clinic, clinic
from tests.identity.conftest import pages
from tests.identity.served import chromium
from tests.pages import use
from tests.staff.conftest import record

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["pages", "record"]


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """A browser for the tests of a module."""
    # Playwright has a loop running in this thread; nothing here is asynchronous.
    with pytest.MonkeyPatch.context() as patch, chromium() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture(scope="module")
def demo_clinic(
    database_url: str, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clinic]:
    """The sample practice, with everybody of it able to sign in."""
    use(database_url)
    from osler.identity import rights
    from osler.ui import door
    from tests.identity.people import clear

    clear()
    kept = Storage.of(Settings(data_dir=tmp_path_factory.mktemp("clinic")))
    here = Record(database, base_url="http://localhost/fhir", documents=kept)
    door.use(here)
    rights.use(here.roles)
    with clinic(here, database_url) as open_now:
        yield open_now
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    rights.use(shipped)
