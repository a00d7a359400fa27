"""Growth: against examples that are published, and against itself."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from osler.clinic.growth import CHARTS, Chart, chart_of, lms, place
from osler.clinic.growth.lms import Lms
from osler.clinic.growth.standards import age, curve


def test_cdc_s_worked_example() -> None:
    """A boy of 9.5 months and 9.7 kg: z 0.207, 58th percentile (CDC, growth charts data files)."""
    found = Lms(-0.1600954, 9.476500305, 0.11218624)
    assert found.z(9.7) == pytest.approx(0.207, abs=0.001)
    assert lms.percentile(found.z(9.7)) == pytest.approx(58, abs=0.5)


@pytest.mark.parametrize(
    ("table", "sex", "x", "z", "value"),
    [  # WHO simplified field tables, kg and cm to one decimal
        ("who-weight", "male", 0, 0, 3.3),
        ("who-weight", "male", 12, -2, 7.7),
        ("who-weight", "male", 12, 0, 9.6),
        ("who-weight", "male", 12, 3, 13.3),
        ("who-weight", "female", 6, 2, 9.3),
        ("who-weight", "female", 24, -3, 8.1),
        ("who-length", "male", 12, 0, 75.7),
        ("who-length", "female", 24, 2, 92.9),
        ("who-head", "male", 12, 0, 46.1),
    ],
)
def test_who_s_field_tables(table: str, sex: str, x: float, z: float, value: float) -> None:
    row = lms.at(table, sex, x)
    assert row is not None and row.value(z) == pytest.approx(value, abs=0.051)


@pytest.mark.parametrize(
    ("table", "sex", "months", "percentile", "value"),
    [  # CDC percentile tables
        ("cdc-weight", "male", 24, 50, 12.67),
        ("cdc-length", "male", 240, 50, 176.8),
        ("cdc-length", "female", 240, 50, 163.3),
        ("cdc-bmi", "male", 240, 95, 30.6),
        ("cdc-bmi", "female", 240, 95, 31.8),
    ],
)
def test_cdc_s_percentiles(
    table: str, sex: str, months: float, percentile: float, value: float
) -> None:
    row = lms.at(table, sex, months)
    assert row is not None
    assert row.value(lms.z_of(percentile)) == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_median_is_the_fiftieth_everywhere(chart: Chart, sex: str) -> None:
    low, high = chart.reach
    for step in range(21):
        x = low + (high - low) * step / 20
        row = lms.at(chart.key, sex, x)
        assert row is not None
        found = place(chart, sex, x, row.m)
        assert found is not None
        assert found.z == pytest.approx(0, abs=1e-9) and found.percentile == pytest.approx(50)
        for z in (-2.5, -1.0, 1.0, 2.5):
            assert row.z(row.value(z)) == pytest.approx(z, abs=1e-6)


def test_lines_never_cross() -> None:
    for chart in CHARTS.values():
        lines = [curve(chart, "female", one) for one in chart.lines]
        for lower, upper in pairwise(lines):
            assert all(a[1] < b[1] for a, b in zip(lower, upper, strict=True))


def test_beyond_three_deviations_weights_are_restricted() -> None:
    """WHO: the distance beyond 3 in units of that between the second and the third."""
    row = lms.at("who-weight", "male", 12)
    assert row is not None
    heavy = row.value(3) + (row.value(3) - row.value(2))
    assert row.restricted(heavy) == pytest.approx(4)
    light = row.value(-3) - (row.value(-2) - row.value(-3))
    assert row.restricted(light) == pytest.approx(-4)


def test_who_until_two_and_cdc_from_then() -> None:
    assert chart_of("weight", 23.99) is CHARTS["who-weight"]
    assert chart_of("weight", 24) is CHARTS["cdc-weight"]
    assert chart_of("weight", 241) is None and chart_of("weight", -1) is None


def test_above_the_95th_it_says_how_far() -> None:
    found = place(CHARTS["cdc-bmi"], "female", 120, 25)
    assert found is not None and found.of_95th == pytest.approx(109, abs=0.5)
    below = place(CHARTS["cdc-bmi"], "female", 120, 17)
    assert below is not None and below.of_95th is None


def test_off_the_chart_there_is_no_place() -> None:
    assert place(CHARTS["cdc-bmi"], "female", 300, 25) is None
    assert place(CHARTS["cdc-bmi"], "", 120, 25) is None
    assert place(CHARTS["who-wfl"], "male", 44, 2) is None


def test_an_early_birth_is_taken_off_until_24_months() -> None:
    born = date(2025, 1, 1)
    early = age(born, date(2025, 7, 2), 32 * 7)
    assert early.corrected and early.months == pytest.approx((182 - 56) / 30.4375)
    term = age(born, date(2025, 7, 2), 37 * 7)
    assert not term.corrected and term.months == pytest.approx(182 / 30.4375)
    later = age(born, date(2027, 1, 2), 32 * 7)
    assert not later.corrected and later.months > 24


@pytest.mark.parametrize(
    ("percentile", "words"),
    [(42.4, "42"), (0.04, "<0.1"), (0.4, "0.4"), (99.6, "99.6"), (99.95, ">99.9")],
)
def test_percentiles_in_words(percentile: float, words: str) -> None:
    from osler.clinic.growth import Place

    assert Place(0, percentile).words == words
