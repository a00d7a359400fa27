from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.fhir.path.cases import of

from osler.kit.errors import Invalid

D = Decimal
Case = tuple[str, list[Any]]

EXISTENCE: list[Case] = [
    ("{}.empty()", [True]),
    ("name.empty()", [False]),
    ("photo.empty()", [True]),
    ("name.exists()", [True]),
    ("name.exists(use = 'usual')", [True]),
    ("name.exists(use = 'old')", [False]),
    ("{}.exists()", [False]),
    ("name.all(given.exists())", [True]),
    ("name.all(use = 'usual')", [False]),
    ("{}.all(false)", [True]),
    ("name.all(period.exists())", [False]),
    ("(true | false).allTrue()", [False]),
    ("true.allTrue()", [True]),
    ("{}.allTrue()", [True]),
    ("(true | false).anyTrue()", [True]),
    ("{}.anyTrue()", [False]),
    ("(true | false).allFalse()", [False]),
    ("false.allFalse()", [True]),
    ("{}.allFalse()", [True]),
    ("(true | false).anyFalse()", [True]),
    ("true.anyFalse()", [False]),
    ("active.allTrue()", [True]),
    ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
    ("(1 | 4).subsetOf(1 | 2 | 3)", [False]),
    ("{}.subsetOf(1)", [True]),
    ("(1 | 2).supersetOf(2)", [True]),
    ("1.supersetOf(1 | 2)", [False]),
    ("name.count()", [3]),
    ("{}.count()", [0]),
    ("name.given.count()", [5]),  # one of them has only an extension
    ("(1 | 2).combine(2).distinct()", [1, 2]),
    ("(1 | 2).combine(2).isDistinct()", [False]),
    ("{}.isDistinct()", [True]),
    ("name.given.isDistinct()", [False]),
]

FILTERING: list[Case] = [
    ("name.where(use = 'usual').given", ["Ada"]),
    ("name.where($this.use = 'usual').given", ["Ada"]),
    ("name.where({})", []),
    ("name.where($index = 1).use", ["usual"]),
    ("name.select(given.count() + $index)", [2, 2, 4]),
    ("name.select(use)", ["official", "usual", "maiden"]),
    ("name.select(nothing)", []),
    ("(1 | 2 | 3).select($this * 2)", [2, 4, 6]),
    ("name.given.where($this.startsWith('A') and length() > 3)", ["Augusta"]),
    ("name.where(given.where($index = 1) = 'Augusta').use", ["official"]),
    ("extension.repeat(extension).url", ["a", "b"]),
    ("(1 | 2 | 3).repeat(iif($this < 6, $this + 1, {}))", [2, 3, 4, 5, 6]),
    ("name[1].use", ["usual"]),
    ("name[-1]", []),
    ("name[9]", []),
    ("name[{}]", []),
    ("name.given[0]", ["Ada"]),
    ("name[0].given[1]", ["Augusta"]),
    ("name.first().use", ["official"]),
    ("name.last().use", ["maiden"]),
    ("name.tail().use", ["usual", "maiden"]),
    ("name.skip(2).use", ["maiden"]),
    ("name.skip(0).use.count()", [3]),
    ("name.skip(-1).use.count()", [3]),
    ("name.take(1).use", ["official"]),
    ("name.take(0)", []),
    ("name.take(-1)", []),
    ("{}.first()", []),
    ("{}.single()", []),
    ("contact.single().gender", ["male"]),
    ("(1 | 2 | 3).intersect(2 | 3 | 4)", [2, 3]),
    ("(1 | 2).combine(2).intersect(2 | 2)", [2]),
    ("(1 | 2 | 3).exclude(2)", [1, 3]),
    ("(1 | 2).combine(1).exclude(2)", [1, 1]),
    ("(1 | 2).union(2 | 3)", [1, 2, 3]),
    ("1.combine(1)", [1, 1]),
    ("name.given | name.family", ["Ada", "Augusta", "A", "Lovelace", "Byron"]),
    ("(1 | 2 | 3 | 4).aggregate($this + $total, 0)", [10]),
    ("(1 | 2 | 3).aggregate(iif($total.empty(), $this, $total * $this))", [6]),
    ("{}.aggregate($total + $this, 5)", [5]),
    ("(3 | 1 | 2).aggregate(iif($total.empty() or $this < $total, $this, $total))", [1]),
    ("name[0].children().count()", [4]),
    ("contact.descendants()", [object(), "King", "male"]),
    ("iif(true, 1, 2)", [1]),
    ("iif(false, 1, 2)", [2]),
    ("iif(false, 1)", []),
    ("iif({}, 1, 2)", [2]),
    ("iif(true, 1, 1 + 'x')", [1]),  # the other branch is never looked at
    ("name.iif(count() > 2, first().use, {})", ["official"]),
]

