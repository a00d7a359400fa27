from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fhir.path.cases import ADA, of

from osler.fhir import path
from osler.fhir.path.parser import parse
from osler.kit.errors import Invalid

LITERALS: list[tuple[str, list[Any]]] = [
    ("'text'", ["text"]),
    ("''", [""]),
    (r"'it\'s'", ["it's"]),
    (r"'\"\`\\\/'", ['"`\\/']),
    (r"'\r\n\t\f'", ["\r\n\t\f"]),
    (r"'\u00e9'", ["é"]),
    (r"'\ud83d\ude00'", ["😀"]),
    ("'é😀'", ["é😀"]),
    ("0", [0]),
    ("007", [7]),
    ("1.50", [Decimal("1.50")]),
    ("0.1", [Decimal("0.1")]),
    ("true", [True]),
    ("false", [False]),
    ("{}", []),
    ("{ }", []),
    ("@2020", ["2020"]),
    ("@2020-05", ["2020-05"]),
    ("@2020-05-06", ["2020-05-06"]),
    ("@2020-05-06T", ["2020-05-06"]),
    ("@2020T", ["2020"]),
    ("@2020-05-06T10", ["2020-05-06T10"]),
    ("@2020-05-06T10:11:12.345Z", ["2020-05-06T10:11:12.345Z"]),
    ("@2020-05-06T10:11+05:30", ["2020-05-06T10:11+05:30"]),
    ("@T10", ["10"]),
    ("@T10:11:12.5", ["10:11:12.5"]),
    ("1 // a comment", [1]),
    ("/* before */ 1 /* after\n */ + 1", [2]),
    ("1\n\t+\r\n 1", [2]),
    ("1.0.toString()", ["1.0"]),
    ("1.toString()", ["1"]),
    ("(((1)))", [1]),
    ("1 day = 1 days", [True]),
    ("'a'.contains('a')", [True]),
    ("contains", []),
    ("is", []),
    ("in.as.contains", []),
]


@pytest.mark.parametrize(("expression", "expected"), LITERALS)
def test_literals(expression: str, expected: list[Any]) -> None:
    found = of(expression)
    assert found == expected
    assert [str(value) for value in found] == [str(value) for value in expected]


WRONG = [
    ("", 1),
    ("   ", 4),
    ("1 +", 4),
    ("(1", 3),
    ("1)", 2),
    ("a.b.", 5),
    (".a", 1),
    ("a..b", 3),
    ("a b", 3),
    ("'open", 1),
    ("a = 'open", 5),
    ("`open", 1),
    ("/* open", 1),
    (r"'\q'", 1),
    (r"'\u12'", 1),
    (r"'\ud800'", 1),
    ("a[", 3),
    ("a[]", 3),
    ("a[1", 4),
    ("f(1,)", 5),
    ("f(,1)", 3),
    ("f(1 2)", 5),
    ("{1}", 2),
    ("@2020-13", 1),
    ("@2020-02-30", 1),
    ("@T25", 1),
    ("@", 1),
    ("$that", 1),
    ("#", 1),
    ("a = = b", 5),
    ("a and", 6),
    ("and", 1),
    ("a implies", 10),
    ("a is", 5),
    ("a is 1", 6),
    ("a is B.", 8),
    ("1 !", 3),
    ("a ! b", 3),
    ("12345678901234567890", 1),
    ("%", 1),
    ("é", 1),
]


@pytest.mark.parametrize(("expression", "position"), WRONG)
def test_syntax_errors_name_their_place(expression: str, position: int) -> None:
    with pytest.raises(Invalid) as raised:
        path.compile(expression)
    assert f"at character {position}" in str(raised.value)


def test_compiled_paths_are_remembered() -> None:
    assert path.compile("Patient.name.given") is path.compile("Patient.name.given")
    assert path.compile("Patient.name.given").expression == "Patient.name.given"


_SOUP = """
Patient name given value ( ) [ ] { } . , + - * / = != ~ !~ < > <= >= | & and or xor implies is as in contains
div mod 1 2.5 'a' '' @2020 @T10:00 @2020-01-01T10:00:00Z true false $this $index $total %resource %ucum 5 days
'mg' where select exists empty first count iif repeat ofType not toString matches substring Quantity String FHIR
` " ' \\ // /* */ @ % $ ! #
"""
_LEAVES = """
1 2.5 'a' true {} @2020-01-01 @T10:00 3'mg' name name.given birthDate active $this %resource now() deceased
telecom.rank children() 1'a' '' 'true' '2020' @2020 -1
"""
_FUNCTIONS = """
count() first() empty() not() toString() toInteger() toQuantity() toDateTime() abs() type() distinct()
descendants() length() upper() exists() toBoolean() round(2) where($this=1) select($this&'x') is(Quantity)
ofType(string) skip(1) ln() sqrt() power(3) hasValue() getValue() resolve() trim() join(',') isDistinct()
single() all($this) repeat(children()) toDate() toTime() toDecimal() replace('a','b') matches('[a-z]+')
split('a') exp() floor() children() last() toChars() encode('base64')
"""
_OPERATORS = "+ - * / div mod & | = != ~ !~ < > <= >= and or xor implies in contains"


def _one_of(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split())


_soup = st.lists(_one_of(_SOUP), max_size=25)


@settings(max_examples=600, deadline=None)
@given(_soup.map(" ".join) | _soup.map("".join) | _soup.map("\n".join))
def test_any_soup_of_tokens_evaluates_or_is_invalid(text: str) -> None:
    with contextlib.suppress(Invalid):
        compiled = path.compile(text)
        compiled(ADA)
        compiled.typed(ADA)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60))
def test_any_text_parses_or_is_invalid(text: str) -> None:
    with contextlib.suppress(Invalid):
        parse(text)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(inner, _one_of(_OPERATORS), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | st.tuples(inner, _one_of(_FUNCTIONS)).map(lambda t: f"({t[0]}).{t[1]}")
        | st.tuples(inner, inner, inner).map(lambda t: f"iif({t[0]}, {t[1]}, {t[2]})")
        | inner.map(lambda t: f"(-{t})")
    )


@settings(max_examples=800, deadline=None)
@given(st.recursive(_one_of(_LEAVES), _grow, max_leaves=8))
def test_any_well_formed_expression_evaluates_or_is_invalid(text: str) -> None:
    compiled = path.compile(text)
    with contextlib.suppress(Invalid):
        found = compiled(ADA)
        assert isinstance(found, list)
        assert None not in found
