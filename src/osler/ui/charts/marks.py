"""The shapes of points: what a flag says is in the shape, and only then in the color."""

from __future__ import annotations

from django.utils.safestring import SafeString

from osler.ui.charts.svg import tag


def mark(x: float, y: float, flag: str, class_: str, *, home: bool = False) -> SafeString:
    """A circle; a triangle up where high, down where low, a diamond where critical; a square from home."""
    match flag:
        case "HH" | "LL" | "AA":
            return tag("path", class_="pt ab crit", d=f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z")
        case "L":
            return tag("path", class_="pt ab", d=f"M{x:.1f} {y + 5:.1f}l5 -8.4h-10z")
        case "H" | "A":
            return tag("path", class_="pt ab", d=f"M{x:.1f} {y - 5:.1f}l5 8.4h-10z")
    if home:
        return tag("rect", class_=f"pt {class_}", x=x - 3, y=y - 3, width=6, height=6)
    return tag("circle", class_=f"pt {class_}", cx=x, cy=y, r=3)
