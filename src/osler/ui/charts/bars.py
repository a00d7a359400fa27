"""Parts beside one another: bars, and a ring with its key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from osler.ui.charts.axis import written
from osler.ui.charts.svg import Box, drawing, join, tag
from osler.ui.charts.table import numbers

_CLASSES = ("s1", "s2", "s3", "s4")


@dataclass(frozen=True, slots=True)
class Part:
    """A name with its number; `words` is the number as it is read, where that is more than digits."""

    name: str
    value: float
    words: str = ""

    @property
    def said(self) -> str:
        """The number as it is read."""
        return self.words or written(self.value)


def bars(parts: Iterable[Part], *, title: str, desc: str = "", width: int = 320) -> SafeString:
    """Bars from left to right, as long as their values; names before, numbers after them."""
    parts = tuple(parts)
    if not parts:
        return SafeString()
    most = max(one.value for one in parts) or 1
    height, gap, start, room = 16, 10, 112, width - 160
    drawn = []
    for i, one in enumerate(parts):
        y, long = i * (height + gap), max(one.value, 0) / most * room
        drawn.append(tag("text", one.name, x=start - 8, y=y + 12, text_anchor="end"))
        drawn.append(tag("rect", class_="bar1", x=start, y=y, width=long, height=height, rx=2))
        drawn.append(tag("text", one.said, class_="lbl", x=start + long + 6, y=y + 12))
    box = Box(width, len(parts) * (height + gap))
    return join([drawing(title, desc, box, *drawn), _table(title, parts)])


def donut(parts: Iterable[Part], *, title: str, desc: str = "", size: int = 132) -> SafeString:
    """Shares of a whole as a ring, with their key; at most four parts differ by color."""
    parts = tuple(one for one in parts if one.value > 0)
    if not parts:
        return SafeString()
    total, thick = sum(one.value for one in parts), 20
    radius, middle = (size - thick) / 2, size / 2
    round_, gone, rings = 2 * math.pi * radius, 0.0, []
    for i, one in enumerate(parts):
        long = one.value / total * round_
        rings.append(
            tag(
                "circle",
                class_=f"ring {_CLASSES[i % 4]}",
                cx=middle,
                cy=middle,
                r=radius,
                stroke_dasharray=f"{max(long - 2, 0.5):.2f} {round_ - max(long - 2, 0.5):.2f}",
                stroke_dashoffset=f"{-gone:.2f}",
            )
        )
        gone += long
    turned = f"rotate(-90 {middle} {middle})"
    ring = tag("g", *rings, transform=turned, fill="none", stroke_width=thick)
    number = tag("text", written(total), class_="lbl", x=middle, y=middle, text_anchor="middle")
    word = tag("text", _("total"), x=middle, y=middle + 15, text_anchor="middle")
    picture = drawing(title, desc, Box(size, size), ring, number, word, class_="chart")
    return tag("div", picture, _key(parts), class_="fig")


def _key(parts: Sequence[Part]) -> SafeString:
    """The key has the numbers: it is the table behind the ring."""
    items = []
    for i, one in enumerate(parts):
        square = tag("rect", class_=f"bar{i % 4 + 1}", width=10, height=10, rx=2)
        size = {"viewBox": "0 0 10 10", "aria_hidden": "true", "focusable": "false"}
        drawn = tag("svg", square, class_="chart", **size)
        items.append(tag("li", drawn, tag("span", one.name), tag("b", one.said)))
    return tag("ul", *items, class_="keyl")


def _table(title: str, parts: Sequence[Part]) -> SafeString:
    return numbers(title, [_("Name"), _("Number")], ([one.name, one.said] for one in parts))
