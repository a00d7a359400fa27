from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.fhir.path.cases import WEIGHT, of, resource

from osler.fhir.path import Quantity

D = Decimal

CASES: list[tuple[str, list[Any]]] = [
    ("4 'g' = 4000 'mg'", [True]),
    ("4.0000 'g' = 4000.0 'mg'", [True]),
    ("4 'g' != 4040 'mg'", [True]),
    ("4 'g' ~ 4040 'mg'", [True]),
    ("4040 'mg' ~ 4 'g'", [True]),
    ("4 'g' ~ 4600 'mg'", [False]),
    ("4 'g' ~ 4 'm'", [False]),
    ("4 'g' = 4 'm'", []),
    ("4 'g' != 4 'm'", []),
    ("4 'g' < 4 'm'", []),
    ("4 'g' < 4001 'mg'", [True]),
    ("4 'g' >= 4000 'mg'", [True]),
    ("37 'Cel' = 310.15 'K'", [True]),
    ("98.6 '[degF]' = 37 'Cel'", [True]),
    ("38 'Cel' > 98.6 '[degF]'", [True]),
    ("100 '%' = 1 '1'", [True]),
    ("1 'nonsense' = 1 'nonsense'", [True]),
    ("1 'nonsense' = 1 'mg'", []),
    ("7 days = 1 week", [True]),
    ("7 days = 1 'wk'", [True]),
    ("1 year = 12 months", [True]),
    ("1 year = 1 'a'", []),
    ("1 year ~ 1 'a'", [True]),
    ("1 month > 1 'd'", []),
    ("60 seconds = 1 minute", [True]),
    ("6 days < 1 week", [True]),
    ("1 second = 1 's'", [True]),
    ("1 'g' + 500 'mg' = 1.5 'g'", [True]),
    ("1 'g' - 500 'mg' = 0.5 'g'", [True]),
    ("1 'g' + 1 'm'", []),
    ("1 year + 6 months = 18 months", [True]),
    ("2.0 'cm' * 2.0 'm' = 0.040 'm2'", [True]),
    ("4.0 'g' / 2.0 'm' = 2 'g/m'", [True]),
    ("1.0 'm' / 1.0 'm' = 1 '1'", [True]),
    ("6 'mg' / 3 = 2 'mg'", [True]),
    ("2 * 3 'mg' = 6 'mg'", [True]),
    ("10 'mg' / 2 'L/h' = 5 'mg.h/L'", [True]),
    ("1 / 2 's' = 0.5 '/s'", [True]),
    ("6 'mg' / 0 'L'", []),
    ("-(5 'mg') < 0 'mg'", [True]),
    ("5 'mg' is Quantity", [True]),
    ("5 days is System.Quantity", [True]),
    ("(5 'g' | 5000 'mg').count()", [1]),
    ("5 'g' in (1 'g' | 5000 'mg')", [True]),
    ("5 'mg'.value", [D(5)]),
    ("5 'mg'.unit", ["mg"]),
    ("5 'mg'.comparable(1 'kg')", [True]),
    ("5 'mg'.comparable(1 'm')", [False]),
    ("1 '1' = 1", [True]),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_quantities(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected


ELEMENTS: list[tuple[str, list[Any]]] = [
    ("value > 180 '[lb_av]'", [True]),
    ("value = 185 '[lb_av]'", [True]),
    ("value < 84 'kg'", [True]),
    ("value > 83.9 'kg'", [True]),
    ("value > 1 'm'", []),
    ("value + 1 '[lb_av]' = 186 '[lb_av]'", [True]),
    ("value is Quantity", [True]),
    ("(value as Quantity).code", ["[lb_av]"]),
    ("value.value", [D("185.0")]),
    ("value.toQuantity('[lb_av]') = 185 '[lb_av]'", [True]),
    ("component.value.ofType(Quantity) = 1 'mm[Hg]'", [True]),
]


@pytest.mark.parametrize(("expression", "expected"), ELEMENTS)
def test_quantity_elements(expression: str, expected: list[Any]) -> None:
    assert of(expression, WEIGHT) == expected


def _measured(**quantity: Any) -> Any:
    return resource(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "valueQuantity": quantity,
        }
    )


def test_a_bound_is_no_number() -> None:
    bound = _measured(value=5, comparator="<", code="mg", system="http://unitsofmeasure.org")
    assert of("value < 10 'mg'", bound) == []
    assert of("value = value", bound) == [True]


def test_units_of_another_system_compare_among_themselves() -> None:
    tablets = _measured(value=2, system="http://example.org/units", code="TAB")
    assert of("value = value", tablets) == [True]
    assert of("value = 2 'TAB'", tablets) == []


def test_a_quantity_without_code_has_its_written_unit() -> None:
    assert of("value = 2 'mg'", _measured(value=2, unit="mg")) == [True]
    assert of("value = 2", _measured(value=2)) == [True]


def test_a_quantity_result_is_a_value() -> None:
    assert of("1 'g' + 500 'mg'") == [Quantity(D("1.5"), "g")]
    assert of("2 days + 1 day") == [Quantity(D(3), "day", calendar=True)]
