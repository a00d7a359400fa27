"""A ward per module."""

from __future__ import annotations

import pytest

from osler.kit.database import Database
from tests.access.world import CAST, Ward


@pytest.fixture(scope="module")
def ward(database: Database) -> Ward:
    """The cast of two organizations, searchable."""
    ward = Ward(database)
    ward.admit(*CAST)
    return ward
