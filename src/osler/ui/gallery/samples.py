"""What the gallery shows in its components: nobody's data, the same every day so that pictures can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from osler.kit.words import N_
from osler.ui.charts import Band, Curve, Mark, Part, Point, Series, growth
from osler.ui.combobox import TermField
from osler.ui.dates import PartialDateField
from osler.ui.forms import Form
from osler.ui.page import Asked
from osler.ui.tables import Column, Table
from osler.ui.widgets import FilesDrop, UnitInput

_DAY = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
_LONG = "A name that is as long as the longest that anybody has, with-a-hyphen and Donaudampfschifffahrtsgesellschaft"


class Sample(Form):
    """One field of each sort."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the card."))
    weight = forms.DecimalField(label=_("Weight"), widget=UnitInput("kg"), max_value=300)
    route = forms.ChoiceField(label=_("Route"), choices=[("po", _("By mouth")), ("iv", _("Vein"))])
    onset = PartialDateField(label=_("Onset"), past=True, required=False)
    problem = TermField("diagnosis", free=True, label=_("Problem"), required=False)
    severity = forms.ChoiceField(
        label=_("Severity"),
        widget=forms.RadioSelect,
        choices=[("mild", _("Mild")), ("moderate", _("Moderate")), ("severe", _("Severe"))],
    )
    reactions = forms.MultipleChoiceField(
        label=_("Reactions"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("hives", _("Hives")), ("wheeze", _("Wheeze")), ("swelling", _("Swelling"))],
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    scans = forms.FileField(label=_("Files"), widget=FilesDrop(camera=True), required=False)
    agreed = forms.BooleanField(label=_("The patient agrees"), required=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sample table."""

    test: str
    value: str
    unit: str
    flag: str
    drawn: datetime
    trend: tuple[float, ...]


COLUMNS = (
    Column("test", N_("Test"), always=True),
    Column("value", N_("Value"), numeric=True),
    Column("trend", N_("Trend"), sorts=False),
    Column("drawn", N_("Drawn")),
    Column("unit", N_("Unit"), offered=True),
)
_ROWS = (
    Row("Potassium", "6.4", "mmol/L", "HH", _DAY, (4.1, 4.4, 4.9, 6.4)),
    Row("Hemoglobin A1c", "8.1", "%", "H", _DAY - timedelta(days=20), (6.9, 7.2, 7.8, 8.1)),
    Row("Sodium", "139", "mmol/L", "N", _DAY - timedelta(days=3), (138.0, 140.0, 139.0)),
    Row(_LONG, "112", "mg/dL", "L", _DAY - timedelta(days=400), (130.0, 118.0, 112.0)),
)
_KEYS: dict[str, Any] = {
    "test": lambda row: row.test.lower(),
    "value": lambda row: float(row.value),
    "drawn": lambda row: row.drawn,
    "unit": lambda row: row.unit,
}
_PARTS = ("colors", "actions", "states", "fields", "tables", "getting", "content", "charts", "rtl")
TOKENS = (
    "canvas", "surface", "surface-2", "surface-3", "line", "ctl", "text", "text-2", "text-3", "accent", "accent-bg",
    "crit", "crit-bg", "crit-solid", "warn", "warn-bg", "warn-solid", "ok", "ok-bg", "info", "info-bg",
    "note", "note-bg",
)  # fmt: skip


def everything(request: Asked) -> dict[str, Any]:
    """The variables of the page."""
    table = Table.of(request, "gal", COLUMNS, default="-drawn")
    wrong = Sample({"weight": "842", "onset": "2/30/2014", "name": ""}, prefix="wrong")
    return {
        "form": Sample(initial={"name": "Amara Okafor", "weight": "84.2", "severity": "mild"}),
        "wrong": Sample(
            {f"wrong-{key}": value for key, value in wrong.data.items()}, prefix="wrong"
        ),
        "off": _disabled(),
        "posted": Sample(request.POST, request.FILES) if request.POST else None,
        "table": table,
        "rows": sorted(_ROWS, key=_KEYS[table.by], reverse=table.descending),
        "flags": ("HH", "H", "N", "L", "LL", "A", "AA"),
        "kinds": ("", "crit", "warn", "ok", "info", "note"),
        "tokens": TOKENS,
        "long": _LONG,
        "parts": [f"ui/gallery/{name}.html" for name in _PARTS],
        "tabs": [
            {"label": _("Active"), "url": "#active", "count": 6, "current": True},
            {"label": _("Resolved"), "url": "#resolved", "count": 2, "current": False},
        ],
        **_charts(),
    }


def _disabled() -> Sample:
    form = Sample(
        initial={"name": "Amara Okafor", "weight": "84.2", "onset": "Mar 2014"}, prefix="off"
    )
    for field in form.fields.values():
        field.disabled = True
    return form


def _charts() -> dict[str, Any]:
    def at(number: int) -> datetime:
        return _DAY - timedelta(days=30 * (6 - number))

    upper = [
        Point(at(i), v, "H" if v > 140 else "", f"{v} mmHg")
        for i, v in enumerate((151, 146, 142, 138, 136))
    ]
    lower = [Point(at(i), v, "", f"{v} mmHg") for i, v in enumerate((94, 90, 88, 84, 82))]
    months = range(0, 25, 2)
    middle = [(month, 3.4 + month * 0.62 - month * month * 0.011) for month in months]
    curves = [
        Curve(name, tuple((month, kilos * by) for month, kilos in middle))
        for name, by in (("3", 0.82), ("50", 1.0), ("97", 1.2))
    ]
    child = [Mark(month, kilos * 1.05, f"{kilos * 1.05:.1f} kg") for month, kilos in middle[:8:2]]
    return {
        "pressure": [
            Series.of(gettext("Systolic"), upper),
            Series.of(gettext("Diastolic"), lower, dashed=True),
        ],
        "goal": [Band(90, 140, gettext("Goal"))],
        "claims": [
            Part(gettext("Paid"), 184),
            Part(gettext("Pending"), 46),
            Part(gettext("Denied"), 19),
        ],
        "spark": (6.9, 7.2, 7.8, 8.1),
        "growing": growth(
            curves,
            child,
            title=gettext("Weight for age"),
            desc=gettext("A child who grows along the 60th percentile"),
            across=gettext("Months"),
            up="kg",
        ),
    }
