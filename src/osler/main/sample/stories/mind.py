"""Depression and anxiety, followed by questionnaire."""

from __future__ import annotations

from osler.main.sample import facts, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.treatments import prescribe


def depression(chart: Chart) -> None:
    """PHQ-9 from 17 to 4 on sertraline, with one change of dose."""
    condition = None
    for weeks, score in ((60, 17), (56, 14), (52, 13), (46, 9), (34, 6), (20, 4), (7, 4)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Low mood", minutes=30)
        vitals.phq9(chart, visit, score)
        vitals.usual(chart, visit)
        if condition is None:
            condition = chart.problem(facts.DEPRESSION, visit)
            prescribe(chart, visit, facts.SERTRALINE_50, condition, until=chart.weeks_ago(52))
            findings = ["Low mood and poor sleep for two months, no thoughts of self-harm."]
            note(chart, visit, findings, ["Sertraline 50 mg", "Counselling", "Back in 4 weeks"])
        if weeks == 52:
            prescribe(chart, visit, facts.SERTRALINE_100, condition)


def anxiety(chart: Chart) -> None:
    """Generalized anxiety, better on escitalopram."""
    condition = None
    for weeks in (40, 34, 22, 9):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Anxiety", minutes=30)
        vitals.usual(chart, visit)
        if condition is None:
            condition = chart.problem(facts.ANXIETY, visit)
            if chart.person.age >= 18:
                prescribe(chart, visit, facts.ESCITALOPRAM, condition)
