from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from tests.fhir.path.cases import of

from osler.kit.errors import Invalid

D = Decimal

ARITHMETIC: list[tuple[str, list[Any]]] = [
    ("1 + 2 * 3", [7]),
    ("(1 + 2) * 3", [9]),
    ("2 * 3 + 4 * 5", [26]),
    ("-1", [-1]),
    ("+1", [1]),
    ("-1.5", [D("-1.5")]),
    ("-(3 - 5)", [2]),
    ("1 - -1", [2]),
    ("-7.abs()", [-7]),  # the sign binds less than the dot
    ("(-7).abs()", [7]),
    ("10 - 2 - 3", [5]),
    ("100 / 10 / 2", [D(5)]),
    ("1 / 2", [D("0.5")]),
    ("4 / 2", [D(2)]),
    ("1 / 0", []),
    ("1.0 / 0.0", []),
    ("5 div 2", [2]),
    ("-5 div 2", [-2]),
    ("5 div 0", []),
    ("5.5 div 0.7", [7]),
    ("5 mod 2", [1]),
    ("-5 mod 2", [-1]),
    ("5.5 mod 0.7", [D("0.6")]),
    ("5 mod 0", []),
    ("0.1 + 0.2", [D("0.3")]),
    ("0.1 + 0.2 = 0.3", [True]),
    ("1.10 * 3", [D("3.30")]),
    ("2 * 1.5", [D("3.0")]),
    ("1 + {}", []),
    ("{} * 2", []),
    ("999999999999999999 * 999999999999999999", []),
    ("'a' + 'b'", ["ab"]),
    ("'a' + {}", []),
    ("'a' & 'b' & {}", ["ab"]),
    ("{} & {}", [""]),
    ("'1' & '2'", ["12"]),
]


@pytest.mark.parametrize(("expression", "expected"), ARITHMETIC)
def test_arithmetic(expression: str, expected: list[Any]) -> None:
    found = of(expression)
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


COMPARISON: list[tuple[str, list[Any]]] = [
    ("1 = 1", [True]),
    ("1 = 1.0", [True]),
    ("1 = 2", [False]),
    ("1 = '1'", [False]),
    ("1 = true", [False]),
    ("true = 1", [False]),
    ("true = true", [True]),
    ("'a' = 'A'", [False]),
    ("{} = 1", []),
    ("1 = {}", []),
    ("{} = {}", []),
    ("(1 | 2) = (1 | 2)", [True]),
    ("(1 | 2) = (2 | 1)", [False]),
    ("(1 | 2) = 1", [False]),
    ("1 != 2", [True]),
    ("1 != {}", []),
    ("(1 | 2) != (2 | 1)", [True]),
    ("{} ~ {}", [True]),
    ("1 ~ {}", [False]),
    ("(1 | 2) ~ (2 | 1)", [True]),
    ("'Ab  c' ~ 'aB C'", [True]),
    ("'a' !~ 'b'", [True]),
    ("1.04 ~ 1.0", [True]),
    ("1.06 ~ 1.0", [True]),  # trailing zeros say nothing of precision
    ("1.06 ~ 1.1", [True]),
    ("1.06 ~ 1.2", [False]),
    ("1.5 ~ 2", [True]),
    ("1 < 2", [True]),
    ("2 <= 2", [True]),
    ("2 > 2", [False]),
    ("2 >= 2.0", [True]),
    ("'a' < 'b'", [True]),
    ("'Z' < 'a'", [True]),
    ("1 < {}", []),
    ("{} >= {}", []),
    ("1 | 2 | 1", [1, 2]),
    ("1 | {}", [1]),
    ("1 | 1.0", [1]),
    ("(true | 1).count()", [2]),
    ("1 in (1 | 2)", [True]),
    ("3 in (1 | 2)", [False]),
    ("{} in (1 | 2)", []),
    ("1 in {}", [False]),
    ("(1 | 2) contains 2", [True]),
    ("{} contains 1", [False]),
    ("(1 | 2) contains {}", []),
    ("name.family = 'Lovelace'", [False]),
    ("name[0].family = 'Lovelace'", [True]),
    ("gender = 'female'", [True]),
    ("name[0] = name[0]", [True]),
    ("name[0] = name[1]", [False]),
    ("name[0] ~ name[0]", [True]),
    ("name[0] ~ name[1]", [False]),
    ("name[0].given ~ ('augusta' | 'ADA')", [True]),
]