CONVERSION: list[Case] = [
    ("'true'.toBoolean()", [True]),
    ("'YES'.toBoolean()", [True]),
    ("'0.0'.toBoolean()", [False]),
    ("1.toBoolean()", [True]),
    ("0.0.toBoolean()", [False]),
    ("2.toBoolean()", []),
    ("'x'.toBoolean()", []),
    ("'x'.convertsToBoolean()", [False]),
    ("{}.convertsToBoolean()", []),
    ("'1'.toInteger()", [1]),
    ("'-12'.toInteger()", [-12]),
    ("'1.0'.toInteger()", []),
    ("true.toInteger()", [1]),
    ("1.0.toInteger()", []),
    ("'a'.convertsToInteger()", [False]),
    ("'7'.convertsToInteger()", [True]),
    ("'1.50'.toDecimal()", [D("1.50")]),
    ("1.toDecimal()", [D(1)]),
    ("false.toDecimal()", [D(0)]),
    ("'1.'.convertsToDecimal()", [False]),
    ("1.toString()", ["1"]),
    ("1.50.toString()", ["1.50"]),
    ("true.toString()", ["true"]),
    ("@2020-01.toString()", ["2020-01"]),
    ("@T10:30.toString()", ["10:30"]),
    ("5 'mg'.toString()", ["5 'mg'"]),
    ("5 days.toString()", ["5 day"]),
    ("name[0].convertsToString()", [False]),
    ("birthDate.toString()", ["1815-12-10"]),
    ("'2020-01-02'.toDate()", ["2020-01-02"]),
    ("'2020-01-02T10:00:00Z'.toDate()", ["2020-01-02"]),
    ("'2020-13'.toDate()", []),
    ("'2020-02-30'.convertsToDate()", [False]),
    ("@2020-01-02T10:00:00Z.toDate()", ["2020-01-02"]),
    ("'2020-01-02T10:00:00.5+02:00'.toDateTime()", ["2020-01-02T10:00:00.5+02:00"]),
    ("@2020-01.toDateTime()", ["2020-01"]),
    ("@2020-01.toDateTime() is DateTime", [True]),
    ("'10:30'.toTime()", ["10:30"]),
    ("'T10:30'.toTime()", ["10:30"]),
    ("'25:00'.convertsToTime()", [False]),
    ("'4 days'.toQuantity() = 4 days", [True]),
    ("'5.5 \\'mg\\''.toQuantity() = 5.5 'mg'", [True]),
    ("'5'.toQuantity() = 5 '1'", [True]),
    ("5.toQuantity() = 5 '1'", [True]),
    ("'5 mg'.convertsToQuantity()", [False]),
    ("5 'g'.toQuantity('mg') = 5000 'mg'", [True]),
    ("5 'g'.toQuantity('m')", []),
]

