"""Dates of any precision in parameters are periods."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osler.kit.errors import Invalid
from osler.rest.instants import period


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", _at(2024, 1, 1), _at(2025, 1, 1)),
        ("2024-02", _at(2024, 2, 1), _at(2024, 3, 1)),
        ("2024-02-29", _at(2024, 2, 29), _at(2024, 3, 1)),
        ("2024-02-29T23:59", _at(2024, 2, 29, 23, 59), _at(2024, 3, 1)),
        ("2024-02-29T23:59:59Z", _at(2024, 2, 29, 23, 59, 59), _at(2024, 3, 1)),
        ("2024-01-01T00:00:00+01:00", _at(2023, 12, 31, 23), _at(2023, 12, 31, 23, 0, 1)),
        ("2024-01-01T00:00:00 01:00", _at(2023, 12, 31, 23), _at(2023, 12, 31, 23, 0, 1)),
        (
            "2024-01-01T00:00:00.5Z",
            _at(2024, 1, 1, 0, 0, 0, 500000),
            _at(2024, 1, 1, 0, 0, 0, 600000),
        ),
        (
            "2024-01-01T00:00:00.123Z",
            _at(2024, 1, 1, 0, 0, 0, 123000),
            _at(2024, 1, 1, 0, 0, 0, 124000),
        ),
    ],
)
def test_period(text: str, low: datetime, high: datetime) -> None:
    assert period(text, "_at") == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "24",
        "2024-13",
        "2024-02-30",
        "2024-1-1",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60Z",
        "0000",
        "9999",
        "0001-01-01T00:00:00+14:00",
        "2024-01-01T00:00:00+99:00",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Invalid):
        period(text, "_at")
