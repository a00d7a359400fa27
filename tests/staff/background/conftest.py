"""The patient and the counter of the lists' tests."""

from __future__ import annotations

from tests.staff.lists.conftest import counted, patient

__all__ = ["counted", "patient"]
