"""The first page of a chart: who is of the care team."""

from __future__ import annotations

import pytest

from osler.clinic.chart.opening import Member


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ngozi Adeyemi, MD", "NA"),
        ("Grace Tanaka, RN", "GT"),
        ("Dr. Lena Hartwell", "LH"),
        ("Osei", "O"),
    ],
)
def test_initials_are_of_the_name_and_not_of_the_degree(name: str, letters: str) -> None:
    assert Member(name=name, role="").initials == letters
