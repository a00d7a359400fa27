"""A record with patients behind a server of its own."""

from __future__ import annotations

from tests.identity.conftest import pages
from tests.staff.conftest import record

__all__ = ["pages", "record"]
