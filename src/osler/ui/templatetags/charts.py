"""`{% load charts %}`: the charts as template tags, for pages that have their numbers at hand."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from osler.ui import charts
from osler.ui.charts import Band, Part, Point, Series

register = template.Library()


@register.simple_tag
def spark(
    values: Sequence[float | Point],
    band: tuple[float, float] | None = None,
    label: str = "",
) -> SafeString:
    """`{% spark row.values row.band label=row.words %}`."""
    return charts.spark(values, band, label)


@register.simple_tag
def trend(
    series: Sequence[Series],
    title: str,
    unit: str = "",
    desc: str = "",
    bands: Sequence[Band] = (),
) -> SafeString:
    """`{% trend series title=_("Blood pressure") unit="mmHg" bands=bands %}`."""
    return charts.trend(series, title=title, unit=unit, desc=desc, bands=bands)


@register.simple_tag
def bars(parts: Sequence[Part], title: str, desc: str = "") -> SafeString:
    """`{% bars parts title=… %}`."""
    return charts.bars(parts, title=title, desc=desc)


@register.simple_tag
def donut(parts: Sequence[Part], title: str, desc: str = "") -> SafeString:
    """`{% donut parts title=… %}`."""
    return charts.donut(parts, title=title, desc=desc)


@register.simple_tag
def range_bar(
    value: float,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    label: str = "",
) -> SafeString:
    """`{% range_bar value low high unit="mg/dL" %}`."""
    return charts.range_bar(value, low, high, unit=unit, label=label)
