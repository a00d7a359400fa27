"""Readings as the flowsheet and its charts show them, in the reader's units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from osler.clinic.vitals import SIGNS, Person, Reading, Shown, Sign, Units
from osler.clinic.vitals import words as shown_of
from osler.clinic.vitals.latest import newest
from osler.clinic.vitals.parsing import Measure
from osler.clinic.vitals.ranges import expected
from osler.clinic.vitals.sheet import Row
from osler.clinic.vitals.signs import LOINC, printed
from osler.fhir import r4
from osler.fhir.ucum import convert
from osler.kit import clock
from osler.kit.words import N_
from osler.staff.chart.frame import ChartAsked, Frame
from osler.ui import charts
from osler.ui.charts import Band, Point, Series

_MOST = 500
SPANS = {
    "3m": (N_("3 months"), 92),
    "1y": (N_("1 year"), 366),
    "5y": (N_("5 years"), 1827),
    "all": (N_("All"), 0),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One reading in a cell of the flowsheet; without a value, why there is none."""

    id: str
    shown: Shown
    absent: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the flowsheet: the sign, its unit, how it went, and its cells."""

    sign: Sign
    name: str
    unit: str
    spark: SafeString
    cells: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Trend:
    """The chart below the flowsheet: of which sign, over which time; `chart` is empty without readings."""

    sign: Sign
    span: str
    chart: SafeString
    signs: list[tuple[str, str]]
    spans: list[tuple[str, str]]
    cut: bool


def row(found: Row, units: Units) -> Line:
    """A row of the flowsheet, its readings in the reader's units."""
    cells = [
        [Cell(one.id, one.shown(units), one.absent, one.details) for one in cell]
        for cell in found.cells
    ]
    name = _(found.sign.name)
    readings = [one for cell in found.cells for one in cell]
    unit = printed(found.sign.unit(units))
    label = _("%(name)s, %(number)s readings") % {"name": name, "number": len(readings)}
    points = sorted(_points(readings, units), key=lambda one: one.days)
    return Line(found.sign, name, unit, charts.spark(points, None, label), cells)


def value(resource: r4.Observation, who: Person, units: Units) -> Shown:
    """The value of one Observation, also of one that was an error."""
    status = resource.status
    resource.status = "final"
    try:
        return shown_of(resource, units, who)
    finally:
        resource.status = status


def both(found: Measure, sign: Sign) -> list[str]:
    """A measure in each system of units."""
    return [
        f"{round(found.to(unit), 1):f} {printed(unit)}"
        for unit in dict.fromkeys((sign.metric, sign.us))
    ]


def chosen(request: ChartAsked, frame: Frame, who: Person, units: Units) -> Trend:
    """The sign and the time that the address asks for; blood pressure of a year without."""
    sign = SIGNS.get(request.GET.get("sign", ""), SIGNS["bp"])
    span = request.GET.get("span", "1y")
    span = span if span in SPANS else "1y"
    days = SPANS[span][1]
    since = clock.now() - timedelta(days=days) if days else None
    codes = ",".join(f"{LOINC}|{one}" for one in (sign.code, *sign.also))
    more = [("code", codes)]
    if since:
        more.append(("date", f"ge{since.date().isoformat()}"))
    found = newest(frame.record, request.principal, frame.id, who, _MOST, *more)
    return Trend(
        sign,
        span,
        _chart(sign, found, who, units, since),
        [(key, _(one.name)) for key, one in SIGNS.items()],
        [(key, _(words)) for key, (words, _days) in SPANS.items()],
        len(found) >= _MOST,
    )


def _chart(
    sign: Sign, found: Sequence[Reading], who: Person, units: Units, since: datetime | None
) -> SafeString:
    unit = sign.unit(units)
    series = [Series.of(_(sign.name), _points(found, units))]
    keys = [sign.key]
    if sign.key == "bp":
        series[0] = Series.of(_("Systolic"), series[0].points)
        series.append(Series.of(_("Diastolic"), _lower(found), dashed=True))
        keys = ["sys", "dia"]
    return charts.trend(
        series,
        title=_(sign.name),
        unit=printed(unit),
        bands=[band for key in keys for band in _bands(key, who, unit)],
        start=since,
        end=clock.now() if since else None,
        width=480,
        height=190,
        zone=timezone.get_current_timezone(),
    )


def _points(found: Sequence[Reading], units: Units) -> list[Point]:
    points = []
    for one in found:
        number = one.shown(units).number
        if number is not None:
            note = ", ".join(filter(None, [_("home") if one.home else "", *map(_, one.details)]))
            points.append(Point(one.at, number, one.flag, note=note, home=one.home))
    return points


def _lower(found: Sequence[Reading]) -> list[Point]:
    return [
        Point(one.at, float(one.pressure.diastolic), home=one.home) for one in found if one.pressure
    ]


def _bands(key: str, who: Person, unit: str) -> list[Band]:
    """What is expected at the age of today."""
    range = expected(key, who.age(clock.now()), who.sex)
    if range is None:
        return []
    low, high = (_in(end, key, unit) for end in (range.low, range.high))
    return [Band(low, high)]


def _in(end: Decimal | None, key: str, unit: str) -> float | None:
    if end is None:
        return None
    found = convert(end, "Cel", unit) if key == "temp" else end
    return None if found is None else float(found)
