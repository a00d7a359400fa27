"""A record with a patient behind the pages."""

from __future__ import annotations

from tests.identity.conftest import pages
from tests.staff.conftest import record

__all__ = ["pages", "record"]
