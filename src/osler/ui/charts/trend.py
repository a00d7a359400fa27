"""One or several values over time, on a true time axis, with a read-out and a table behind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from osler.ui.charts import axis
from osler.ui.charts.marks import mark
from osler.ui.charts.points import Band, Point, Series, days
from osler.ui.charts.svg import Box, drawing, join, line, tag
from osler.ui.charts.table import numbers

_CLASSES = ("s1", "s2", "s3", "s4")


def trend(
    series: Sequence[Series],
    *,
    title: str,
    desc: str = "",
    unit: str = "",
    bands: Iterable[Band] = (),
    start: datetime | date | None = None,
    end: datetime | date | None = None,
    width: int = 440,
    height: int = 160,
    zone: tzinfo = UTC,
) -> SafeString:
    """The chart of the series in their order; nothing where there is no point.

    `start` and `end` widen the time axis to a period that was asked for. Values are in `unit`.
    """
    points = [point for one in series for point in one.points]
    if not points:
        return SafeString()
    bands = tuple(bands)
    box = Box(width, height, across=_span(points, start, end), up=_reach(points, bands))
    inside = [_bands(box, bands), _grid(box), _time(box)]
    inside += [_line(box, one, _CLASSES[i % 4]) for i, one in enumerate(series)]
    svg = drawing(title, desc or _described(series, unit, zone), box, *inside)
    rows = _rows(series, zone)
    live = tag(
        "trend-chart",
        svg,
        data_points=json.dumps(_readings(box, rows, unit), ensure_ascii=False),
        aria_label=title,
    )
    heads = [_("Date"), *(_headed(one.name, unit) for one in series)]
    table = numbers(title, heads, ([when, *cells] for _at, when, cells in reversed(rows)))
    return join([_key(series), live, table])


def _span(
    points: list[Point], start: datetime | date | None, end: datetime | date | None
) -> tuple[float, float]:
    low = min([one.days for one in points] + ([days(start)] if start else []))
    high = max([one.days for one in points] + ([days(end)] if end else []))
    air = max((high - low) * 0.03, 0.5)
    return low - air, high + air


def _reach(points: list[Point], bands: Sequence[Band]) -> tuple[float, float]:
    ends = [end for band in bands for end in (band.low, band.high) if end is not None]
    values = [one.value for one in points] + ends
    return axis.widened(min(values), max(values))


def _bands(box: Box, bands: Sequence[Band]) -> SafeString:
    drawn = []
    for band in bands:
        top = box.y(band.high) if band.high is not None else box.top
        bottom = box.y(band.low) if band.low is not None else box.height - box.bottom
        across = box.width - box.left - box.right
        drawn.append(
            tag("rect", class_="band", x=box.left, y=top, width=across, height=bottom - top)
        )
    return join(drawn)


def _grid(box: Box) -> SafeString:
    drawn = []
    for value in axis.ticks(*box.up, most=4):
        y, end = box.y(value), box.width - box.right
        drawn.append(tag("line", class_="grid", x1=box.left, x2=end, y1=y, y2=y))
        text = axis.written(value)
        drawn.append(tag("text", text, x=box.left - 6, y=y + 4, text_anchor="end"))
    return join(drawn)


def _time(box: Box) -> SafeString:
    most = max(2, int((box.width - box.left) / 72))
    return join(
        tag("text", text, x=box.x(at), y=box.height - 5, text_anchor="middle")
        for at, text in axis.dates(*box.across, most=most)
        if box.left + 8 <= box.x(at) <= box.width - box.right - 8
    )


def _line(box: Box, series: Series, class_: str) -> SafeString:
    places = [(box.x(one.days), box.y(one.value)) for one in series.points]
    dash = " dash" if series.dashed else ""
    marks = (
        mark(x, y, one.flag, class_, home=one.home)
        for one, (x, y) in zip(series.points, places, strict=True)
    )
    return join([line(f"ln {class_}{dash}", places), *marks])


def _key(series: Sequence[Series]) -> SafeString:
    """Which line is which; one alone is named by the title."""
    if len(series) < 2:
        return SafeString()
    entries = []
    for i, one in enumerate(series):
        class_ = _CLASSES[i % 4] + (" dash" if one.dashed else "")
        size = {"viewBox": "0 0 22 10", "aria_hidden": "true", "focusable": "false"}
        sample = tag("svg", line(f"ln {class_}", [(0, 5), (22, 5)]), class_="chart", **size)
        entries.append(tag("span", sample, " ", one.name))
    return tag("div", *entries, class_="legend")


def _rows(series: Sequence[Series], zone: tzinfo) -> list[tuple[float, str, list[str]]]:
    """The points by time, oldest first: where, when in words, and each series' value then."""
    found: dict[datetime | date, list[str]] = {}
    for i, one in enumerate(series):
        for point in one.points:
            found.setdefault(point.at, [""] * len(series))[i] = _said(point)
    ordered = sorted(found.items(), key=lambda item: days(item[0]))
    return [(days(at), axis.day(at, zone), cells) for at, cells in ordered]


def _readings(
    box: Box, rows: list[tuple[float, str, list[str]]], unit: str
) -> list[tuple[float, str]]:
    """For the read-out: where on the picture, and what is said there."""
    return [
        (
            round(box.x(at), 1),
            f"{when}: {_headed(' · '.join(filter(None, cells)), '')} {unit}".strip(),
        )
        for at, when, cells in rows
    ]


def _said(point: Point) -> str:
    words = point.words or axis.written(point.value)
    flag = "" if point.flag in {"", "N"} else f" {point.flag}"
    return f"{words}{flag}" + (f" ({point.note})" if point.note else "")


def _headed(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _described(series: Sequence[Series], unit: str, zone: tzinfo) -> str:
    said = []
    for one in series:
        if one.points:
            first, last = one.points[0], one.points[-1]
            said.append(
                _("%(name)s from %(first)s on %(start)s to %(last)s %(unit)s on %(end)s.")
                % {
                    "name": one.name,
                    "first": axis.written(first.value),
                    "start": axis.day(first.at, zone),
                    "last": axis.written(last.value),
                    "unit": unit,
                    "end": axis.day(last.at, zone),
                }
            )
    return " ".join(said)
