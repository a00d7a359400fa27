"""Blood pressures of children: percentiles by sex, age and height, and the stages made of them.

American Academy of Pediatrics, Clinical Practice Guideline 2017, tables 3 to 5; https://doi.org/10.1542/peds.2017-1904
The table column of the nearest height is taken, as the guideline says; nothing is computed between two columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from osler.kit.words import N_

Stage = Literal["", "normal", "elevated", "stage1", "stage2"]
STAGES = {
    "elevated": N_("Elevated for age, sex and height"),
    "stage1": N_("Stage 1 by age, sex and height: measure again"),
    "stage2": N_("Stage 2 by age, sex and height: measure again now"),
}
TEEN_STAGES = {
    "elevated": N_("Elevated"),
    "stage1": N_("Stage 1: measure again"),
    "stage2": N_("Stage 2: measure again now"),
}
_STEP = 12
_SEVERE = 30
"""So much over the 95th percentile it is acute severe hypertension (the guideline, section 8)."""
_FAR = Decimal("0.85"), Decimal("1.15")
"""A height so far off the table is none of this age, or was mistyped."""
ADOLESCENT = 13
ADULT = 18


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one pressure at one sex, age and height: the 50th, 90th and 95th percentile."""

    p50: int
    p90: int
    p95: int

    @property
    def severe(self) -> int:
        """From here on it is severe."""
        return self.p95 + _SEVERE

    def band(self, value: Decimal) -> str:
        """Between which percentiles a pressure lies."""
        if value >= self.p95 + _STEP:
            return "≥95+12"
        if value >= self.p95:
            return "≥95"
        if value >= self.p90:
            return "90–95"
        return "50–90" if value >= self.p50 else "<50"


@dataclass(frozen=True, slots=True)
class Child:
    """What is expected of both pressures of one child."""

    systolic: Limits
    diastolic: Limits

    @property
    def elevated(self) -> tuple[int, int]:
        """From which pressures on it is elevated: the 90th percentile, or 120/80 where that is lower."""
        return min(self.systolic.p90, 120), min(self.diastolic.p90, 80)

    def stage(self, systolic: Decimal, diastolic: Decimal) -> Stage:
        """The worse of the two."""
        second = min(self.systolic.p95 + _STEP, 140), min(self.diastolic.p95 + _STEP, 90)
        first = min(self.systolic.p95, 130), min(self.diastolic.p95, 80)
        for name, (upper, lower) in (
            ("stage2", second),
            ("stage1", first),
            ("elevated", self.elevated),
        ):
            if systolic >= upper or diastolic >= lower:
                return name  # type: ignore[return-value]  # one of the stages
        return "normal"


def child(sex: str, age: Decimal, height: Decimal | None) -> Child | None:
    """The limits at 1 to 12 years; None without sex or height, or where the height is none of that age."""
    if height is None or not 1 <= age < ADOLESCENT or sex not in {"male", "female"}:
        return None
    rows = _table()[sex, int(age)]
    heights = rows["cm"]
    if not heights[0] * _FAR[0] <= height <= heights[-1] * _FAR[1]:
        return None
    at = min(range(len(heights)), key=lambda one: abs(heights[one] - height))
    upper, lower = (
        Limits(*(int(rows[f"{which}{percent}"][at]) for percent in (50, 90, 95)))
        for which in ("sys", "dia")
    )
    return Child(upper, lower)


def of_tallest(sex: str, age: Decimal) -> Child | None:
    """The limits of the tallest children of an age: the highest that there are."""
    return child(sex, age, _table()[sex, int(age)]["cm"][-1]) if 1 <= age < ADOLESCENT else None


def stage(
    sex: str, age: Decimal, height: Decimal | None, systolic: Decimal, diastolic: Decimal
) -> Stage:
    """The stage of a pressure until adulthood; "" where none can be told, as without a height."""
    if age >= ADULT or age < 1:
        return ""
    if age >= ADOLESCENT:
        if systolic >= 140 or diastolic >= 90:
            return "stage2"
        if systolic >= 130 or diastolic >= 80:
            return "stage1"
        return "elevated" if systolic >= 120 else "normal"
    found = child(sex, age, height)
    return "" if found is None else found.stage(systolic, diastolic)


def words(found: Stage, age: Decimal) -> str:
    """A stage as it is said (a msgid); nothing of a normal pressure."""
    return (TEEN_STAGES if age >= ADOLESCENT else STAGES).get(found, "")


@cache
def _table() -> dict[tuple[str, int], dict[str, list[Decimal]]]:
    made: dict[tuple[str, int], dict[str, list[Decimal]]] = {}
    text = files(__package__).joinpath("childhood.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith(("#", "sex")):
            continue
        sex, age, what, values = line.split("\t")
        made.setdefault((sex, int(age)), {})[what] = [Decimal(one) for one in values.split()]
    return made