@pytest.mark.parametrize(("expression", "expected"), COMPARISON)
def test_comparison(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected


PRECEDENCE = [
    ("1 + 2 = 3", [True]),
    ("1 = 1 and 2 = 2", [True]),
    ("true or true and false", [True]),
    ("false and false or true", [True]),
    ("true implies false or true", [True]),
    ("false implies false implies false", [False]),
    ("true xor true or true", [True]),
    ("1 < 2 = true", [True]),
    ("1 in 1 | 2", [True]),
    ("2 in 1 | 1 + 1", [True]),
    ("1 is Integer = true", [True]),
    ("1 + 1 is Integer", [True]),
    ("1 | 2 is Integer", [1, True]),
    ("(1 | 2).count() + 1", [3]),
    ("'a' & 'b' = 'ab'", [True]),
    ("1 = 2 != true", [True]),
    ("3 mod 2 * 5", [5]),
    ("-1 + 2", [1]),
    ("1 > 0 and 2 > 1 xor false", [True]),
    ("1 in (1) and true", [True]),
]


@pytest.mark.parametrize(("expression", "expected"), PRECEDENCE)
def test_precedence(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "1 + 'a'",
        "'a' - 'b'",
        "true + 1",
        "'a' * 2",
        "2 * 3 & 'x'",
        "(1 | 2) + 1",
        "(1 | 2) < 3",
        "1 < 'a'",
        "true < false",
        "name < name",
        "-'a'",
        "+true",
        "(1 | 2) in (1 | 2)",
        "name and true",
        "@2020 + 5 'mg'",
        "@T10:00 < @2020",
        "name[0] < name[1]",
        "name['a']",
    ],
)
def test_wrong_operands_are_told(expression: str) -> None:
    with pytest.raises(Invalid, match="FHIRPath"):
        of(expression)


_VALUES = {"true": True, "false": False, "{}": None}


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def _xor(a: bool | None, b: bool | None) -> bool | None:
    return None if a is None or b is None else a != b


def _implies(a: bool | None, b: bool | None) -> bool | None:
    return _or(None if a is None else not a, b)


@pytest.mark.parametrize("left", _VALUES)
@pytest.mark.parametrize("right", _VALUES)
@pytest.mark.parametrize(
    ("operator", "rule"), [("and", _and), ("or", _or), ("xor", _xor), ("implies", _implies)]
)
def test_truth_tables(left: str, right: str, operator: str, rule: Any) -> None:
    expected = rule(_VALUES[left], _VALUES[right])
    assert of(f"{left} {operator} {right}") == ([] if expected is None else [expected])


@pytest.mark.parametrize("operator", ["and", "or"])
def test_a_chain_of_three_is_the_chain_of_two_and_one(operator: str) -> None:
    rule = _and if operator == "and" else _or
    for a, b, c in itertools.product(_VALUES, repeat=3):
        expected = rule(rule(_VALUES[a], _VALUES[b]), _VALUES[c])
        found = of(f"{a} {operator} {b} {operator} {c}")
        assert found == ([] if expected is None else [expected]), (a, b, c)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("true.not()", [False]), ("false.not()", [True]), ("{}.not()", []), ("'a'.not()", [False])],
)
def test_not(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected


def test_one_item_that_is_no_boolean_counts_as_true() -> None:
    assert of("gender and true") == [True]
    assert of("iif(gender, 'yes', 'no')") == ["yes"]
    assert of("active and deceased") == [True]
