"""A record with patients behind a server of its own, and a whole clinic behind another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.clinic import Clinic, clinic
from tests.browser.practice import Practice, opened
from tests.identity.conftest import pages
from tests.identity.served import chromium
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
def practice(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Practice]:
    """The sample practice in a record of the module's own."""
    with opened(server_url, template, tmp_path_factory.mktemp("practice")) as made:
        yield made


@pytest.fixture(scope="module")
def demo_clinic(practice: Practice) -> Iterator[Clinic]:
    """The sample practice, with everybody of it able to sign in."""
    with clinic(practice) as open_now:
        yield open_now
