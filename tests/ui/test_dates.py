"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from osler.kit.errors import Invalid
from osler.ui.dates import Partial, parse

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2014", "2014"),
        ("2014-03", "2014-03"),
        ("2014-3-4", "2014-03-04"),
        ("3/14/2014", "2014-03-14"),
        ("3-14-14", "2014-03-14"),
        ("03142014", "2014-03-14"),
        ("25/12/2014", "2014-12-25"),
        ("3/2014", "2014-03"),
        ("Mar 2014", "2014-03"),
        ("march 14, 2014", "2014-03-14"),
        ("14 Mar. 2014", "2014-03-14"),
        ("14th of March 2014", "2014-03-14"),
        ("2014 Mar 14", "2014-03-14"),
        ("Sept 2014", "2014-09"),
        ("5/2/61", "1961-05-02"),
        ("today", "2026-11-22"),
        (" T ", "2026-11-22"),
        ("yesterday", "2026-11-21"),
        ("t-2w", "2026-11-08"),
        ("t+3d", "2026-11-25"),
        ("-3", "2026-11-19"),
        ("t - 1m", "2026-10-22"),
        ("t-2y", "2024-11-22"),
        ("2 weeks ago", "2026-11-08"),
        ("3 months ago", "2026-08"),
        ("a year ago", "2025"),
        ("hace 2 años", "2024"),
    ],
)
def test_as_typed(typed: str, meant: str) -> None:
    assert parse(typed, today=TODAY).fhir == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("14/3/2014", "2014-03-14"),
        ("3/4/2014", "2014-04-03"),
        ("14 de marzo de 2014", "2014-03-14"),
        ("ene. 2014", "2014-01"),
        ("mañana", "2026-11-23"),
        ("March 2014", "2014-03"),
    ],
)
def test_in_spanish_the_day_comes_first(typed: str, meant: str) -> None:
    assert parse(typed, today=TODAY, language="es").fhir == meant


@pytest.mark.parametrize(
    "typed",
    ["", "2/30/2014", "13/13/2014", "Foo 2014", "Mar 14", "t-2x", "1066", "99999", "t-9999y"],
)
def test_what_is_no_date_says_what_would_be(typed: str) -> None:
    with pytest.raises(Invalid, match="t-2w"):
        parse(typed, today=TODAY)


def test_a_month_without_a_day_spans_it() -> None:
    february = Partial(2024, 2)
    assert (february.earliest, february.latest) == (date(2024, 2, 1), date(2024, 2, 29))


def test_the_last_day_of_a_shorter_month() -> None:
    assert parse("t-1m", today=date(2026, 3, 31)).fhir == "2026-02-28"
