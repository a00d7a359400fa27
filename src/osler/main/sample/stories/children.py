"""Children: growth, well child visits with their vaccines, ears and skin."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from osler.main.sample import facts, vitals
from osler.main.sample.chart import SICK_VISIT, WELL_CHILD, Chart
from osler.main.sample.make import Code
from osler.main.sample.treatments import prescribe, vaccinate

# Age in months at the visit, and what is given then.
_SCHEDULE: tuple[tuple[int, tuple[Code, ...]], ...] = (
    (1, ()),
    (2, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (4, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (6, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (9, ()),
    (12, (facts.MMR, facts.VARICELLA, facts.HEPATITIS_A)),
    (15, (facts.DTAP, facts.HIB)),
    (18, (facts.HEPATITIS_A,)),
    (24, ()),
    (30, ()),
    (36, ()),
    (48, (facts.DTAP, facts.IPV, facts.MMR, facts.VARICELLA)),
    (60, ()),
    (72, ()),
    (84, ()),
    (96, ()),
    (108, ()),
    (120, ()),
    (132, (facts.TDAP, facts.HPV)),
    (144, (facts.HPV,)),
    (156, ()),
    (168, ()),
    (180, ()),
    (192, ()),
)
# Medians: months, cm, kg, head in cm (0: no longer measured). WHO Child Growth Standards 2006 below
# two years, CDC growth charts 2000 from then on.
_GROWTH = {
    "female": (
        (0, 49.1, 3.2, 33.9), (1, 53.7, 4.2, 36.5), (2, 57.1, 5.1, 38.3), (4, 62.1, 6.4, 40.6),
        (6, 65.7, 7.3, 42.2), (9, 70.1, 8.2, 43.8), (12, 74.0, 8.9, 44.9), (15, 77.5, 9.6, 45.7),
        (18, 80.7, 10.2, 46.2), (24, 85.0, 12.1, 47.2), (30, 89.6, 12.9, 48.1),
        (36, 93.6, 13.8, 48.6), (48, 100.5, 15.7, 0), (60, 107.4, 17.8, 0), (72, 114.4, 20.1, 0),
        (84, 121.2, 22.6, 0), (96, 127.4, 25.5, 0), (108, 132.7, 28.8, 0), (120, 137.8, 32.7, 0),
        (132, 143.7, 37.0, 0), (144, 150.9, 41.5, 0), (156, 157.0, 45.7, 0), (168, 160.3, 49.2, 0),
        (180, 161.8, 51.9, 0), (192, 162.5, 53.8, 0), (204, 162.9, 55.1, 0), (216, 163.1, 56.1, 0),
    ),
    "male": (
        (0, 49.9, 3.3, 34.5), (1, 54.7, 4.5, 37.3), (2, 58.4, 5.6, 39.1), (4, 63.9, 7.0, 41.6),
        (6, 67.6, 7.9, 43.3), (9, 72.0, 8.9, 45.0), (12, 75.7, 9.6, 46.1), (15, 79.1, 10.3, 46.8),
        (18, 82.3, 10.9, 47.4), (24, 86.5, 12.7, 48.3), (30, 90.6, 13.4, 49.2),
        (36, 94.6, 14.3, 49.7), (48, 101.9, 16.1, 0), (60, 108.6, 18.3, 0), (72, 115.1, 20.6, 0),
        (84, 121.5, 23.0, 0), (96, 127.6, 25.5, 0), (108, 133.3, 28.4, 0), (120, 138.4, 31.8, 0),
        (132, 143.3, 35.7, 0), (144, 148.8, 40.3, 0), (156, 155.8, 45.4, 0), (168, 163.5, 50.8, 0),
        (180, 169.7, 56.1, 0), (192, 173.4, 60.7, 0), (204, 175.2, 64.4, 0), (216, 176.1, 67.1, 0),
    ),
}  # fmt: skip


def growing_up(chart: Chart) -> None:
    """Every well child visit up to today, with growth and vaccines."""
    size = min(1.06, max(0.95, chart.random.gauss(1, 0.025)))
    vaccinate(chart, facts.HEPATITIS_B, chart.born)
    for months, vaccines in _SCHEDULE:
        day = _at_age(chart.born, months)
        if day > chart.today:
            break
        visit = chart.visit(day, WELL_CHILD, f"Well child visit at {_age(months)}", minutes=30)
        height, weight, head = _grown(chart.person.sex, months)
        near = chart.random.gauss(1, 0.012)
        vitals.body(chart, visit, height * size, weight * size**2 * near)
        if head:
            vitals.sign(chart, visit, vitals.HEAD, head * (1 + (size - 1) / 2))
        vitals.usual(chart, visit)
        if months >= 36:
            upper = round(85 + months / 5 + chart.random.gauss(0, 3))
            vitals.blood_pressure(chart, visit, upper, round(upper * 0.6))
        for vaccine in vaccines:
            vaccinate(chart, vaccine, visit.day, visit)


def ear_infection(chart: Chart) -> None:
    """With fever and amoxicillin."""
    visit = chart.visit(chart.weeks_ago(12), SICK_VISIT, "Ear pain and fever")
    vitals.usual(chart, visit, fever=1.9)
    over = visit.day + timedelta(days=10)
    condition = chart.problem(facts.EAR_INFECTION, visit, resolved=over)
    prescribe(chart, visit, facts.AMOXICILLIN_LIQUID, condition, until=over)


def eczema(chart: Chart) -> None:
    """Dry itchy skin in the bends of arms and knees."""
    visit = chart.visit(chart.weeks_ago(60), SICK_VISIT, "Itchy skin")
    vitals.usual(chart, visit)
    chart.problem(facts.ECZEMA, visit)


def _at_age(born: date, months: int) -> date:
    day = born + timedelta(days=round(months * 30.44))
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _age(months: int) -> str:
    return f"{months} months" if months < 24 else f"{months // 12} years"


def _grown(sex: str, months: int) -> tuple[float, float, float]:
    """Height, weight and head (0: not measured) at this age."""
    table = _GROWTH[sex]
    for (young, *small), (old, *big) in pairwise(table):
        if months <= old:
            part = (months - young) / (old - young)
            height, weight = (a + (b - a) * part for a, b in zip(small[:2], big[:2], strict=True))
            head = small[2] + (big[2] - small[2]) * part if small[2] and big[2] else 0.0
            return height, weight, head
    return table[-1][1], table[-1][2], 0.0
