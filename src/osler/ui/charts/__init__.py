"""Charts drawn on the server as SVG: colored by class, with words, and with their numbers in a table behind.

Every function answers a SafeString whose texts are escaped. `{% load charts %}` has them as template tags.
"""

from __future__ import annotations

from osler.ui.charts.bars import Part, bars, donut
from osler.ui.charts.growth import Curve, Mark, growth
from osler.ui.charts.points import Band, Point, Series
from osler.ui.charts.ranges import range_bar
from osler.ui.charts.spark import spark
from osler.ui.charts.table import numbers
from osler.ui.charts.trend import trend

__all__ = [
    "Band",
    "Curve",
    "Mark",
    "Part",
    "Point",
    "Series",
    "bars",
    "donut",
    "growth",
    "numbers",
    "range_bar",
    "spark",
    "trend",
]
