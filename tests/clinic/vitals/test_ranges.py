"""Ranges by age, bounds, and the questions that are asked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from osler.clinic.vitals.bounds import changed, contrary, refused, unusual
from osler.clinic.vitals.parsing import Measure
from osler.clinic.vitals.ranges import Sex, expected, years


@pytest.mark.parametrize(
    ("key", "age", "sex", "low", "high"),
    [
        ("hr", "0.01", "", 100, 205),
        ("hr", "0.5", "", 100, 180),
        ("hr", "2", "", 98, 140),
        ("hr", "4", "", 80, 120),
        ("hr", "8", "", 75, 118),
        ("hr", "15", "", 60, 100),
        ("hr", "70", "", 60, 100),
        ("rr", "0.5", "", 30, 53),
        ("rr", "40", "", 12, 20),
        ("sys", "0.01", "", 67, 84),
        ("sys", "0.5", "", 72, 104),
        ("sys", "3.9", "male", 76, 100),
        ("sys", "3.9", "female", 76, 101),
        ("sys", "11", "female", 90, 110),
        ("sys", "13", "male", 90, 129),
        ("dia", "12.9", "male", None, 74),
        ("dia", "50", "", 60, 79),
    ],
)
def test_what_is_expected(key: str, age: str, sex: Sex, low: int | None, high: int) -> None:
    found = expected(key, Decimal(age), sex)
    assert found is not None and found.low == low and found.high == high


@pytest.mark.parametrize(
    ("key", "value", "flag"),
    [
        ("sys", "129", "N"), ("sys", "130", "H"), ("sys", "180", "H"), ("sys", "181", "HH"),
        ("sys", "89", "L"), ("sys", "80", "LL"), ("dia", "80", "H"), ("dia", "121", "HH"),
        ("hr", "59", "L"), ("hr", "40", "LL"), ("hr", "131", "HH"), ("rr", "25", "HH"),
        ("temp", "37.9", "N"), ("temp", "38", "H"), ("temp", "35", "LL"), ("temp", "40", "HH"),
        ("spo2", "95", "N"), ("spo2", "94", "L"), ("spo2", "90", "LL"), ("bmi", "25", "H"),
    ],
)  # fmt: skip
def test_flags_of_an_adult(key: str, value: str, flag: str) -> None:
    found = expected(key, Decimal(40))
    assert found is not None and found.flag(Decimal(value)) == flag


def test_without_an_age_only_what_holds_at_any() -> None:
    assert expected("hr", None) is None and expected("sys", None) is None
    assert expected("temp", None) is not None and expected("spo2", None) is not None
    assert expected("bmi", Decimal(10)) is None and expected("weight", Decimal(40)) is None


def test_a_pressure_at_every_age_up_to_twelve_is_higher_than_the_year_before() -> None:
    for sex in ("male", "female"):
        highs = [expected("sys", Decimal(age), sex).high for age in range(1, 14)]  # type: ignore[union-attr]
        assert highs == sorted(highs, key=lambda one: one or 0)


def test_years() -> None:
    assert years(date(2020, 1, 1), date(2021, 1, 1)) == pytest.approx(
        Decimal(1), abs=Decimal("0.01")
    )
    assert years(date(2021, 1, 1), date(2020, 1, 1)) == 0


@pytest.mark.parametrize(
    ("key", "value", "unit", "said"),
    [
        ("temp", "982", "[degF]", "Enter a value from 90 to 110 °F. Did you mean 98.2?"),
        ("temp", "98.2", "[degF]", ""),
        ("temp", "371", "Cel", "Enter a value from 32 to 43.5 °C. Did you mean 37.1?"),
        ("hr", "7", "/min", "Enter a value from 10 to 350 /min. Did you mean 70?"),
        ("spo2", "101", "%", "Enter a value from 20 to 100 %."),
        ("pain", "11", "{score}", "Enter a value from 0 to 10 /10."),
        ("weight", "5000", "kg", "Enter a value from 0.2 to 500 kg. Did you mean 500?"),
    ],
)
def test_what_cannot_be(key: str, value: str, unit: str, said: str) -> None:
    assert str(refused(key, Measure(Decimal(value), unit))) == said


def test_pressures_the_wrong_way_round() -> None:
    assert "138/84" in str(contrary(Decimal(84), Decimal(138)))
    assert not contrary(Decimal(138), Decimal(84)) and contrary(Decimal(90), Decimal(90))


@pytest.mark.parametrize(
    ("value", "asked"), [("70", False), ("41", False), ("40", True), ("131", True)]
)
def test_what_is_unusual_is_asked_about(value: str, asked: bool) -> None:
    range = expected("hr", Decimal(40))
    assert bool(unusual("hr", Measure(Decimal(value), "/min"), range, "/min")) == asked


@pytest.mark.parametrize(
    ("value", "unit", "days", "said"),
    [
        ("71", "kg", 30, ""),
        ("158", "[lb_av]", 30, ""),
        ("52", "kg", 30, "Is it right?"),
        ("72", "[lb_av]", 30, "lb or kg?"),
        ("159", "kg", 30, "kg or lb?"),
        ("82", "kg", 730, ""),
    ],
)
def test_a_large_change_is_asked_about(value: str, unit: str, days: int, said: str) -> None:
    before = Measure(Decimal(72), "kg")
    found = str(changed("weight", Measure(Decimal(value), unit), before, days))
    assert (said in found) if said else not found


def test_without_a_value_before_nothing_changed() -> None:
    assert not changed("weight", Measure(Decimal(72), "kg"), None, 0)


@pytest.mark.parametrize(
    ("born", "at", "age"),
    [
        ("2013-11-22", "2026-11-22", 13),
        ("2025-11-22", "2026-11-22", 1),
        ("2024-02-29", "2025-03-01", 1),
        ("2024-02-29", "2028-02-29", 4),
        ("2026-11-22", "2026-11-21", 0),
    ],
)
def test_a_year_is_full_on_the_birthday(born: str, at: str, age: int) -> None:
    first, day = date.fromisoformat(born), date.fromisoformat(at)
    assert years(first, day) == age
    assert years(first, day - timedelta(days=1)) < max(age, 1)
