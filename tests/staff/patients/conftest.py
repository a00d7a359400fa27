"""A practice with somebody at its desk, and another practice with somebody at theirs."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from osler.access import LOCAL
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.conftest import pages, record
from tests.staff.people import staff

_NUMBER = count(1)

__all__ = ["pages", "practice", "record"]


def works(record: Record, person: str, practice: str) -> None:
    """Somebody works at a practice."""
    record.commit(
        LOCAL,
        [
            Update(made(resourceType="Organization", id=practice, name=practice, active=True)),
            Update(made(resourceType="Practitioner", id=person, name=[{"family": person}])),
            Update(
                made(
                    resourceType="PractitionerRole",
                    id=f"{person}-{practice}",
                    active=True,
                    practitioner={"reference": f"Practitioner/{person}"},
                    organization={"reference": f"Organization/{practice}"},
                )
            ),
        ],
    )


@pytest.fixture
def practice(record: Record) -> Record:
    """The record in which desk works here and other works there."""
    works(record, "desk", "here")
    works(record, "other", "there")
    return record


def desk(role: str = "front-desk", person: str = "desk") -> Any:
    """A browser in which somebody of the practice has signed in."""
    return staff(role, name=f"{person}{next(_NUMBER)}", person=f"Practitioner/{person}")


def sets(**rows: list[dict[str, str]]) -> dict[str, str]:
    """The fields of the rows of a registration."""
    found: dict[str, str] = {}
    for name in ("reach", "places", "kin", "coverages"):
        some = rows.get(name, [])
        found[f"{name}-TOTAL_FORMS"] = str(len(some))
        found[f"{name}-INITIAL_FORMS"] = "0"
        for number, row in enumerate(some):
            found.update({f"{name}-{number}-{key}": value for key, value in row.items()})
    return found