STRINGS: list[Case] = [
    ("'abcdefg'.indexOf('cd')", [2]),
    ("'abc'.indexOf('x')", [-1]),
    ("'abc'.indexOf('')", [0]),
    ("{}.indexOf('a')", []),
    ("'abc'.indexOf({})", []),
    ("'abcabc'.lastIndexOf('b')", [4]),
    ("'abcdef'.substring(2)", ["cdef"]),
    ("'abcdef'.substring(2, 2)", ["cd"]),
    ("'abcdef'.substring(2, 99)", ["cdef"]),
    ("'abc'.substring(3)", []),
    ("'abc'.substring(-1)", []),
    ("'abc'.substring(1, 0)", [""]),
    ("{}.substring(1)", []),
    ("'abc'.startsWith('ab')", [True]),
    ("'abc'.startsWith('')", [True]),
    ("'abc'.endsWith('bc')", [True]),
    ("'abc'.contains('b')", [True]),
    ("'abc'.contains('')", [True]),
    ("'aBc'.upper()", ["ABC"]),
    ("'aBc'.lower()", ["abc"]),
    ("'abcab'.replace('ab', 'x')", ["xcx"]),
    ("'abc'.replace('', 'x')", ["xaxbxcx"]),
    ("'abc'.replace('b', '')", ["ac"]),
    ("'abc'.replace('b', {})", []),
    ("'abc'.length()", [3]),
    ("''.length()", [0]),
    ("{}.length()", []),
    ("'abc'.toChars()", ["a", "b", "c"]),
    ("' a b '.trim()", ["a b"]),
    ("'a,b,,c'.split(',')", ["a", "b", "", "c"]),
    ("('a' | 'b').join('-')", ["a-b"]),
    ("('a' | 'b').join()", ["ab"]),
    ("{}.join(',')", []),
    ("name.given.join(' ')", ["Ada Augusta Ada A"]),
    ("'test'.encode('base64')", ["dGVzdA=="]),
    ("'dGVzdA=='.decode('base64')", ["test"]),
    ("'subjects?_d'.encode('urlbase64')", ["c3ViamVjdHM_X2Q="]),
    ("'test'.encode('hex')", ["74657374"]),
    ("'74657374'.decode('hex')", ["test"]),
    ("'zz'.decode('hex')", []),
    ("'1<2'.escape('html')", ["1&lt;2"]),
    ("'1&lt;2'.unescape('html')", ["1<2"]),
    ("'a\"b'.escape('json')", ['a\\"b']),
    ("'a\\\\\"b'.unescape('json')", ['a"b']),
    ("'abc'.matches('b')", [True]),
    ("'abc'.matches('^b$')", [False]),
    ("'abc'.matchesFull('b')", [False]),
    ("'abc'.matchesFull('a.c')", [True]),
    ("'a\\nb'.matches('a.b')", [True]),
    ("'N8000123123'.matches('^N[0-9]{8}$')", [False]),
    ("'N8000123'.matches('^N[0-9]{7}$')", [True]),
    ("{}.matches('a')", []),
    ("'11/30/1972'.replaceMatches('(\\\\d{2})/(\\\\d{2})/(\\\\d{4})', '$3-$1-$2')", ["1972-11-30"]),
    ("'ab'.replaceMatches('(?P<x>a)', '[${x}]')", ["[a]b"]),
    ("'a$'.replaceMatches('a', 'b')", ["b$"]),
    ("'abc'.replaceMatches('', 'x')", ["abc"]),
    ("birthDate.length()", [10]),
    ("birthDate.startsWith('1815')", [True]),
]

