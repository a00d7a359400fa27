"""Percentile lines by age or length, with a child's own points among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from osler.ui.charts import axis
from osler.ui.charts.marks import mark
from osler.ui.charts.svg import Box, drawing, join, line, tag
from osler.ui.charts.table import numbers


@dataclass(frozen=True, slots=True)
class Curve:
    """One percentile: its name ("50") and the places it goes through."""

    name: str
    places: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One measurement of the child: where it stands, what is read there, and its row of the table."""

    x: float
    y: float
    words: str
    cells: tuple[str, ...] = ()
    flag: str = ""


def growth(
    curves: Sequence[Curve],
    marks: Sequence[Mark],
    *,
    title: str,
    desc: str,
    across: str,
    up: str,
    heads: Sequence[str] = (),
    steps: Sequence[tuple[float, str]] = (),
    width: int = 560,
    height: int = 440,
) -> SafeString:
    """The chart; `across` and `up` name the axes, `steps` are the axis' own marks where round numbers are none.

    A point that has no percentile line at its place is still drawn.
    """
    box = _box(curves, marks, width, height)
    inside = [_grid(box, steps), _names(box, across, up)]
    inside += [_curve(box, curve) for curve in curves]
    placed = [(box.x(one.x), box.y(one.y)) for one in marks]
    inside.append(line("ln s1", placed))
    inside += [mark(x, y, one.flag, "s1") for one, (x, y) in zip(marks, placed, strict=True)]
    picture = drawing(title, desc, box, *inside, class_="chart growth")
    readings = [(round(x, 1), one.words) for one, (x, _y) in zip(marks, placed, strict=True)]
    live = tag(
        "trend-chart",
        picture,
        data_points=json.dumps(readings, ensure_ascii=False),
        aria_label=title,
    )
    if not marks:
        return picture
    rows = [one.cells for one in reversed(marks)]
    return join([live, numbers(title, heads, rows)]) if heads else live


def _box(curves: Sequence[Curve], marks: Sequence[Mark], width: int, height: int) -> Box:
    xs = [x for one in curves for x, _ in one.places] + [one.x for one in marks]
    ys = [y for one in curves for _, y in one.places] + [one.y for one in marks]
    low, high = min(ys), max(ys)
    air = (high - low) * 0.03
    return Box(
        width,
        height,
        across=(min(xs), max(xs)),
        up=(low - air, high + air),
        left=44,
        right=34,
        top=10,
        bottom=40,
    )


def _grid(box: Box, steps: Sequence[tuple[float, str]]) -> SafeString:
    drawn = []
    for value in axis.ticks(*box.up, most=9):
        y = box.y(value)
        drawn.append(tag("line", class_="grid", x1=box.left, x2=box.width - box.right, y1=y, y2=y))
        drawn.append(tag("text", axis.written(value), x=box.left - 6, y=y + 4, text_anchor="end"))
    made = steps or [(one, axis.written(one)) for one in axis.ticks(*box.across, most=10)]
    for value, text in made:
        x, foot = box.x(value), box.height - box.bottom
        drawn.append(tag("line", class_="grid", x1=x, x2=x, y1=box.top, y2=foot))
        drawn.append(tag("text", text, x=x, y=foot + 15, text_anchor="middle"))
    return join(drawn)


def _names(box: Box, across: str, up: str) -> SafeString:
    middle = (box.left + box.width - box.right) / 2
    height = (box.top + box.height - box.bottom) / 2
    turned = f"rotate(-90 11 {height:.1f})"
    return join(
        [
            tag("text", across, class_="lbl", x=middle, y=box.height - 6, text_anchor="middle"),
            tag("text", up, class_="lbl", x=11, y=height, text_anchor="middle", transform=turned),
        ]
    )


def _curve(box: Box, curve: Curve) -> SafeString:
    places = [(box.x(x), box.y(y)) for x, y in curve.places]
    middle = " mid" if curve.name == "50" else ""
    x, y = places[-1]
    return join(
        [
            line(f"ln pct{middle}", places),
            tag("text", curve.name, class_="pct", x=x + 4, y=y + 4),
        ]
    )
