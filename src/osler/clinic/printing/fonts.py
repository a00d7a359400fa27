"""The pages' own font for paper: made of the web font that the build left, once for each version of it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path

from fontTools.ttLib import TTFont


@cache
def folder() -> Path | None:
    """A folder with the fonts as Typst reads them; None where none were built, then the system's serve."""
    built = [one for one in _built() if one.suffix == ".woff2"]
    if not built:
        return None
    name = hashlib.sha256(b"".join(one.read_bytes() for one in built)).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"osler-fonts-{os.getuid()}-{name}"
    if not target.is_dir():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in built:
        made = target / f"{one.stem}.ttf"
        if not made.exists():
            _unpack(one, made)
    return target


def _built() -> list[Path]:
    folder = Path(str(resources.files("osler") / "ui" / "static" / "built"))
    return sorted(folder.rglob("*.woff2")) if folder.is_dir() else []


def _unpack(source: Path, target: Path) -> None:
    font = TTFont(source)
    font.flavor = None
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        font.save(file)
    Path(file.name).replace(target)