MATHS: list[Case] = [
    ("(-5).abs()", [5]),
    ("(-5.5).abs()", [D("5.5")]),
    ("(-5.5 'mg').abs() = 5.5 'mg'", [True]),
    ("1.1.ceiling()", [2]),
    ("(-1.1).ceiling()", [-1]),
    ("1.9.floor()", [1]),
    ("(-2.1).floor()", [-3]),
    ("1.9.truncate()", [1]),
    ("(-1.9).truncate()", [-1]),
    ("0.exp()", [D(1)]),
    ("1.ln()", [D(0)]),
    ("0.ln()", []),
    ("(-1).ln()", []),
    ("16.log(2)", [D(4)]),
    ("100.0.log(10.0)", [D(2)]),
    ("8.log(1)", []),
    ("2.power(3)", [8]),
    ("2.5.power(2)", [D("6.25")]),
    ("(-1).power(0.5)", []),
    ("2.power(-1)", [D("0.5")]),
    ("0.power(0)", [1]),
    ("0.power(-1)", []),
    ("(-1).power(3)", [-1]),
    ("(-1).power(1000001)", [-1]),
    ("0.power(5)", [0]),
    ("3.power(1)", [3]),
    ("10.power(30)", []),
    ("81.sqrt()", [D(9)]),
    ("(-1).sqrt()", []),
    ("1.round()", [D(1)]),
    ("3.14159.round(3)", [D("3.142")]),
    ("2.5.round()", [D(3)]),
    ("(1.2 / 1.8).round(2)", [D("0.67")]),
    ("{}.abs()", []),
    ("{}.round()", []),
    ("1.power({})", []),
]

UTILITY: list[Case] = [
    ("1.type().name", ["Integer"]),
    ("'a'.type().namespace", ["System"]),
    ("now() > @2020-01-01", [True]),
    ("now() = now()", [True]),
    ("today() > @2020-01-01", [True]),
    ("now() is DateTime", [True]),
    ("today() is Date", [True]),
    ("timeOfDay() is Time", [True]),
    ("now().toDate() = today()", [True]),
    ("name.trace('names').count()", [3]),
    ("name.trace('names', given).count()", [3]),
]

ALL = [*EXISTENCE, *FILTERING, *CONVERSION, *STRINGS, *MATHS, *UTILITY]


class _Anything:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(("expression", "expected"), ALL)
def test_function(expression: str, expected: list[Any]) -> None:
    found = of(expression)
    wanted = [_Anything() if type(value) is object else value for value in expected]
    assert found == wanted
    for value, want in zip(found, expected, strict=True):
        assert type(want) is object or isinstance(value, bool) == isinstance(want, bool)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("name.single()", "takes one item, found 3"),
        ("(1 | 'a').allTrue()", "takes booleans"),
        ("name.skip('a')", "takes an integer"),
        ("1.substring(0)", "takes a string, found Integer"),
        ("('a' | 'b').upper()", "takes one item"),
        ("'a'.abs()", "takes a number"),
        ("'a'.sqrt()", "takes a number"),
        ("1.round(-1)", "0 to 30 digits"),
        ("'a'.encode('rot13')", "knows hex"),
        ("'a'.matches('(')", "not a regular expression"),
        ("'a'.replaceMatches('a', '$7')", "not a replacement"),
        ("'a'.nothing()", "no function nothing"),
        ("name.where()", "takes 1 to 1 arguments, found 0"),
        ("name.count(1)", "takes no arguments, found 1"),
        ("iif(true)", "takes 2 to 3 arguments"),
        ("name.where(given)", "a condition takes one item"),
        ("'a'.memberOf('http://example.org/vs')", "needs a function 'memberOf'"),
        ("conformsTo('http://example.org/profile')", "needs a function 'conformsTo'"),
        ("%unknown", "variable %unknown is not given"),
        ("name.ofType(Nothing)", "no type Nothing"),
        ("name is 5", "did not expect '5'"),
        ("name.ofType('a')", "takes the name of a type"),
    ],
)
def test_misuse_is_told(expression: str, message: str) -> None:
    with pytest.raises(Invalid) as raised:
        of(expression)
    assert message in str(raised.value)


def test_trace_hands_over_and_passes_on() -> None:
    seen: list[Any] = []
    found = of(
        "name.trace('all', use).given.first()", env={"trace": lambda *args: seen.append(args)}
    )
    assert found == ["Ada"]
    assert seen == [("all", ["official", "usual", "maiden"])]


def test_arguments_see_the_input_of_the_whole_expression() -> None:
    assert of(
        "name.first().given.first().startsWith(name.first().given.first().substring(0, 1))"
    ) == [True]
