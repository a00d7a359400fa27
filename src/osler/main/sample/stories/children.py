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
    (2, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (4, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (6, (facts.DTAP_HEPB_IPV, facts.HIB, facts.ROTAVIRUS)),
    (12, (facts.MMR, facts.VARICELLA, facts.HEPATITIS_A)),
    (15, (facts.DTAP, facts.HIB)),
    (18, (facts.HEPATITIS_A,)),
    (24, ()),
    (36, ()),
    (48, (facts.DTAP, facts.IPV, facts.MMR, facts.VARICELLA)),
    (60, ()),
    (84, ()),
    (108, ()),
    (132, (facts.TDAP, facts.HPV)),
    (144, (facts.HPV,)),
    (180, ()),
)
# Middle values of boys and girls taken together: months, cm, kg. In between a straight line is near enough.
_GROWTH = (
    (0, 50, 3.4), (2, 58, 5.4), (4, 63, 6.7), (6, 67, 7.6), (12, 75, 9.3), (18, 82, 10.6),
    (24, 87, 12.0), (36, 95, 14.2), (48, 102, 16.2), (60, 109, 18.3), (84, 122, 23),
    (108, 133, 28.5), (132, 144, 36.5), (144, 150, 41), (180, 165, 54), (216, 170, 62),
)  # fmt: skip


def growing_up(chart: Chart) -> None:
    """Every well child visit up to today, with growth and vaccines."""
    size = chart.random.gauss(1, 0.03)
    for months, vaccines in _SCHEDULE:
        day = _at_age(chart.born, months)
        if day > chart.today:
            break
        visit = chart.visit(day, WELL_CHILD, f"Well child visit at {_age(months)}", minutes=30)
        height, weight = _grown(months)
        vitals.body(chart, visit, height * size, weight * size**2)
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


def _grown(months: int) -> tuple[float, float]:
    """Height and weight at this age."""
    for (young, short, light), (old, tall, heavy) in pairwise(_GROWTH):
        if months <= old:
            part = (months - young) / (old - young)
            return short + (tall - short) * part, light + (heavy - light) * part
    return _GROWTH[-1][1], _GROWTH[-1][2]
