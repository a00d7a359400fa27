"""Sample records from outside the repository; a test that needs them is skipped without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PLACES = ("../shared/data/samples", "../../shared/data/samples")


def samples() -> Path | None:
    """The folder of samples: OSLER_TEST_SAMPLES, or `shared` beside the checkout; None without."""
    named = os.environ.get("OSLER_TEST_SAMPLES")
    root = Path(__file__).parents[1]
    for place in (Path(named),) if named else tuple(root / place for place in _PLACES):
        if place.is_dir():
            return place.resolve()
    return None


def synthea() -> list[Path]:
    """Synthea Bundles, smallest first; skips the calling test where there are none."""
    folder = samples()
    found = sorted((folder / "synthea").iterdir(), key=_size) if folder else []
    found = [path for path in found if path.name.endswith((".json", ".json.gz"))]
    if not found:
        pytest.skip(
            "no Synthea samples: set OSLER_TEST_SAMPLES to a folder that has synthea/*.json"
        )
    return found


def _size(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name
