from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fhir.path.cases import WEIGHT, of

from osler.fhir.path import temporal
from osler.kit import clock

CASES: list[tuple[str, list[Any]]] = [
    # The same precision decides.
    ("@2020-01-01 = @2020-01-01", [True]),
    ("@2020-01-01 = @2020-01-02", [False]),
    ("@2020 = @2020", [True]),
    ("@2020-01-01 < @2020-01-02", [True]),
    ("@2020-02 >= @2020-02", [True]),
    ("@2020-02 > @2020-02", [False]),
    ("@T10:30 < @T10:31", [True]),
    ("@T10:30:00 = @T10:30:00.000", [True]),
    ("@T10:30:00.1 > @T10:30:00", [True]),
    # Another precision decides only where the spans do not overlap.
    ("@2020 = @2020-01", []),
    ("@2020 = @2021-01", [False]),
    ("@2020 != @2020-01-01", []),
    ("@2020 < @2020-06", []),
    ("@2020 < @2021-01-01", [True]),
    ("@2020-06 > @2019", [True]),
    ("@2020-01-01T10 = @2020-01-01T10:30", []),
    ("@2020-01-01T10:30 < @2020-01-01T10:30:30", []),
    ("@2020-01-01T10:30 < @2020-01-01T10:31:00", [True]),
    ("@T10 = @T10:30", []),
    ("@T10 < @T11:30", [True]),
    ("@2020-01-01 = @2020-01-01T", [True]),
    ("@2020T = @2020", [True]),
    # Offsets.
    ("@2020-01-01T10:00:00Z = @2020-01-01T12:00:00+02:00", [True]),
    ("@2020-01-01T10:00:00Z < @2020-01-01T10:00:00-01:00", [True]),
    ("@2020-01-01T10:00:00 = @2020-01-01T10:00:00Z", []),
    ("@2020-01-01T10:00:00 < @2020-01-03T10:00:00Z", [True]),
    ("@2020-01-01 < @2020-01-01T23:00:00Z", []),
    ("@2020-01-01 < @2020-01-04T00:00:00Z", [True]),
    # Equivalence always answers.
    ("@2020 ~ @2020-01", [False]),
    ("@2020-01-01T10:00:00Z ~ @2020-01-01T11:00:00+01:00", [True]),
    ("@2020 ~ @2020", [True]),
    ("@T10:00 ~ @T10:00", [True]),
    # Other types.
    ("@2020 = '2020'", [False]),
    ("@T10:00 = @2020", [False]),
    # Elements.
    ("birthDate = @1815-12-10", [True]),
    ("birthDate = '1815-12-10'", [True]),
    ("birthDate != '1815-12-11'", [True]),
    ("birthDate < deceased", [True]),
    ("birthDate < '1900-01-01'", [True]),
    ("birthDate <= today()", [True]),
    ("name.period.start < @1816", [True]),
    ("name.period.start = @1815-12-01", []),
    ("meta.lastUpdated = @2024-05-06T05:08:09.123Z", [True]),
    ("birthDate in (@1815-12-10 | @2000-01-01)", [True]),
    ("(@2020-01-01T10:00:00Z | @2020-01-01T11:00:00+01:00).count()", [1]),
    # Arithmetic.
    ("@2020-01-31 + 1 month", ["2020-02-29"]),
    ("@2019-01-31 + 1 month", ["2019-02-28"]),
    ("@2020-02-29 + 1 year", ["2021-02-28"]),
    ("@2020-02-29 - 1 day", ["2020-02-28"]),
    ("@2020-03-01 - 1 day", ["2020-02-29"]),
    ("@2020-01-01 + 2 weeks", ["2020-01-15"]),
    ("@2014 + 24 months", ["2016"]),
    ("@2014 + 23 months", ["2015"]),
    ("@2019-03 + 1 year", ["2020-03"]),
    ("@2019-03 - 3 months", ["2018-12"]),
    ("@2019-03-01 + 25 hours", ["2019-03-02"]),
    ("@2020-01-01T10:00:00Z + 90 minutes", ["2020-01-01T11:30:00Z"]),
    ("@2020-01-01T23:59:59.5+02:00 + 1 second", ["2020-01-02T00:00:00.5+02:00"]),
    ("@2020-01-01T10:00:00 + 1500 milliseconds", ["2020-01-01T10:00:01.5"]),
    ("@2020-01-01T10:00:00.000Z + 5 milliseconds", ["2020-01-01T10:00:00.005Z"]),
    ("@2020-01-01T10 + 90 minutes", ["2020-01-01T11"]),
    ("@T23:30 + 1 hour", ["00:30"]),
    ("@T00:00:10 - 20 seconds", ["23:59:50"]),
    ("@2020-01-01 + 7 'd'", ["2020-01-08"]),
    ("@2020-01-01T00:00:00 + 2 'h'", ["2020-01-01T02:00:00"]),
    ("@9999-12-31 + 1 day", []),
    ("@0001-01-01 - 1 day", []),
    ("@0001-01-01 - 1 year", []),
    ("@2020-01-01 + 99999999999999 years", []),
    ("@2020-01-01 + {}", []),
    ("birthDate + 200 years < today()", [True]),
    ("today() - 200 years > birthDate", [True]),
    ("@2020-01-01T10:00:00Z.type().name", ["DateTime"]),
    ("@2020-01-01 is Date", [True]),
    ("@T10:00 is Time", [True]),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_dates_and_times(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected


def test_an_instant_of_the_future_clock() -> None:
    with clock.frozen(datetime(2030, 4, 5, 6, 7, 8, 9000, UTC)):
        assert of("now()") == ["2030-04-05T06:07:08.009Z"]
        assert of("today()") == ["2030-04-05"]
        assert of("timeOfDay()") == ["06:07:08.009"]
        assert of("effective < now()", WEIGHT) == [True]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2020-13", "date"),
        ("2020-02-30", "date"),
        ("2021-02-29", "date"),
        ("0000", "date"),
        ("2020-01-01T10:00:00Z", "date"),
        ("2020-01-01T24:00:00Z", "dateTime"),
        ("2020-01-01T10:60:00Z", "dateTime"),
        ("2020-01-01T10:00:00+15:00", "dateTime"),
        ("20200101", "date"),
        ("10:61", "time"),
        ("", "date"),
        ("2020-1-1", "date"),
        ("２０２０", "date"),
    ],
)
def test_what_is_no_date(text: str, kind: str) -> None:
    assert temporal.parse(text, kind) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2020", "date"),
        ("2020-02-29", "date"),
        ("2020-02", "dateTime"),
        ("2020-01-01T10:00:00.123456789+14:00", "dateTime"),
        ("2016-12-31T23:59:60Z", "instant"),
        ("10:30:00.5", "time"),
    ],
)
def test_what_is_written_stays_as_written(text: str, kind: str) -> None:
    value = temporal.parse(text, kind)
    assert value is not None
    assert str(value) == text


def test_order_is_the_converse_of_its_converse() -> None:
    values = [
        temporal.parse(text, "dateTime")
        for text in (
            "2020",
            "2020-06",
            "2020-06-15",
            "2020-06-15T10:00:00Z",
            "2020-06-15T10:00:00",
            "2021",
        )
    ]
    for a in values:
        for b in values:
            assert a is not None
            assert b is not None
            assert temporal.equal(a, b) == temporal.equal(b, a)
            at_most = temporal.less(b, a, or_equal=True)
            assert temporal.less(a, b) == (None if at_most is None else not at_most)
