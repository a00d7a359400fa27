"""Children's pressures by sex, age and height as the American Academy of Pediatrics has them; what is asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from osler.clinic.vitals.bounds import unusual
from osler.clinic.vitals.childhood import STAGES, Stage, _table, child, stage
from osler.clinic.vitals.observing import About, panel
from osler.clinic.vitals.parsing import Measure, Pressure
from osler.clinic.vitals.ranges import _LOOK, expected
from osler.clinic.vitals.reading import Person, read


def test_the_whole_table_is_there_and_rises() -> None:
    table = _table()
    assert set(table) == {(sex, age) for sex in ("male", "female") for age in range(1, 13)}
    for rows in table.values():
        assert set(rows) == {"cm", *(f"{w}{p}" for w in ("sys", "dia") for p in (50, 90, 95))}
        for row in rows.values():
            assert len(row) == 7
            assert row == sorted(row)
        for which in ("sys", "dia"):
            lines = zip(*(rows[f"{which}{p}"] for p in (50, 90, 95)), strict=True)
            assert all(half < ninety < most for half, ninety, most in lines)


def test_the_screening_table_is_the_90th_percentile_of_the_shortest() -> None:
    """Table 6 of the guideline was made of the same numbers, and was entered apart from them."""
    for age, pair in _LOOK.items():
        for sex, (upper, lower) in zip(("male", "female"), pair, strict=True):
            rows = _table()[sex, age]
            assert rows["sys90"][0] == upper, (sex, age)
            assert rows["dia90"][0] == lower, (sex, age)


@pytest.mark.parametrize(
    ("sex", "age", "height", "upper", "lower"),
    [  # As printed in tables 4 and 5.
        ("male", 5, "112.4", (94, 106, 109), (53, 65, 69)),
        ("male", 10, "152.7", (103, 116, 121), (64, 76, 78)),
        ("male", 8, "121.4", (95, 107, 111), (57, 69, 72)),
        ("female", 7, "124.9", (95, 109, 112), (57, 70, 73)),
        ("female", 12, "166.4", (108, 122, 126), (65, 76, 79)),
        ("female", 1, "75.4", (84, 98, 101), (41, 54, 59)),
        ("male", 5, "110.6", (93, 105, 109), (52, 65, 68)),  # The nearer of two heights.
    ],
)
def test_percentiles_as_printed(
    sex: str, age: int, height: str, upper: tuple[int, ...], lower: tuple[int, ...]
) -> None:
    found = child(sex, Decimal(age), Decimal(height))
    assert found is not None
    assert (found.systolic.p50, found.systolic.p90, found.systolic.p95) == upper
    assert (found.diastolic.p50, found.diastolic.p90, found.diastolic.p95) == lower


@pytest.mark.parametrize(
    ("sex", "age", "height", "pressure", "said"),
    [  # Boy of 5, 112.4 cm: 90th 106/65, 95th 109/69. Boy of 12 at the 95th height: 90th 122, so 120 counts.
        ("male", "5.5", "112.4", (105, 64), "normal"),
        ("male", "5.5", "112.4", (106, 60), "elevated"),
        ("male", "5.5", "112.4", (100, 65), "elevated"),
        ("male", "5.5", "112.4", (109, 60), "stage1"),
        ("male", "5.5", "112.4", (100, 80), "stage1"),
        ("male", "5.5", "112.4", (121, 60), "stage2"),
        ("male", "5.5", "112.4", (100, 81), "stage2"),
        ("male", "12", "165.5", (119, 70), "normal"),
        ("male", "12", "165.5", (120, 70), "elevated"),
        ("male", "12", "165.5", (128, 70), "stage1"),
        ("male", "12", "165.5", (140, 70), "stage2"),
        ("female", "13", None, (119, 79), "normal"),
        ("female", "13", None, (120, 79), "elevated"),
        ("male", "17.9", None, (130, 70), "stage1"),
        ("male", "17.9", None, (110, 80), "stage1"),
        ("male", "17.9", None, (140, 70), "stage2"),
        ("male", "17.9", None, (110, 90), "stage2"),
        ("male", "18", None, (180, 110), ""),
        ("male", "5.5", None, (130, 90), ""),
        ("", "5.5", "112.4", (130, 90), ""),
        ("male", "5.5", "44", (130, 90), ""),
        ("male", "0.5", "66", (130, 90), ""),
    ],
)
def test_stages(
    sex: str, age: str, height: str | None, pressure: tuple[int, int], said: Stage
) -> None:
    tall = None if height is None else Decimal(height)
    assert stage(sex, Decimal(age), tall, *map(Decimal, pressure)) == said


def test_bands() -> None:
    found = child("male", Decimal(5), Decimal("112.4"))
    assert found is not None
    said = [found.systolic.band(Decimal(one)) for one in (93, 94, 106, 109, 121)]
    assert said == ["<50", "50–90", "90–95", "≥95", "≥95+12"]


def test_a_tall_child_is_marked_by_their_own_height_and_told_the_stage() -> None:
    born, at = date(2020, 11, 1), datetime(2026, 11, 22, 15, tzinfo=UTC)

    def taken(height: Decimal | None, upper: int) -> tuple[str, str | None, tuple[str, ...]]:
        who = Person(born, "male", height)
        about = About("p", at, "", "", "", who)
        made = panel(about, Pressure(Decimal(upper), Decimal(60)), {})
        concept = (made.interpretation or [])[0]
        found = read(made, who)
        assert found is not None
        return (concept.coding or [])[0].code or "", concept.text, found.details

    tall = Decimal("127.5")  # Boy of 6 at the 95th percentile: 90th 110, 95th 114.
    assert taken(None, 106)[:2] == ("H", None)
    assert taken(tall, 106)[:2] == ("N", None)
    assert taken(tall, 115) == ("H", STAGES["stage1"], (STAGES["stage1"],))
    assert taken(tall, 144)[0] == "HH"


# ---- what is asked about


def asked(key: str, value: str, age: str, unit: str = "", sex: str = "female") -> str:
    units = {"sys": "mm[Hg]", "dia": "mm[Hg]", "temp": "Cel", "spo2": "%"}
    own = units.get(key, "/min")
    range = expected(key, Decimal(age), sex)  # type: ignore[arg-type]  # one of the sexes
    return str(unusual(key, Measure(Decimal(value), unit or own), range, own))


@pytest.mark.parametrize("age", ["13", "16", "18", "40", "65", "92"])
@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("sys", "88 96 110 128 145 162 180"),
        ("dia", "48 55 70 83 92 104 118"),
        ("hr", "45 52 60 88 104 120"),
        ("rr", "10 12 18 20 24"),
        ("temp", "35.4 36.2 37.4 38.6 39.8"),
        ("spo2", "88 91 94 97 100"),
    ],
)
def test_what_grown_ups_have_every_day_is_never_asked_about(
    age: str, key: str, values: str
) -> None:
    assert [one for one in values.split() if asked(key, one, age)] == []


@pytest.mark.parametrize(
    ("key", "value", "age"),
    [
        ("sys", "80", "40"), ("sys", "181", "40"), ("dia", "12", "40"), ("dia", "121", "40"),
        ("hr", "40", "40"), ("hr", "131", "40"), ("rr", "8", "40"), ("rr", "25", "40"),
        ("temp", "35.0", "40"), ("temp", "40.0", "40"), ("spo2", "87", "40"),
        ("sys", "69", "0.5"), ("sys", "59", "0.01"), ("sys", "79", "5"), ("sys", "89", "11"),
        ("hr", "79", "0.5"), ("hr", "220", "0.5"), ("hr", "180", "5"), ("hr", "58", "4"),
        ("sys", "152", "6"), ("dia", "110", "6"),
    ],
)  # fmt: skip
def test_what_is_dangerous_or_mistyped_is_asked_about(key: str, value: str, age: str) -> None:
    assert "is unusual" in asked(key, value, age)


@pytest.mark.parametrize(
    ("key", "value", "age"),
    [
        ("sys", "110", "0.5"), ("dia", "83", "0.5"), ("dia", "83", "1"), ("sys", "126", "6"),
        ("dia", "83", "6"), ("hr", "200", "0.02"), ("hr", "90", "0.5"), ("hr", "150", "2"),
        ("hr", "66", "7"), ("rr", "58", "0.2"), ("rr", "40", "2"),
    ],
)  # fmt: skip
def test_what_a_crying_or_sleeping_child_has_is_not(key: str, value: str, age: str) -> None:
    assert asked(key, value, age) == ""


def test_the_question_says_of_what_and_what_is_expected() -> None:
    assert asked("dia", "124", "40") == (
        "Diastolic pressure: 124 mmHg is unusual. Expected is 60 to 79. Is it right?"
    )
    assert asked("spo2", "80", "40") == (
        "Oxygen saturation: 80 % is unusual. Expected is 95 or more. Is it right?"
    )
    assert asked("temp", "104.5", "40", "[degF]") == (
        "Temperature: 104.5 °F is unusual. Expected is 96.8 to 100.2. Is it right?"
    )
