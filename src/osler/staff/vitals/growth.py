"""The growth page: a child's measurements among the percentile lines of WHO and CDC."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from osler.clinic.growth.child import Child, Measured, charts, child, points
from osler.clinic.growth.standards import CHARTS, MONTH, Age, Chart, curve
from osler.clinic.vitals import Units, person
from osler.fhir.ucum import convert
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart, units_of
from osler.staff.vitals.rooming import require
from osler.ui import charts as drawn
from osler.ui import formats
from osler.ui.charts import Curve, Mark

_UNITS = {
    "weight": ("kg", "[lb_av]", "kg", "lb"),
    "wfl": ("kg", "[lb_av]", "kg", "lb"),
    "length": ("cm", "[in_i]", "cm", "in"),
    "head": ("cm", "[in_i]", "cm", "in"),
    "bmi": ("kg/m2", "kg/m2", "kg/m²", "kg/m²"),
}

_ONE = Decimal(1)


@chart_page("growth")
def growth(request: ChartAsked, frame: Frame) -> HttpResponse:
    """One chart, and the way to the others that have a point of this child."""
    require(frame)
    who, units = person(frame.patient), units_of(request)
    found = child(frame.record, request.principal, frame.id, who)
    offered = charts(found)
    wanted = CHARTS.get(request.GET.get("chart", ""))
    chart = wanted if wanted in offered else _usual(found, offered)
    measured = points(found, chart) if chart else []
    about = {
        "chart": chart,
        "offered": offered,
        "picture": _picture(chart, found, measured, units) if chart else "",
        "newest": _newest(measured[-1], chart, units) if measured and chart else None,
        "who": who,
        "gestation": _weeks(found.gestation),
        "corrected": any(one.age.corrected for one in measured),
        "above": measured[-1].place if measured else None,
    }
    return render_chart(request, frame, "staff/vitals/growth.html", about)


def _usual(found: Child, offered: list[Chart]) -> Chart | None:
    """The chart to begin with: weight, of the standard of today's age."""
    old = found.age(formats.today())
    standard = "who" if old and old.months < 24 else "cdc"
    ordered = sorted(offered, key=lambda one: (one.standard != standard, one.measure != "weight"))
    return ordered[0] if ordered else None


def _picture(chart: Chart, found: Child, measured: list[Measured], units: Units) -> SafeString:
    up, across = _unit(chart.measure, units), _unit("length", units)
    curves = [
        Curve(str(one), tuple(_converted(chart, curve(chart, found.who.sex, one), units)))
        for one in chart.lines
    ]
    marks = [_mark(chart, one, units) for one in measured]
    sex = _("girls") if found.who.sex == "female" else _("boys")
    about = {"chart": _(chart.title), "sex": sex}
    desc = _("Percentile lines of %(sex)s, with %(number)s measurements of this child.")
    return drawn.growth(
        curves,
        marks,
        title=_("%(chart)s, %(sex)s") % about,
        desc=desc % {"sex": sex, "number": len(marks)},
        across=across if chart.by_length else _age_axis(chart),
        up=up,
        heads=[_("Date"), _("Age"), up, _("Percentile"), _("z-score")],
        steps=() if chart.by_length else _steps(chart),
    )


def _converted(
    chart: Chart, places: list[tuple[float, float]], units: Units
) -> list[tuple[float, float]]:
    return [(_across(chart, x, units), _number(chart.measure, y, units)) for x, y in places]


def _mark(chart: Chart, one: Measured, units: Units) -> Mark:
    value = f"{_number(chart.measure, one.value, units):.1f}"
    day, old = formats.day(one.at), age_words(one.age)
    percentile = one.place.words if one.place else ""
    z = f"{one.place.z:+.2f}".replace("-", "\N{MINUS SIGN}") if one.place else ""
    about = {"day": day, "age": old, "value": value, "unit": _unit(chart.measure, units)}
    words = _("%(day)s, %(age)s: %(value)s %(unit)s") % about
    if percentile:
        words += ", " + _("percentile %(number)s") % {"number": percentile}
    return Mark(
        _across(chart, one.x, units),
        _number(chart.measure, one.value, units),
        words,
        (day, old, value, percentile or _("Not on the chart"), z),
    )


def _newest(one: Measured, chart: Chart, units: Units) -> dict[str, str]:
    made = _mark(chart, one, units)
    return {
        "value": f"{made.cells[2]} {_unit(chart.measure, units)}",
        "percentile": made.cells[3],
        "z": made.cells[4],
        "day": made.cells[0],
        "age": made.cells[1],
    }


def age_words(age: Age) -> str:
    """An age as it is said of a child, with the corrected one beside it where there is one."""
    months = int(age.days / MONTH)
    if age.days < 14:
        said = ngettext("%(n)s day", "%(n)s days", age.days) % {"n": age.days}
    elif months < 2:
        weeks = age.days // 7
        said = ngettext("%(n)s week", "%(n)s weeks", weeks) % {"n": weeks}
    elif months < 24:
        said = ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    else:
        years, rest = divmod(months, 12)
        said = _("%(years)s y %(months)s mo") % {"years": years, "months": rest}
    if age.corrected:
        said += " " + _("(corrected %(months)s months)") % {"months": f"{age.months:.1f}"}
    return said


def _steps(chart: Chart) -> list[tuple[float, str]]:
    """Months up to three years, years beyond."""
    low, high = (int(one) for one in chart.reach)
    if high <= 36:
        return [(float(one), str(one)) for one in range(low, high + 1, 2)]
    return [(float(one), str(one // 12)) for one in range(low, high + 1, 12)]


def _age_axis(chart: Chart) -> str:
    return _("Age in months") if chart.reach[1] <= 36 else _("Age in years")


def _unit(measure: str, units: Units) -> str:
    return _UNITS[measure][3 if units == "us" else 2]


def _number(measure: str, value: float, units: Units) -> float:
    metric, us = _UNITS[measure][:2]
    return value * _factor(metric, us) if units == "us" else value


def _across(chart: Chart, x: float, units: Units) -> float:
    return _number("length", x, units) if chart.by_length else x


def _factor(metric: str, us: str) -> float:
    found = convert(_ONE, metric, us)
    assert found is not None, "both measure the same"
    return float(found)


def _weeks(days: int | None) -> str:
    return "" if days is None else f"{days // 7}+{days % 7}"
