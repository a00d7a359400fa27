"""Where a built asset is: its name with the hash of its content, as the build's manifest has it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.templatetags.static import static

from osler.kit.errors import Unavailable

BUILT = Path(__file__).parent / "static" / "built"


@cache
def manifest() -> dict[str, str]:
    """Name -> hashed name. Raises Unavailable where nothing was built."""
    path = BUILT / "manifest.json"
    if not path.is_file():
        raise Unavailable("The pages' scripts and styles are not built: run `make setup`.")
    found: dict[str, str] = json.loads(path.read_text("utf-8"))
    return found


def url(name: str) -> str:
    """The address of an asset such as core.js. Raises Unavailable for one that was not built."""
    try:
        return static(f"built/{manifest()[name]}")
    except KeyError:
        raise Unavailable(f"There is no built asset {name!r}: run `make setup`.") from None
