"""Which standard a measurement is compared to, and where it stands there.

WHO to 24 months and CDC from then on, as CDC recommends (MMWR 59 RR-9, 2010). Children born before 37 weeks are
compared at their corrected age until 24 months (American Academy of Pediatrics, 2004). CDC's extended percentiles
of 2022 above the 95th are not computed; how far above is said as percent of the 95th.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from osler.clinic.growth import lms
from osler.kit.words import N_

MONTH = 30.4375
"""Days, as WHO and CDC count them."""
TERM = 280
_EARLY = 37 * 7
_WHO_LINES = (3, 10, 25, 50, 75, 90, 97)
_CDC_LINES = (5, 10, 25, 50, 75, 90, 95)
_BMI_LINES = (5, 10, 25, 50, 75, 85, 90, 95)
_BY_WEIGHT = frozenset({"weight", "wfl", "bmi"})


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: of which measure, by which table, against months of age or cm of length."""

    key: str
    measure: str
    standard: str
    title: str
    lines: tuple[int, ...]
    by_length: bool = False

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where: months, or cm."""
        return lms.reach(self.key)


_CHARTS = (
    Chart("who-weight", "weight", "who", N_("Weight for age, birth to 2 years (WHO)"), _WHO_LINES),
    Chart("who-length", "length", "who", N_("Length for age, birth to 2 years (WHO)"), _WHO_LINES),
    Chart("who-wfl", "wfl", "who", N_("Weight for length (WHO)"), _WHO_LINES, by_length=True),
    Chart("who-head", "head", "who", N_("Head circumference, birth to 2 years (WHO)"), _WHO_LINES),
    Chart("who-bmi", "bmi", "who", N_("BMI for age, birth to 2 years (WHO)"), _WHO_LINES),
    Chart("cdc-weight", "weight", "cdc", N_("Weight for age, 2 to 20 years (CDC)"), _CDC_LINES),
    Chart("cdc-length", "length", "cdc", N_("Stature for age, 2 to 20 years (CDC)"), _CDC_LINES),
    Chart("cdc-bmi", "bmi", "cdc", N_("BMI for age, 2 to 20 years (CDC)"), _BMI_LINES),
    Chart("cdc-wfl", "wfl", "cdc", N_("Weight for stature (CDC)"), _CDC_LINES, by_length=True),
    Chart("cdc-head", "head", "cdc", N_("Head circumference, 2 to 3 years (CDC)"), _CDC_LINES),
)
CHARTS = {one.key: one for one in _CHARTS}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: z-score, percentile (0 to 100), and percent of the 95th where it is above."""

    z: float
    percentile: float
    of_95th: float | None = None

    @property
    def words(self) -> str:
        """The percentile as it is said: "42", "0.4", "99.6", "<0.1", ">99.9"."""
        if self.percentile < 0.1:
            return "<0.1"
        if self.percentile > 99.9:
            return ">99.9"
        if 1 <= self.percentile <= 99:
            return f"{self.percentile:.0f}"
        return f"{self.percentile:.1f}"


@dataclass(frozen=True, slots=True)
class Age:
    """Days since birth, and how many of them are taken off for an early birth."""

    days: int
    early: int = 0

    @property
    def months(self) -> float:
        """Age in months, corrected until 24 months."""
        whole = self.days / MONTH
        return max((self.days - self.early) / MONTH, 0) if whole < 24 else whole

    @property
    def corrected(self) -> bool:
        """Whether the months are corrected ones."""
        return bool(self.early) and self.days / MONTH < 24


def age(born: date, at: date, gestation: int | None = None) -> Age:
    """The age on a day; `gestation` in days at birth, where it is known."""
    early = TERM - gestation if gestation is not None and gestation < _EARLY else 0
    return Age((at - born).days, early)


def chart_of(measure: str, months: float) -> Chart | None:
    """The chart that a measurement at an age belongs to; None beyond 20 years."""
    if not 0 <= months <= 240:
        return None
    return CHARTS.get(f"{'who' if months < 24 else 'cdc'}-{measure}")


def place(chart: Chart, sex: str, x: float, value: float) -> Place | None:
    """Where a value (kg, cm, kg/m2) stands at x (months, or cm); None where the chart does not reach."""
    found = lms.at(chart.key, sex, x) if sex else None
    if found is None or value <= 0:
        return None
    restricted = chart.standard == "who" and chart.measure in _BY_WEIGHT
    z = found.restricted(value) if restricted else found.z(value)
    of_95th = None
    if chart.key == "cdc-bmi":
        limit = found.value(lms.z_of(95))
        of_95th = 100 * value / limit if value >= limit else None
    return Place(z, lms.percentile(z), of_95th)


def curve(chart: Chart, sex: str, percentile: int) -> list[tuple[float, float]]:
    """A percentile line: x and value, close enough together to look smooth."""
    low, high = chart.reach
    steps = 72
    z = lms.z_of(percentile)
    found = []
    for number in range(steps + 1):
        x = min(low + (high - low) * number / steps, high)
        row = lms.at(chart.key, sex, x)
        if row is not None:
            found.append((x, row.value(z)))
    return found
