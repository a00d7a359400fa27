"""What the charts draw: where, in which shape, with which words; and that nothing gets through unescaped."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from osler.kit.settings import Settings
from osler.ui import charts
from osler.ui.charts import Band, Curve, Mark, Part, Point, Series, axis
from tests.pages import SETTINGS


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    from osler.main.site import configure

    configure(SETTINGS, Settings().database_url or "postgresql://nowhere/none")


def _root(markup: str) -> ET.Element:
    return ET.fromstring(f"<div>{markup}</div>")  # Well-formed, or this raises.


def _points(*values: float, flag: str = "") -> tuple[Point, ...]:
    return tuple(Point(date(2026, 1 + i, 1), value, flag) for i, value in enumerate(values))


def test_a_trend_has_a_name_a_description_and_its_numbers() -> None:
    made = charts.trend([Series("Weight", _points(70, 72, 71.5))], title="Weight", unit="kg")
    root = _root(made)
    svg = root.find(".//svg")
    assert svg is not None and svg.get("role") == "img"
    names = (svg.get("aria-labelledby") or "").split()
    assert [one.get("id") for one in svg[:2]] == names
    assert "from 70 on Jan 1, 2026 to 71.5 kg on Mar 1, 2026" in (svg[1].text or "")
    cells = [one.text for one in root.findall(".//tbody//td")]
    assert cells == ["71.5", "72", "70"]  # Newest first.
    assert root.find(".//details/summary") is not None


def test_time_is_true() -> None:
    points = (
        Point(date(2026, 1, 1), 1),
        Point(date(2026, 1, 2), 1),
        Point(date(2026, 1, 11), 1),
    )
    root = _root(charts.trend([Series("x", points)], title="x"))
    xs = [float(one.get("cx") or 0) for one in root.findall(".//circle")]
    assert (xs[2] - xs[1]) / (xs[1] - xs[0]) == pytest.approx(9, rel=0.05)


def test_the_readings_stand_on_the_points() -> None:
    sys = Series("Systolic", _points(140, 130))
    dia = Series("Diastolic", _points(90, 80), dashed=True)
    root = _root(charts.trend([sys, dia], title="BP", unit="mmHg"))
    live = root.find(".//trend-chart")
    assert live is not None
    read = json.loads(live.get("data-points") or "")
    assert [words for _, words in read] == [
        "Jan 1, 2026: 140 · 90 mmHg",
        "Feb 1, 2026: 130 · 80 mmHg",
    ]
    circles = {one.get("cx") for one in root.findall(".//svg/circle")}
    assert {f"{x:.1f}".removesuffix(".0") for x, _ in read} == circles
    assert len(root.findall(".//polyline[@class='ln s2 dash']")) == 2  # The line and its key.


@pytest.mark.parametrize(
    ("flag", "shape"),
    [("", "circle"), ("N", "circle"), ("H", "path"), ("L", "path"), ("HH", "path")],
)
def test_flags_are_shapes(flag: str, shape: str) -> None:
    root = _root(charts.trend([Series("x", _points(1, flag=flag))], title="x"))
    found = root.findall(f".//svg/{shape}")
    assert len(found) == 1 and ("ab" in (found[0].get("class") or "")) == (shape == "path")


def test_high_low_and_critical_differ() -> None:
    drawn = {
        flag: _root(charts.trend([Series("x", _points(1, flag=flag))], title="x"))
        .findall(".//svg/path")[0]
        .get("d", "")
        .split("l", 1)[1]
        for flag in ("H", "L", "HH")
    }
    assert len(set(drawn.values())) == 3


def test_a_home_reading_is_a_square() -> None:
    point = Point(datetime(2026, 1, 1, tzinfo=UTC), 1, home=True)
    root = _root(charts.trend([Series("x", (point,))], title="x"))
    assert len(root.findall(".//rect[@class='pt s1']")) == 1


def test_no_points_no_chart() -> None:
    assert charts.trend([Series("x", ())], title="x") == ""
    assert charts.spark([]) == charts.spark([1.0]) == ""
    assert charts.bars([], title="x") == charts.donut([], title="x") == ""
    assert charts.range_bar(1, None, None) == ""


def test_texts_are_escaped_and_nothing_is_styled() -> None:
    evil = '<script>"&'
    curve = Curve(evil, ((0, 1), (1, 2)))
    mark = Mark(0.5, 1.5, evil, (evil, evil))
    made = [
        charts.trend([Series(evil, _points(1, 2)), Series(evil, ())], title=evil, unit=evil),
        charts.spark([1, 2], label=evil),
        charts.bars([Part(evil, 2)], title=evil),
        charts.donut([Part(evil, 2)], title=evil),
        charts.range_bar(1, 0, 2, label=evil),
        charts.growth([curve], [mark], title=evil, desc=evil, across=evil, up=evil, heads=[evil]),
        charts.growth([curve], [], title=evil, desc=evil, across=evil, up=evil),
    ]
    for one in made:
        _root(one)
        assert "<script" not in one and " style=" not in one
        assert "<script" in unescape(one)


def test_a_spark_ends_in_another_shape_out_of_its_band() -> None:
    assert _root(charts.spark([5, 6], (4, 7))).find(".//circle[@class='end']") is not None
    assert _root(charts.spark([5, 9], (4, 7))).find(".//path[@class='end ab']") is not None
    assert "aria-hidden" in charts.spark([1, 2]) and 'role="img"' in charts.spark([1, 2], label="x")


def test_a_ring_adds_up() -> None:
    root = _root(charts.donut([Part("a", 3), Part("b", 1), Part("none", 0)], title="x"))
    rings = root.findall(".//g/circle")
    long = [float((one.get("stroke-dasharray") or "").split()[0]) + 2 for one in rings]
    assert len(long) == 2 and long[0] == pytest.approx(3 * long[1], rel=0.01)
    assert [one.text for one in root.findall(".//li/b")] == ["3", "1"]


def test_a_range_bar_says_what_it_shows() -> None:
    assert "7.2 %; expected up to 5.6" in unescape(charts.range_bar(7.2, None, 5.6, unit="%"))
    assert "expected from 3.5 to 5" in charts.range_bar(4, 3.5, 5)


def test_bands_reach_to_the_edges() -> None:
    band = Band(None, 2)
    root = _root(charts.trend([Series("x", _points(1, 3))], title="x", bands=[band]))
    rect = root.find(".//rect[@class='band']")
    assert rect is not None
    assert float(rect.get("y") or 0) + float(rect.get("height") or 0) == pytest.approx(140, 0.01)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (61, 149, 4, [75, 100, 125]),
        (0.11, 0.19, 4, [0.12, 0.14, 0.16, 0.18]),
        (36.4, 38.9, 5, [36.5, 37, 37.5, 38, 38.5]),
    ],
)
def test_ticks_are_round(low: float, high: float, most: int, expected: list[float]) -> None:
    assert axis.ticks(low, high, most) == pytest.approx(expected)


def test_dates_of_an_axis_are_the_calendar_s() -> None:
    start = (date(2025, 1, 10) - date(1970, 1, 1)).days
    assert [text for _, text in axis.dates(start, start + 400)] == [
        "Apr 2025",
        "Jul 2025",
        "Oct 2025",
        "Jan 2026",
    ]
    assert [text for _, text in axis.dates(start, start + 3, 4)] == [
        "Jan 10",
        "Jan 11",
        "Jan 12",
        "Jan 13",
    ]
    assert re.fullmatch(r"20\d0|20\d5", axis.dates(start, start + 9000)[0][1])


def test_the_tags_draw_the_same() -> None:
    from django.template import Context, Engine

    engine = Engine(libraries={"charts": "osler.ui.templatetags.charts"})
    made = engine.from_string(
        "{% load charts %}{% spark v %}{% bars p title='B' %}{% donut p title='D' %}"
        "{% range_bar 4 3 5 unit='g' %}{% trend s title='T' %}"
    ).render(Context({"v": [1, 2], "p": [Part("a", 1)], "s": [Series("x", _points(1, 2))]}))
    assert len(_root(made).findall(".//svg")) == 6
