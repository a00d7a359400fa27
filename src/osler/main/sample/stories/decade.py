"""Twelve years of diabetes, kidneys and heart in one chart, with hundreds of results."""

from __future__ import annotations

from osler.fhir import r4
from osler.main.sample import assays, diagnoses, facts, labs, pharmacy, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart, Visit
from osler.main.sample.documents import note
from osler.main.sample.treatments import prescribe

_YEARS = 12
_EVERY = 13  # weeks
_A1C = (9.4, 8.2, 7.6, 7.3, 7.1, 7.4, 7.8, 8.1, 7.7, 7.4, 7.6, 7.9)  # by year
_CREATININE = (0.95, 0.98, 1.02, 1.06, 1.12, 1.18, 1.26, 1.36, 1.5, 1.66, 1.82, 1.98)
_ALBUMIN = (12, 18, 26, 34, 48, 70, 96, 140, 190, 260, 330, 410)


def decade(chart: Chart) -> None:
    """Every quarter for twelve years."""
    start = _YEARS * 52
    first = chart.visit(chart.weeks_ago(start + 2), FOLLOW_UP, "New diabetes", minutes=40)
    diabetes = chart.problem(facts.DIABETES, first)
    tension = chart.problem(facts.HYPERTENSION, first)
    lipids = chart.problem(facts.HYPERLIPIDEMIA, first)
    prescribe(chart, first, facts.METFORMIN_500, diabetes, until=chart.weeks_ago(start - 52))
    prescribe(chart, first, facts.LISINOPRIL_10, tension, until=chart.weeks_ago(start - 130))
    prescribe(chart, first, facts.ATORVASTATIN_40, lipids)
    for quarter in range(4 * _YEARS):
        visit = chart.visit(
            chart.weeks_ago(start - _EVERY * quarter - 6), FOLLOW_UP, "Diabetes follow-up"
        )
        _measured(chart, visit, quarter)
        _treated(chart, visit, quarter, diabetes, tension)
        if quarter % 4 == 3:
            year = quarter // 4
            findings = [f"A1c {_A1C[year]} %, creatinine {_CREATININE[year]}. Feet checked."]
            note(chart, visit, findings, ["Eye exam", "Kidneys again in 3 months"])


def _measured(chart: Chart, visit: Visit, quarter: int) -> None:
    year = quarter // 4
    near = chart.random.gauss
    upper = round(near(138 - year / 2, 5))
    height, weight = vitals.frame(chart)
    vitals.body(chart, visit, height, near(weight + 5 - year * 0.4, 0.6))
    vitals.blood_pressure(chart, visit, upper, round(upper * 0.45 + 20))
    vitals.usual(chart, visit)
    labs.single(chart, visit, assays.A1C, near(_A1C[year], 0.15))
    labs.metabolic(chart, visit, creatinine=_CREATININE[year], glucose=130 + 5 * (year % 4))
    if quarter % 2:
        labs.single(chart, visit, assays.URINE_ALBUMIN, near(_ALBUMIN[year], 4))
        labs.blood_count(chart, visit, hemoglobin=14.2 - year * 0.22)
    if quarter % 4 == 0:
        labs.lipids(chart, visit, ldl=130 if year == 0 else 82)
    if year > 8:
        labs.single(chart, visit, assays.NATRIURETIC, near(240 + 90 * (year - 8), 25))


def _treated(
    chart: Chart, visit: Visit, quarter: int, diabetes: r4.Condition, tension: r4.Condition
) -> None:
    match quarter:
        case 4:
            prescribe(chart, visit, facts.METFORMIN_1000, diabetes, until=chart.weeks_ago(80))
        case 10:
            prescribe(chart, visit, facts.LISINOPRIL_20, tension)
        case 16:
            nerves = chart.problem(diagnoses.NEUROPATHY, visit)
            prescribe(chart, visit, pharmacy.GABAPENTIN, nerves)
        case 24:
            chart.problem(diagnoses.ALBUMINURIA, visit)
            prescribe(chart, visit, facts.AMLODIPINE_5, tension)
        case 31:
            chart.problem(diagnoses.DIABETIC_KIDNEY, visit)
            prescribe(chart, visit, facts.EMPAGLIFLOZIN, diabetes)
        case 38:
            prescribe(chart, visit, pharmacy.GLARGINE, diabetes)
        case 42:
            heart = chart.problem(facts.HEART_FAILURE, visit)
            prescribe(chart, visit, pharmacy.CARVEDILOL, heart)
            prescribe(chart, visit, facts.FUROSEMIDE, heart)
        case _:
            return
