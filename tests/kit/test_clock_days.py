"""The day that is written is the practice's day, not that of UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from osler.kit import clock

EVENING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.fixture
def new_york() -> Iterator[None]:
    clock.days_of("America/New_York")
    yield
    clock.days_of("UTC")


def test_an_evening_in_new_york_is_not_tomorrow(new_york: None) -> None:
    with clock.frozen(EVENING):
        assert clock.today() == date(2026, 11, 22)


def test_without_a_zone_it_is_the_day_of_utc() -> None:
    with clock.frozen(EVENING):
        assert clock.today() == date(2026, 11, 23)


def test_a_course_that_ends_tonight_is_taken_tonight(new_york: None) -> None:
    from osler.clinic.medications.writing import _is_past

    with clock.frozen(EVENING):
        assert not _is_past("2026-11-23")
        assert _is_past("2026-11-22")
