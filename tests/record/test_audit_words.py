"""Every action of the audit has its codes, with the names that the standards give them."""

from __future__ import annotations

import pytest

from osler.record.audit_event import _NAMES
from osler.record.audit_words import ACTIONS


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_the_codes_of_an_action_have_names(name: str) -> None:
    action = ACTIONS[name]
    if action.event != "rest":
        assert action.event in _NAMES
    assert action.detail is None or action.detail in _NAMES
