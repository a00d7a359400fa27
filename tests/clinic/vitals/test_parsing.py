"""What people type for a measurement, and what it is taken for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from osler.clinic.vitals.parsing import Kind, Measure, Pressure, gestation, measure, pressure
from osler.clinic.vitals.said import NotUnderstood


@pytest.mark.parametrize(
    ("text", "kind", "meant", "value", "unit"),
    [
        ("72kg", "weight", "[lb_av]", "72", "kg"),
        ("72 KG", "weight", "[lb_av]", "72", "kg"),
        ("159 lb", "weight", "kg", "159", "[lb_av]"),
        ("159lbs.", "weight", "kg", "159", "[lb_av]"),
        ("159#", "weight", "kg", "159", "[lb_av]"),
        ("159", "weight", "[lb_av]", "159", "[lb_av]"),
        ("72,5", "weight", "kg", "72.5", "kg"),
        ("7 lb 5 oz", "weight", "kg", "7.3125", "[lb_av]"),
        ("7lb5oz", "weight", "kg", "7.3125", "[lb_av]"),
        ("7 lb 5", "weight", "kg", "7.3125", "[lb_av]"),
        ("3,450 g", "weight", "kg", "3450", "g"),
        ("117 oz", "weight", "kg", "7.3125", "[lb_av]"),
        ("5'10\"", "length", "cm", "70", "[in_i]"),
        ("5’10”", "length", "cm", "70", "[in_i]"),
        ("5'10", "length", "cm", "70", "[in_i]"),
        ("5 ft 10.5 in", "length", "cm", "70.5", "[in_i]"),
        ("5ft", "length", "cm", "60", "[in_i]"),
        ("1,78 m", "length", "[in_i]", "178", "cm"),
        ("178cm", "length", "[in_i]", "178", "cm"),
        ('70"', "length", "cm", "70", "[in_i]"),
        ("70", "length", "[in_i]", "70", "[in_i]"),
        ("98,6", "temperature", "[degF]", "98.6", "[degF]"),
        ("98.6", "temperature", "Cel", "98.6", "[degF]"),
        ("37", "temperature", "[degF]", "37", "Cel"),
        ("37.2 °C", "temperature", "[degF]", "37.2", "Cel"),
        ("100.4f", "temperature", "Cel", "100.4", "[degF]"),
        ("97%", "percent", "%", "97", "%"),
        ("72 bpm", "rate", "/min", "72", "/min"),
        (" 72 ", "rate", "/min", "72", "/min"),
        ("3/10", "score", "{score}", "3", "{score}"),
        ("2 L/min", "flow", "L/min", "2", "L/min"),
        (".5 l", "flow", "L/min", "0.5", "L/min"),
    ],
)
def test_measures(text: str, kind: Kind, meant: str, value: str, unit: str) -> None:
    found = measure(text, kind, meant)
    assert (found.value, found.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("heavy", "weight"),
        ("72 cm", "weight"),
        ("-5", "weight"),
        ("7 lb 16 oz", "weight"),
        ("5'12\"", "length"),
        ("1e5", "weight"),
        ("72 kg 3", "weight"),
        ("", "rate"),
        ("٧٢ kg", "weight"),
    ],
)
def test_what_is_no_measure_says_what_could_be_typed(text: str, kind: Kind) -> None:
    if text == "٧٢ kg":  # Digits of another script are digits.
        assert measure(text, kind, "kg").value == 72
        return
    with pytest.raises(NotUnderstood, match="Enter"):
        measure(text, kind, "kg")


@pytest.mark.parametrize(
    "text", ["138/84", "138 / 84", "138 84", "138 over 84", "138-84", "138/84 mmHg", "138\\84"]
)
def test_pressures(text: str) -> None:
    found = pressure(text)
    assert found == Pressure(Decimal(138), Decimal(84))


@pytest.mark.parametrize("text", ["138", "138/", "/84", "1384/84", "high"])
def test_half_a_pressure_is_none(text: str) -> None:
    with pytest.raises(NotUnderstood, match="138/84"):
        pressure(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [("32+4", 228), ("32 4/7", 228), ("32w4d", 228), ("32", 224), ("40 weeks", 280)],
)
def test_weeks_at_birth(text: str, days: int) -> None:
    assert gestation(text) == days


@pytest.mark.parametrize("text", ["12", "50", "32+7", "early"])
def test_weeks_that_cannot_be(text: str) -> None:
    with pytest.raises(NotUnderstood, match="20 to 44"):
        gestation(text)


def test_units_convert() -> None:
    assert round(Measure(Decimal(70), "[in_i]").to("cm"), 1) == Decimal("177.8")
    assert round(Measure(Decimal("98.6"), "[degF]").to("Cel"), 2) == 37
