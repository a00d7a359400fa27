"""The sprite of the icons that pages use, from Lucide's files. https://lucide.dev"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

_QUOTED = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = ("path", "circle", "rect", "line", "polyline", "polygon", "ellipse")


def used(sources: Iterable[Path], icons: Path) -> list[str]:
    """The names that are quoted in templates and code and are icons."""
    words = {word for path in sources for word in _QUOTED.findall(path.read_text("utf-8"))}
    return sorted(word for word in words if (icons / f"{word}.svg").is_file())


def sprite(names: Iterable[str], icons: Path) -> str:
    """One SVG with a symbol for each icon."""
    symbols = "".join(_symbol(name, icons / f"{name}.svg") for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(name: str, path: Path) -> str:
    root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 - a pinned package's own file
    shapes = "".join(_shape(one) for one in root)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def _shape(one: ET.Element) -> str:
    tag = one.tag.removeprefix(_SVG)
    if tag not in _SHAPES:
        raise ValueError(f"An icon has a <{tag}>, which the sprite does not know.")
    attributes = "".join(f' {key}="{value}"' for key, value in one.attrib.items())
    return f"<{tag}{attributes}/>"
