"""SVG elements as escaped text, and the box that a chart is drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from django.utils.safestring import SafeString

_ids = count(1)


def tag(name: str, *inside: str, **attributes: object) -> SafeString:
    """One element. `class_` is class, `text_anchor` is text-anchor; None leaves an attribute out."""
    written = "".join(
        f' {_attribute(key)}="{_escaped(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return SafeString(f"<{name}{written}>{join(inside)}</{name}>")


def join(parts: Iterable[str]) -> SafeString:
    """Parts one after another; those that are no markup yet are escaped."""
    return SafeString("".join(map(_escaped, parts)))


def unique(prefix: str) -> str:
    """An id that no other chart of this process has, for aria-labelledby."""
    return f"{prefix}-{next(_ids)}"


def drawing(title: str, desc: str, box: Box, *inside: str, class_: str = "chart") -> SafeString:
    """An <svg> that is one picture with a name and, where given, a description."""
    name, about = unique("ct"), unique("cd")
    described = tag("desc", desc, id=about) if desc else ""
    return tag(
        "svg",
        tag("title", title, id=name),
        described,
        *inside,
        class_=class_,
        viewBox=f"0 0 {_text(box.width)} {_text(box.height)}",
        role="img",
        aria_labelledby=f"{name} {about}" if desc else name,
        focusable="false",
    )


def line(class_: str, places: Sequence[tuple[float, float]]) -> SafeString:
    """A line through places."""
    points = " ".join(f"{_text(x)},{_text(y)}" for x, y in places)
    return tag("polyline", class_=class_, points=points)


@dataclass(frozen=True, slots=True)
class Box:
    """The picture's size and, within its margins, the two axes: lowest and highest value of each."""

    width: float
    height: float
    across: tuple[float, float] = (0, 1)
    up: tuple[float, float] = (0, 1)
    left: float = 34
    right: float = 12
    top: float = 8
    bottom: float = 20

    def x(self, value: float) -> float:
        """Where a value stands on the axis across."""
        return _place(value, self.across, self.left, self.width - self.right)

    def y(self, value: float) -> float:
        """Where a value stands on the axis upward."""
        return _place(value, self.up, self.height - self.bottom, self.top)


def _place(value: float, axis: tuple[float, float], start: float, end: float) -> float:
    low, high = axis
    if high == low:
        return (start + end) / 2
    return start + (value - low) / (high - low) * (end - start)


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return value if isinstance(value, str) else str(value)


def _escaped(part: str) -> str:
    """As `format_html` would write it, which takes four times as long; a chart has hundreds of parts."""
    return part if isinstance(part, SafeString) else escape(str(part))
