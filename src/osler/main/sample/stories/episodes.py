"""Things that come and go: a pregnancy, an infection, a sprain; and people who are well."""

from __future__ import annotations

from datetime import timedelta

from osler.main.sample import facts, labs, vitals
from osler.main.sample.chart import FOLLOW_UP, SICK_VISIT, Chart
from osler.main.sample.treatments import prescribe


def pregnancy(chart: Chart) -> None:
    """In the second trimester today."""
    _, weight = vitals.frame(chart)
    condition = None
    for weeks, gain in ((15, 0.0), (11, 0.9), (7, 2.6), (3, 4.4)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Prenatal visit", minutes=30)
        vitals.blood_pressure(chart, visit, 112 + weeks % 3, 68)
        vitals.sign(chart, visit, vitals.WEIGHT, weight + gain)
        if condition is None:
            condition = chart.problem(facts.PREGNANCY, visit, onset=chart.weeks_ago(21))
            prescribe(chart, visit, facts.FOLIC_ACID, condition)
            labs.blood_count(chart, visit, hemoglobin=12.6)


def urinary_infection(chart: Chart) -> None:
    """Five days of an antibiotic, and it was over."""
    visit = chart.visit(chart.weeks_ago(18), SICK_VISIT, "Burning on urination")
    vitals.usual(chart, visit, fever=0.4)
    over = visit.day + timedelta(days=7)
    condition = chart.problem(facts.URINARY_INFECTION, visit, resolved=over)
    prescribe(chart, visit, facts.NITROFURANTOIN, condition, until=over)


def ankle(chart: Chart) -> None:
    """Twisted at football."""
    visit = chart.visit(chart.weeks_ago(14), SICK_VISIT, "Twisted ankle")
    healed = visit.day + timedelta(days=42)
    condition = chart.problem(facts.ANKLE_SPRAIN, visit, resolved=healed)
    prescribe(chart, visit, facts.ACETAMINOPHEN, condition, until=healed)


def well(chart: Chart) -> None:
    """A cold now and then."""
    visit = chart.visit(chart.weeks_ago(38), SICK_VISIT, "Cough and cold")
    vitals.usual(chart, visit, fever=0.6)
    chart.problem(facts.COLD, visit, resolved=visit.day + timedelta(days=9))
