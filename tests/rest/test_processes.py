"""How many processes serve."""

from __future__ import annotations

import os

import pytest

from osler.kit.settings import Settings
from osler.rest.server import processes


@pytest.mark.parametrize(("processors", "expected"), [(None, 1), (1, 1), (2, 2), (64, 4)])
def test_as_many_as_processors_and_four_at_most(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, expected: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert processes(Settings()) == expected


def test_what_was_set_counts() -> None:
    assert processes(Settings.load({"OSLER_WORKERS": "7"})) == 7
