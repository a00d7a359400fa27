"""Inter as the pages load it: the letters of Latin languages and clinical signs, not the rest.

Keeps cv05, cv08 and zero, which tell l from I and 0 from O, and tabular figures. https://rsms.me/inter/
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

RANGES = (
    "0020-007E 00A0-017F 0218-021B 02C6 02DA 02DC 0391-03C9 1E9E 2010-2015 2018-201E 2020-2022 2026 2030"
    " 2032-2033 2070 2074-2079 2080-2089 20AC 2122 2190-2193 2197-2198 2212 2215 2248 2260 2264-2265"
    " 25B2 25BC"
)
_FEATURES = "kern liga calt ccmp locl mark mkmk tnum zero cv05 cv08 case frac sups subs"


def unicode_range() -> str:
    """The ranges as CSS writes them."""
    return ",".join(f"U+{part}" for part in RANGES.split())


def build(source: Path, target: Path) -> None:
    """Write the part of the variable font at `source` that pages use to `target`, as WOFF 2."""
    font = TTFont(source)
    options = subset.Options()
    options.layout_features = _FEATURES.split()
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=_points())
    chosen.subset(font)
    limits = {axis.axisTag: 14 for axis in font["fvar"].axes if axis.axisTag == "opsz"}
    small = instancer.instantiateVariableFont(font, {**limits, "wght": (400, 700)})
    small.flavor = "woff2"
    small.save(target)


def _points() -> list[int]:
    points: list[int] = []
    for part in RANGES.split():
        first, _, last = part.partition("-")
        points += range(int(first, 16), int(last or first, 16) + 1)
    return points
