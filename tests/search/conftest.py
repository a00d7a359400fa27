"""A world per module to search in."""

from __future__ import annotations

import pytest

from osler.kit.database import Database
from tests.search.cast import RESOURCES
from tests.search.world import World


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    """The cast, searchable."""
    world = World(database)
    world.add(*RESOURCES)
    return world


@pytest.fixture(scope="module")
def empty(database: Database) -> World:
    """A world without resources, to be filled by the tests of the module."""
    return World(database)
