"""What pages weigh, compressed: the built files, and the HTML of every page that is walked elsewhere."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from osler.ui import built

KB = 1024
MOST = {"core.js": 20, "note-editor.js": 70, "staff.css": 14, "icons.svg": 8, "inter.woff2": 48}
ISLAND = 15
# Of others, fetched only by who opens a PDF.
_VIEWER = ("pdf.worker", "openjpeg_nowasm_fallback", "pdf-view", "doc-viewer")
_SHEET = 4


def _files() -> dict[str, Path]:
    folder = Path(built.__file__).parent / "static" / "built"
    if not (folder / "manifest.json").exists():
        pytest.skip("nothing is built: run `python -m osler.ui.assets`")
    names: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return {name: folder / hashed for name, hashed in names.items()}


def weight(content: bytes) -> float:
    """KB as they travel."""
    return len(gzip.compress(content, 9, mtime=0)) / KB


def _most(name: str) -> float | None:
    if name in MOST:
        return MOST[name]
    if name.startswith(_VIEWER):
        return None
    return _SHEET if name.endswith(".css") else ISLAND


def test_every_built_file_is_within_its_budget() -> None:
    files = _files()
    assert {"core.js", "staff.css", "icons.svg"} <= set(files)
    weights = {name: weight(path.read_bytes()) for name, path in files.items()}
    most = {name: _most(name) for name in files}
    heavy = {
        name: f"{found:.1f} KB of {most[name]}"
        for name, found in weights.items()
        if (limit := most[name]) is not None and found > limit
    }
    assert heavy == {}


def test_a_file_over_its_budget_would_be_told() -> None:
    noise = b"".join(
        str(number * 2_654_435_761 % 4_294_967_291).encode() for number in range(9_000)
    )
    assert weight(noise) > ISLAND
    assert _most("some-island.js") == ISLAND
    assert _most("core.js") == 20
