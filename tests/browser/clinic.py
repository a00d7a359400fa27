"""A demo-like clinic behind a server of its own: the sample practice, its people, and somebody to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.access import shipped
from osler.main.sample import accounts
from tests.browser.practice import Practice
from tests.identity.served import Visitor, key_here, serving, visit
from tests.pages import use

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHYSICIAN, ADMINISTRATOR, NURSE = "adeyemi", "whitfield", "tanaka"
OFFICER, MACHINE = "lang", "tan"
"""Who watches over privacy, and who runs the machine."""


@dataclass(frozen=True)
class Clinic:
    """Where it is served, the patient with the fullest chart, and one item of each type."""

    base: str
    patient: str
    items: dict[str, str]
    """Type of resource: the id of one of the patient's, else of anybody's."""

    def enter(self, browser: Browser, name: str, **more: object) -> Visitor:
        """A window in which somebody of the demo has signed in."""
        from osler.staff.people.first import DEMO_PASSWORD

        more.setdefault("viewport", {"width": 1440, "height": 900})
        visitor = visit(browser, self.base, **more)
        visitor.sign_in(name, DEMO_PASSWORD)
        visitor.page.wait_for_url(lambda address: "/account/login" not in address)
        visitor.complaints.clear()
        return visitor


def complaints(visitor: Visitor) -> list[str]:
    """What the browser complained of."""
    return list(visitor.complaints)


@contextmanager
def clinic(practice: Practice, site: str = "osler.main.site.wsgi") -> Iterator[Clinic]:
    """The practice, served, with everybody of it able to sign in."""
    use(practice.url)
    from django.db import connection

    from osler.identity import rights
    from osler.identity.models import Account
    from osler.ui import door

    door.use(practice.record)
    rights.use(practice.record.roles)
    accounts.make(practice.record)
    items = practice.items | {"Account": str(Account.objects.get(username=NURSE).pk)}
    connection.close()
    # The keys of documents lie where this process's record has them.
    with serving(practice.url, key_here(), site, data_dir=str(practice.files)) as address:
        yield Clinic(address, practice.patient, items)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    rights.use(shipped)
