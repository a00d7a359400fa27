"""Birth dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.clinic.patients.dates import meanings, split

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3/14/68", "1968-03-14"),
        ("14.3.1968", "1968-03-14"),
        ("Mar 14 1968", "1968-03-14"),
        ("March 14, 1968", "1968-03-14"),
        ("14 marzo 1968", "1968-03-14"),
        ("14 de marzo de 1968", "1968-03-14"),
        ("14th of March 1968", "1968-03-14"),
        ("1968 Mar 14", "1968-03-14"),
        ("1968-03-14", "1968-03-14"),
        ("1968/3/14", "1968-03-14"),
        ("19680314", "1968-03-14"),
        ("03141968", "1968-03-14"),
        ("031468", "1968-03-14"),
        ("3 14 1968", "1968-03-14"),
        ("3-14-'68", "1968-03-14"),
        ("3/4/1968", "1968-03-04 1968-04-03"),
        ("3/3/1968", "1968-03-03"),
        ("3/4/14", "2014-03-04 2014-04-03 1914-03-04 1914-04-03"),
        ("Mar 1968", "1968-03"),
        ("3/1968", "1968-03"),
        ("1968-03", "1968-03"),
        ("2/30/1968", ""),
        ("13/13/1968", ""),
        ("1/1/2027", ""),
        ("6/2/26", "2026-02-06 1926-06-02 1926-02-06"),
        ("okafor", ""),
        ("617-555-0142", ""),
        ("", ""),
    ],
)
def test_a_date_in_any_format(text: str, found: str) -> None:
    assert meanings(text, TODAY) == tuple(found.split())


@pytest.mark.parametrize("text", ["okafor 3/14/68", "3/14/68 okafor", "okafor 1968-03-14"])
def test_a_date_beside_a_name(text: str) -> None:
    assert split(text, TODAY)[:2] == ("okafor", ("1968-03-14",))


@given(st.dates(date(1900, 1, 1), TODAY))
def test_however_it_is_written_the_day_is_among_the_meanings(day: date) -> None:
    written = (
        "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%y", "%b %d %Y", "%B %d, %Y",
        "%d %b %Y", "%d %B %y", "%Y%m%d", "%m%d%Y", "%d%m%Y", "%Y %b %d",
    )  # fmt: skip
    for form in written:
        assert day.isoformat() in meanings(day.strftime(form), TODAY), form


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_no_day_is_in_the_future(text: str) -> None:
    rest, found, taken = split(text, TODAY)
    assert all(one <= TODAY.isoformat() for one in found)
    assert bool(found) == bool(taken)
    assert found or rest == text


def test_four_digits_are_a_year_beside_a_name_alone() -> None:
    assert split("gonzalez 1981", TODAY) == ("gonzalez", ("1981",), "1981")
    for text in ("1981", "555 1981", "L100042 198", "okafor 2999"):
        assert split(text, TODAY)[1] == (), text
