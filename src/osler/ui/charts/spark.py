"""A line as large as a word: how a value went, and where it is now."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from osler.ui.charts.axis import widened
from osler.ui.charts.points import Point
from osler.ui.charts.svg import Box, line, tag

_WIDTH, _HEIGHT = 96, 24


def spark(
    values: Sequence[float | Point],
    band: tuple[float, float] | None = None,
    label: str = "",
) -> SafeString:
    """The values oldest first; Points stand where their times are. Without two of them, nothing is drawn.

    The last one is a dot, a triangle where it is out of the band or flagged. The numbers stand beside it in the row.
    """
    if len(values) < 2:
        return SafeString()
    places = [(_across(one, i), _value(one)) for i, one in enumerate(values)]
    ys = [y for _, y in places] + list(band or ())
    box = Box(
        _WIDTH,
        _HEIGHT,
        across=(places[0][0], places[-1][0]),
        up=widened(min(ys), max(ys)),
        left=3,
        right=6,
        top=4,
        bottom=4,
    )
    drawn = [(box.x(x), box.y(y)) for x, y in places]
    inside = [_band(box, band)] if band else []
    inside += [line("ln", drawn), _end(values[-1], band, *drawn[-1])]
    size = f"0 0 {_WIDTH} {_HEIGHT}"
    named = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *inside, class_="spark", viewBox=size, focusable="false", **named)


def _band(box: Box, band: tuple[float, float]) -> SafeString:
    top, bottom = box.y(band[1]), box.y(band[0])
    return tag("rect", class_="band", x=0, y=top, width=_WIDTH, height=max(bottom - top, 0.0))


def _end(last: float | Point, band: tuple[float, float] | None, x: float, y: float) -> SafeString:
    value = _value(last)
    flagged = isinstance(last, Point) and last.flag not in {"", "N"}
    if flagged or (band is not None and not band[0] <= value <= band[1]):
        return tag("path", class_="end ab", d=f"M{x:.1f} {y - 3.6:.1f}l3.6 6.2h-7.2z")
    return tag("circle", class_="end", cx=x, cy=y, r=2.6)


def _value(one: float | Point) -> float:
    return one.value if isinstance(one, Point) else one


def _across(one: float | Point, index: int) -> float:
    return one.days if isinstance(one, Point) else float(index)
