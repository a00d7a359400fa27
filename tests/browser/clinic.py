"""A demo-like clinic behind a server of its own: the sample practice, its people, and somebody to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.fhir.base import Resource
from osler.main.sample import accounts, demo
from osler.main.sample.generate import generate
from osler.record import Record
from tests.identity.served import Visitor, key_here, serving, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHYSICIAN, ADMINISTRATOR, NURSE = "adeyemi", "whitfield", "tanaka"


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
def clinic(
    record: Record, database_url: str, site: str = "osler.main.site.wsgi"
) -> Iterator[Clinic]:
    """The clinic, loaded into the record and served."""
    resources = list(generate(demo.now(), seed=demo.SEED))
    for _kind, status in demo._write(record, resources):
        assert status == "created"
    accounts.make(record)
    from django.db import connection

    connection.close()
    from osler.identity.models import Account

    patient, items = _fullest(resources)
    items["Account"] = str(Account.objects.get(username=NURSE).pk)
    connection.close()
    # The keys of documents lie where this process's record has them.
    kept = str(record.vault.storage.keys.file.parent)
    with serving(database_url, key_here(), site, data_dir=kept) as address:
        yield Clinic(address, patient, items)


def _fullest(resources: list[Resource]) -> tuple[str, dict[str, str]]:
    charts: dict[str, dict[str, str]] = {}
    for one in resources:
        subject = getattr(one, "subject", None) or getattr(one, "patient", None)
        reference = getattr(subject, "reference", None) or ""
        if reference.startswith("Patient/") and one.id:
            charts.setdefault(reference.removeprefix("Patient/"), {}).setdefault(
                one.resourceType, one.id
            )
    patient, *others = sorted(charts, key=lambda one: -len(charts[one]))
    # What is of no patient stands for itself, and what this one has none of is another's.
    rest = {one.resourceType: one.id for one in resources if one.id}
    return patient, {**rest, **charts[patient], "Another": others[0]}
