"""What is computed from what was measured: BMI, body surface, and children's percentiles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from osler.clinic.growth import chart_of, place
from osler.clinic.vitals.observing import About, observation, quantity
from osler.clinic.vitals.parsing import Measure
from osler.clinic.vitals.signs import category, concept
from osler.fhir import r4

_BMI_PLACE = ("59576-9", "Body mass index (BMI) [Percentile] Per age and sex")
_HEAD_PLACE = ("8289-1", "Head Occipital-frontal circumference Percentile")
_WFL_PLACE = ("77606-2", "Weight-for-length Per age and sex")
_MONTH = 30.4375


def bmi(weight: Measure, height: Measure) -> Decimal:
    """Kilograms by meters squared, to one decimal."""
    meters = height.to("m")
    return round(weight.to("kg") / (meters * meters), 1)


def surface(weight: Measure, height: Measure) -> Decimal:
    """Body surface in square meters by Mosteller's formula (N Engl J Med 1987;317:1098)."""
    return round((weight.to("kg") * height.to("cm") / 3600).sqrt(), 2)


def of(about: About, measured: Mapping[str, tuple[Measure, str]]) -> list[r4.Observation]:
    """The Observations computed from measures, each with the reference that it is derived from.

    Percentiles are by the age since birth; the growth page also has those by corrected age.
    """
    made = []
    if "weight" in measured and "height" in measured:
        (weight, of_weight), (height, of_height) = measured["weight"], measured["height"]
        value = bmi(weight, height)
        body = observation(about, "bmi", Measure(value, "kg/m2"), {})
        body.derivedFrom = _from(of_weight, of_height)
        made.append(body)
        made += _by_age(about, "bmi", float(value), _BMI_PLACE, (24, 240), of_weight, of_height)
        made += _by_length(about, weight, height, of_weight, of_height)
    if "head" in measured:
        head, of_head = measured["head"]
        made += _by_age(about, "head", float(head.to("cm")), _HEAD_PLACE, (0, 36), of_head)
    return made


def _months(about: About) -> float | None:
    born = about.who.born
    return None if born is None else (about.at.date() - born).days / _MONTH


def _by_age(
    about: About,
    measure: str,
    value: float,
    code: tuple[str, str],
    months: tuple[int, int],
    *sources: str,
) -> list[r4.Observation]:
    age = _months(about)
    if age is None or not months[0] <= age <= months[1]:
        return []
    chart = chart_of(measure, age)
    found = place(chart, about.who.sex, age, value) if chart else None
    return [_percentile(about, code, found.percentile, *sources)] if found else []


def _by_length(
    about: About, weight: Measure, height: Measure, *sources: str
) -> list[r4.Observation]:
    age = _months(about)
    chart = chart_of("wfl", age) if age is not None and age <= 36 else None
    if chart is None:
        return []
    found = place(chart, about.who.sex, float(height.to("cm")), float(weight.to("kg")))
    return [_percentile(about, _WFL_PLACE, found.percentile, *sources)] if found else []


def _percentile(about: About, code: tuple[str, str], value: float, *sources: str) -> r4.Observation:
    made = about.of(concept(*code), category())
    made.valueQuantity = quantity(Measure(Decimal(f"{value:.1f}"), "%"))
    made.derivedFrom = _from(*sources)
    return made


def _from(*references: str) -> list[r4.Reference]:
    return [r4.Reference(reference=one) for one in references]
