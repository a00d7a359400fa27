"""Things that come and go: a pregnancy, an infection, a sprain; and people who are well."""

from __future__ import annotations

from datetime import timedelta

from osler.main.sample import assays, care, facts, labs, vitals
from osler.main.sample.chart import FOLLOW_UP, SICK_VISIT, Chart, Visit
from osler.main.sample.documents import note
from osler.main.sample.make import SNOMED, Code
from osler.main.sample.treatments import prescribe

_WEEK = 24  # of the pregnancy, today
_PREGNANT = Code(SNOMED, "77386006", "Pregnant")


def pregnancy(chart: Chart) -> None:
    """In week 24 today; the child is due in 16 weeks."""
    _, weight = vitals.frame(chart)
    condition = None
    for ago, gain in ((15, 0.0), (11, 0.9), (7, 2.6), (3, 4.4)):
        visit = chart.visit(chart.weeks_ago(ago), FOLLOW_UP, "Prenatal visit", minutes=30)
        vitals.blood_pressure(chart, visit, 112 + ago % 3, 68)
        vitals.sign(chart, visit, vitals.WEIGHT, weight + gain)
        week = _WEEK - ago
        if week >= 12:
            vitals.sign(chart, visit, vitals.FETAL_HEART, round(chart.random.gauss(147, 4)))
        if week >= 20:
            vitals.sign(chart, visit, vitals.FUNDUS, week)
        if condition is None:
            condition = chart.problem(facts.PREGNANCY, visit, onset=chart.weeks_ago(_WEEK))
            prescribe(chart, visit, facts.FOLIC_ACID, condition)
            labs.blood_count(chart, visit, hemoglobin=12.6)
            labs.single(chart, visit, assays.TSH, 1.8)
            _expected(chart, visit)
        findings = [f"Week {week}. No bleeding, no headache."]
        note(chart, visit, findings, ["Folic acid", "Back in 4 weeks"])


def _expected(chart: Chart, visit: Visit) -> None:
    due = chart.today + timedelta(weeks=40 - _WEEK)
    care.answer(
        chart, "social-history", ("82810-3", "Pregnancy status"), visit.day, coded=_PREGNANT
    )
    code = ("11778-8", "Delivery date Estimated")
    care.answer(chart, "social-history", code, visit.day, when=due)


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
