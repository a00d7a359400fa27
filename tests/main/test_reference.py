from __future__ import annotations

from pathlib import Path

import pytest

from osler.kit.settings import VARIABLES
from osler.main.reference import pages

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == pages()[name], "run `make docs`"


def test_every_setting_is_listed() -> None:
    assert all(variable.name in pages()["settings.md"] for variable in VARIABLES)
