"""A record with one patient and one entry of theirs."""

from __future__ import annotations

import pytest

from osler.access import LOCAL
from osler.kit.database import Database
from osler.record import Create, Record
from tests.record.cast import observation, patient


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


@pytest.fixture
def ana(record: Record) -> str:
    """The logical id of a new patient."""
    made = record.commit(LOCAL, [Create(patient())])[0].version
    assert made is not None
    return made.id


@pytest.fixture
def weight(record: Record, ana: str) -> str:
    """A reference to an entry in that patient's record."""
    made = record.commit(LOCAL, [Create(observation(ana))])[0].version
    assert made is not None
    return f"Observation/{made.id}"
