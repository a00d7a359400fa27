"""Blood pressure that comes down under treatment, atrial fibrillation, and a failing heart."""

from __future__ import annotations

from datetime import timedelta

from osler.main.sample import assays, facts, labs, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.make import at
from osler.main.sample.treatments import prescribe


def hypertension(chart: Chart) -> None:
    """Found three years ago; one drug, then a higher dose and a second one, and it is controlled."""
    found = chart.visit(chart.weeks_ago(156), FOLLOW_UP, "High blood pressure")
    vitals.blood_pressure(chart, found, *_reading(chart, 162))
    vitals.usual(chart, found)
    condition = chart.problem(facts.HYPERTENSION, found)
    labs.metabolic(chart, found)
    first = chart.weeks_ago(104)
    prescribe(chart, found, facts.LISINOPRIL_10, condition, until=first)
    note(
        chart,
        found,
        ["Blood pressure high on three occasions, no symptoms."],
        [
            "Start lisinopril 10 mg",
            "Less salt, walk daily",
            "Basic metabolic panel",
            "Back in a month",
        ],
    )
    for weeks, target in ((150, 150), (137, 147), (104, 149), (98, 138), (78, 136)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Blood pressure follow-up")
        vitals.blood_pressure(chart, visit, *_reading(chart, target))
        vitals.sign(chart, visit, vitals.HEART_RATE, round(chart.random.gauss(72, 6)))
        if weeks == 104:
            prescribe(chart, visit, facts.LISINOPRIL_20, condition)
            prescribe(chart, visit, facts.AMLODIPINE_5, condition)
    _controlled(chart)
    if chart.number % 3 == 0:
        _at_home(chart)


def _at_home(chart: Chart) -> None:
    """Twice a week, morning and evening, for the last two months; better as the weeks go by."""
    for number in range(16):
        day = chart.today - timedelta(days=58 - int(number * 3.5))
        for hour, more in ((7, 4), (20, 0)):
            upper = round(chart.random.gauss(138 - number * 0.8 + more, 4))
            lower = round(upper * 0.45 + chart.random.gauss(22, 2.5))
            vitals.home_pressure(chart, at(day, hour, 10, chart.zone), upper, lower)


def _controlled(chart: Chart) -> None:
    for weeks in (52, 26, 8):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Blood pressure follow-up")
        vitals.blood_pressure(chart, visit, *_reading(chart, 127))
        vitals.usual(chart, visit)
        if weeks != 26:
            labs.metabolic(chart, visit)
            labs.lipids(chart, visit, ldl=118 if weeks == 52 else 104)
        if weeks == 8:
            findings = ["Feels well. Home readings around 125/78. No swelling, no cough."]
            note(chart, visit, findings, ["Continue lisinopril and amlodipine", "Back in 6 months"])


def fibrillation(chart: Chart) -> None:
    """Atrial fibrillation with rate control and anticoagulation."""
    found = chart.visit(chart.weeks_ago(90), FOLLOW_UP, "Palpitations", minutes=40)
    vitals.blood_pressure(chart, found, *_reading(chart, 138))
    vitals.sign(chart, found, vitals.HEART_RATE, 124)
    condition = chart.problem(facts.ATRIAL_FIBRILLATION, found)
    labs.single(chart, found, assays.TSH, chart.random.gauss(2.1, 0.4))
    prescribe(chart, found, facts.APIXABAN, condition)
    prescribe(chart, found, facts.METOPROLOL, condition)
    note(
        chart,
        found,
        ["Irregular pulse, electrocardiogram shows atrial fibrillation."],
        ["Apixaban 5 mg twice a day", "Metoprolol succinate 50 mg", "Echocardiogram"],
    )
    for weeks in (84, 58, 32, 6):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Atrial fibrillation follow-up")
        vitals.blood_pressure(chart, visit, *_reading(chart, 128))
        vitals.sign(chart, visit, vitals.HEART_RATE, round(chart.random.gauss(76, 5)))
        labs.blood_count(chart, visit, hemoglobin=14)


def failure(chart: Chart) -> None:
    """Heart failure: weight goes up with fluid and comes down with a diuretic."""
    found = chart.visit(chart.weeks_ago(120), FOLLOW_UP, "Swollen legs", minutes=40)
    condition = chart.problem(facts.HEART_FAILURE, found)
    vitals.blood_pressure(chart, found, *_reading(chart, 142))
    vitals.sign(chart, found, vitals.WEIGHT, 71.4)
    vitals.sign(chart, found, vitals.SATURATION, 93)
    labs.metabolic(chart, found, creatinine=1.1)
    for drug in (facts.FUROSEMIDE, facts.LISINOPRIL_10, facts.METOPROLOL):
        prescribe(chart, found, drug, condition)
    note(
        chart,
        found,
        ["Short of breath on stairs, ankles swollen, fine crackles at both bases."],
        [
            "Furosemide 40 mg",
            "Lisinopril 10 mg",
            "Weigh every morning",
            "Call if 2 kg up in 3 days",
        ],
    )
    for weeks, weight in ((117, 68.2), (104, 66.9), (78, 66.1), (52, 66.4), (26, 65.8), (4, 66.0)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Heart failure follow-up")
        vitals.blood_pressure(chart, visit, *_reading(chart, 122))
        vitals.sign(chart, visit, vitals.WEIGHT, weight)
        vitals.usual(chart, visit)
        labs.metabolic(chart, visit, creatinine=1.15)
        labs.single(chart, visit, assays.NATRIURETIC, chart.random.gauss(900, 120))
    _weighed(chart)


def _weighed(chart: Chart) -> None:
    """Every morning for four weeks; in the last three days the weight goes up."""
    _, usual = vitals.frame(chart)
    for days in range(28, 0, -1):
        fluid = max(0.0, 4 - days) * 0.6
        morning = at(chart.today - timedelta(days=days), 6, 50, chart.zone)
        vitals.home_weight(chart, morning, usual + fluid + chart.random.gauss(0, 0.15))


def _reading(chart: Chart, systolic: int) -> tuple[int, int]:
    """A systolic value near this one, with the diastolic that usually goes with it."""
    upper = round(chart.random.gauss(systolic, 3))
    return upper, round(upper * 0.45 + chart.random.gauss(22, 2.5))
