"""The LMS method: a value to its z-score and percentile, and back; https://www.cdc.gov/growthcharts/percentile_data_files.htm

WHO's rule for values beyond three standard deviations: WHO Child Growth Standards, Methods, 2006, chapter 7.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import NormalDist

_NORMAL = NormalDist()
_NEARLY_ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class Lms:
    """Skewness, median and variation of a measurement at one age or length."""

    l: float  # noqa: E741 - the method's own name
    m: float
    s: float

    def z(self, value: float) -> float:
        """How many standard deviations a value is from the median."""
        if abs(self.l) < _NEARLY_ZERO:
            return math.log(value / self.m) / self.s
        return float(((value / self.m) ** self.l - 1) / (self.l * self.s))

    def value(self, z: float) -> float:
        """The value at a z-score."""
        if abs(self.l) < _NEARLY_ZERO:
            return self.m * math.exp(self.s * z)
        return float(self.m * (1 + self.l * self.s * z) ** (1 / self.l))

    def restricted(self, value: float) -> float:
        """WHO's z-score of weights: beyond 3, by the distance between the second and third deviation."""
        z = self.z(value)
        if abs(z) <= 3:
            return z
        side = math.copysign(1, z)
        third, second = self.value(3 * side), self.value(2 * side)
        return side * (3 + abs(value - third) / abs(third - second))


def percentile(z: float) -> float:
    """The share of children below, from 0 to 100."""
    return 100 * _NORMAL.cdf(z)


def z_of(percentile: float) -> float:
    """The z-score of a percentile."""
    return _NORMAL.inv_cdf(percentile / 100)


def at(table: str, sex: str, x: float) -> Lms | None:
    """The values at x, on the straight line between two rows; None outside the table."""
    rows = _tables().get((table, sex[:1]))
    if rows is None or not rows[0][0] <= x <= rows[-1][0]:
        return None
    index = min(bisect_right(rows, x, key=lambda row: row[0]), len(rows) - 1)
    low, high = rows[index - 1], rows[index]
    share = (x - low[0]) / (high[0] - low[0])
    return Lms(*(a + (b - a) * share for a, b in zip(low[1:], high[1:], strict=True)))


def reach(table: str) -> tuple[float, float]:
    """The first and the last x of a table."""
    rows = _tables()[table, "f"]
    return rows[0][0], rows[-1][0]


@cache
def _tables() -> dict[tuple[str, str], list[tuple[float, float, float, float]]]:
    found: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    text = files("osler.clinic.growth").joinpath("lms.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith(("#", "chart\t")):
            continue
        table, sex, x, l, m, s = line.split("\t")  # noqa: E741 - as above
        found.setdefault((table, sex), []).append((float(x), float(l), float(m), float(s)))
    return found
