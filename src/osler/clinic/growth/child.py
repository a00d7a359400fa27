"""A child's measurements as the growth charts take them, by one search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from osler.access import Principal
from osler.clinic.growth.standards import CHARTS, Age, Chart, Place, age, place
from osler.clinic.vitals.latest import readings
from osler.clinic.vitals.reading import Person
from osler.clinic.vitals.signs import LOINC, SIGNS
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.fhir.ucum import convert
from osler.record import Record
from osler.search.parse import parse

_MOST = 600
_GESTATION = frozenset({"76516-4", "11884-4", "11885-1"})
_METRIC = {"weight": "kg", "height": "cm", "head": "cm"}


@dataclass(frozen=True, slots=True)
class Child:
    """What was measured, by day, oldest first: kg and cm. `gestation` in days at birth, where it is known."""

    who: Person
    gestation: int | None
    measured: dict[str, dict[date, float]]

    def age(self, at: date) -> Age | None:
        """The age on a day."""
        return None if self.who.born is None else age(self.who.born, at, self.gestation)


@dataclass(frozen=True, slots=True)
class Measured:
    """One point of a chart: when, at which age, where on the axis, the value and where it stands."""

    at: date
    age: Age
    x: float
    value: float
    place: Place | None


def child(record: Record, principal: Principal, patient: str, who: Person) -> Child:
    """The newest measurements of a patient that growth charts take, and the weeks at birth."""
    codes = [SIGNS[key].code for key in _METRIC] + sorted(_GESTATION)
    pairs = [
        ("patient", f"Patient/{patient}"),
        ("code", ",".join(f"{LOINC}|{code}" for code in codes)),
        ("_sort", "-date"),
        ("_count", str(_MOST)),
    ]
    page = record.search(principal, parse("Observation", pairs, record.registry))
    found = [(decode(one.content), one.version) for one in page.matches]
    measured: dict[str, dict[date, float]] = {key: {} for key in _METRIC}
    for one in reversed(readings(found, who)):
        if one.measure is not None and one.sign.key in _METRIC:
            value = float(one.measure.to(_METRIC[one.sign.key]))
            measured[one.sign.key][one.at.date()] = value
    weeks = (_days(one) for one, _ in found if isinstance(one, r4.Observation))
    return Child(who, next((one for one in weeks if one), None), measured)


def charts(child: Child) -> list[Chart]:
    """The charts that have a point of this child; none without a sex and a day of birth."""
    if not child.who.sex or child.who.born is None:
        return []
    return [chart for chart in CHARTS.values() if points(child, chart)]


def points(child: Child, chart: Chart) -> list[Measured]:
    """The child's points of a chart, oldest first: those within its reach."""
    low, high = chart.reach
    found = []
    for day, x, value in _values(child, chart):
        old = child.age(day)
        if old is None or not _in_time(chart, old):
            continue
        across = old.months if x is None else x
        if low <= across <= high:
            where = place(chart, child.who.sex, across, value)
            found.append(Measured(day, old, across, value, where))
    return found


def _in_time(chart: Chart, old: Age) -> bool:
    young = old.months < 24
    if chart.by_length:
        return young if chart.standard == "who" else 24 <= old.months <= 72
    return young == (chart.standard == "who")


def _values(child: Child, chart: Chart) -> list[tuple[date, float | None, float]]:
    """Days with the value of a chart; by length also where it stands."""
    weights, heights = child.measured["weight"], child.measured["height"]
    both = [(day, heights[day], weights[day]) for day in weights if day in heights]
    match chart.measure:
        case "weight":
            return [(day, None, value) for day, value in weights.items()]
        case "length":
            return [(day, None, value) for day, value in heights.items()]
        case "head":
            return [(day, None, value) for day, value in child.measured["head"].items()]
        case "bmi":
            return [(day, None, weight / (height / 100) ** 2) for day, height, weight in both]
        case _:
            return [(day, height, weight) for day, height, weight in both]


def _days(one: r4.Observation) -> int | None:
    """Days of gestation that an Observation says; None where it is about something else."""
    codes = {coding.code for coding in one.code.coding or [] if coding.system == LOINC}
    quantity = one.valueQuantity
    if not codes & _GESTATION or quantity is None or quantity.value is None:
        return None
    if one.status == "entered-in-error":
        return None
    days = convert(quantity.value, quantity.code or "", "d")
    return None if days is None else round(days)
