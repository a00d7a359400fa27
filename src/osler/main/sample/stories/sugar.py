"""Type 2 diabetes whose A1c follows the treatment, and kidneys that slowly lose function."""

from __future__ import annotations

from osler.main.sample import assays, facts, labs, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.treatments import prescribe

# weeks ago, A1c in percent, fasting glucose
_COURSE = (
    (208, 8.9, 205),
    (195, 8.1, 178),
    (182, 7.6, 162),
    (156, 7.4, 155),
    (130, 7.9, 171),
    (104, 8.3, 184),
    (91, 7.5, 158),
    (78, 7.1, 144),
    (52, 6.9, 138),
    (26, 6.8, 134),
    (10, 6.9, 136),
)


def diabetes(chart: Chart) -> None:
    """Metformin, then twice the dose, then a second drug: A1c from 8.9 to below 7."""
    height, weight = vitals.frame(chart)
    condition = None
    for weeks, a1c, glucose in _COURSE:
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Diabetes follow-up")
        if condition is None:
            condition = chart.problem(facts.DIABETES, visit)
            chart.problem(facts.OBESITY, visit)
            prescribe(chart, visit, facts.METFORMIN_500, condition, until=chart.weeks_ago(182))
            prescribe(
                chart, visit, facts.ATORVASTATIN_20, chart.problem(facts.HYPERLIPIDEMIA, visit)
            )
        vitals.body(chart, visit, height, weight - (208 - weeks) * 0.02 + 4)
        vitals.blood_pressure(chart, visit, *_pressure(chart))
        labs.single(chart, visit, assays.A1C, chart.random.gauss(a1c, 0.08))
        if weeks % 52 == 0:
            labs.metabolic(chart, visit, glucose=glucose)
            labs.lipids(chart, visit, ldl=142 if weeks == 208 else 84)
            labs.single(chart, visit, assays.URINE_ALBUMIN, abs(chart.random.gauss(14, 4)))
        if weeks == 182:
            prescribe(chart, visit, facts.METFORMIN_1000, condition)
        if weeks == 104:
            prescribe(chart, visit, facts.EMPAGLIFLOZIN, condition)
            findings = [f"A1c {a1c} % on metformin. Feet: pulses and sensation normal."]
            note(chart, visit, findings, ["Add empagliflozin 10 mg", "A1c in 3 months", "Eye exam"])
        if weeks == 10:
            findings = [f"A1c {a1c} %, no low sugars. Feet normal. Eye exam was in spring."]
            note(
                chart, visit, findings, ["Continue metformin and empagliflozin", "Back in 4 months"]
            )


def kidney(chart: Chart) -> None:
    """Creatinine rising slowly over three years."""
    condition = None
    for weeks, creatinine in (
        (156, 1.25),
        (130, 1.29),
        (104, 1.34),
        (78, 1.38),
        (52, 1.41),
        (16, 1.46),
    ):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Kidney check")
        condition = condition or chart.problem(facts.KIDNEY_DISEASE, visit)
        labs.metabolic(chart, visit, creatinine=creatinine)
        labs.single(chart, visit, assays.URINE_ALBUMIN, 60 + (156 - weeks) / 2)
        vitals.blood_pressure(chart, visit, *_pressure(chart))
        if weeks == 130:
            prescribe(chart, visit, facts.LOSARTAN_50, condition)


def _pressure(chart: Chart) -> tuple[int, int]:
    upper = round(chart.random.gauss(131, 5))
    return upper, round(upper * 0.45 + chart.random.gauss(21, 3))
