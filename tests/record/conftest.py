"""A record on a database of its own for every test, with the policies of the cast."""

from __future__ import annotations

import pytest

from osler.kit.database import Database
from osler.record import Record
from tests.record.cast import policy_of


@pytest.fixture
def record(fresh_database: Database) -> Record:
    """A record without rows."""
    return Record(fresh_database, base_url="http://localhost/fhir", policy_of=policy_of)
