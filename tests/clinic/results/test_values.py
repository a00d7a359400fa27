"""Flags where the laboratory gave a range and none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from osler.clinic.chart.values import Range, Value
from osler.clinic.results.values import out_of_range, row_of, rows_of
from osler.fhir import r4


@pytest.mark.parametrize(
    ("number", "comparator", "low", "high", "flag"),
    [
        ("3.5", "", "3.5", "5.1", ""),
        ("5.1", "", "3.5", "5.1", ""),
        ("3.4", "", "3.5", "5.1", "L"),
        ("5.2", "", "3.5", "5.1", "H"),
        ("5", "<", "5", "10", "L"),
        ("7", "<", "5", "10", ""),
        ("90", ">", "60", None, ""),
        ("100", ">", "60", "100", "H"),
        ("90", ">", "60", "100", ""),
        ("200", "", None, "199", "H"),
        ("1", "", None, None, ""),
    ],
)
def test_bounds_are_normal_and_limits_are_taken_at_their_word(
    number: str, comparator: str, low: str | None, high: str | None, flag: str
) -> None:
    bounds = Range(Decimal(low) if low else None, Decimal(high) if high else None)
    assert out_of_range(Value(Decimal(number), "", "mmol/L", comparator), bounds) == flag


def test_words_have_no_flag_of_ours() -> None:
    assert out_of_range(Value(text="negative"), Range(Decimal(1), Decimal(2))) == ""


def potassium(id: str, at: str, value: str, **more: object) -> r4.Observation:
    return r4.Observation(
        id=id,
        status="final",
        code=r4.CodeableConcept(
            coding=[r4.Coding(system="http://loinc.org", code="2823-3")], text="Potassium"
        ),
        effectiveDateTime=at,
        valueQuantity=r4.Quantity(value=Decimal(value), unit="mmol/L"),
        **more,  # type: ignore[arg-type]
    )


def test_the_value_before_is_the_last_earlier_one() -> None:
    series = [
        potassium("c", "2026-03-01T08:00:00Z", "5.9"),
        potassium("b", "2026-02-01T08:00:00Z", "4.8"),
        potassium("a", "2026-01-01T08:00:00Z", "4.5"),
    ]
    row = row_of(series[1], series)
    assert row.before is not None
    assert (row.before.value.number, row.change) == (Decimal("4.5"), Decimal("0.3"))
    assert row.numbers == (4.5, 4.8)  # Nothing of what came later.


def test_what_was_entered_in_error_is_no_result() -> None:
    wrong = potassium("x", "2026-01-01T08:00:00Z", "59")
    wrong.status = "entered-in-error"
    assert rows_of([wrong], {}) == ()


def test_parts_are_rows_of_their_own() -> None:
    parts = [
        r4.observation.ObservationComponent(
            code=r4.CodeableConcept(text=name),
            valueQuantity=r4.Quantity(value=Decimal(value), unit="%"),
        )
        for name, value in (("Neutrophils", "60"), ("Lymphocytes", "30"))
    ]
    whole = r4.Observation(
        id="d", status="final", code=r4.CodeableConcept(text="Differential"), component=parts
    )
    assert [row.name for row in rows_of([whole], {})] == [
        "Differential: Neutrophils",
        "Differential: Lymphocytes",
    ]
