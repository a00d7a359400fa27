"""Cancer that is over, recovery, a vitamin, a mask at night, and an allergy that can kill."""

from __future__ import annotations

from osler.main.sample import assays, diagnoses, labs, pharmacy, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.make import TERMINOLOGY, Code
from osler.main.sample.stories.young import label
from osler.main.sample.treatments import prescribe

_SUBSTANCE = Code(
    f"{TERMINOLOGY}/v3-ActCode", "SUD", "substance use disorder information sensitivity"
)


def survivor(chart: Chart) -> None:
    """Breast cancer six years ago; a tablet a day, a mammogram a year."""
    condition = None
    for weeks in (280, 228, 176, 124, 72, 20):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "After breast cancer", minutes=30)
        vitals.usual(chart, visit)
        vitals.sign(chart, visit, vitals.WEIGHT, chart.random.gauss(71, 0.8))
        labs.blood_count(chart, visit, hemoglobin=13.1)
        if condition is None:
            condition = chart.problem(diagnoses.BREAST_CANCER, visit, onset=chart.weeks_ago(318))
            prescribe(chart, visit, pharmacy.ANASTROZOLE, condition)
        findings = ["No lump, no pain, no weight loss. Mammogram without suspicion."]
        note(chart, visit, findings, ["Continue anastrozole", "Mammogram in 12 months"])


def recovery(chart: Chart) -> None:
    """Opioid use disorder, three years without use; 42 CFR Part 2 protects it."""
    before = len(chart.resources)
    for weeks in (156, 104, 52, 24, 4):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Recovery visit", minutes=30)
        vitals.usual(chart, visit)
        if weeks == 156:
            prescribe(chart, visit, pharmacy.BUPRENORPHINE, chart.problem(diagnoses.OPIOID, visit))
        findings = ["No use, works full time, sponsor weekly. Urine as expected."]
        note(chart, visit, findings, ["Continue buprenorphine and naloxone", "Back in 4 weeks"])
    for resource in chart.resources[before:]:
        label(resource, _SUBSTANCE)


def vitamin(chart: Chart) -> None:
    """Numb toes, and B12 that comes back."""
    condition = None
    for weeks, value in ((70, 128), (58, 290), (22, 540)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Numb toes")
        labs.single(chart, visit, assays.COBALAMIN, value)
        labs.blood_count(chart, visit, hemoglobin=12.4, volume=104 if weeks == 70 else 93)
        if condition is None:
            condition = chart.problem(diagnoses.B12, visit)
            prescribe(chart, visit, pharmacy.B12, condition)


def apnea(chart: Chart) -> None:
    """A mask every night."""
    visit = chart.visit(chart.weeks_ago(90), FOLLOW_UP, "Snoring and sleepiness", minutes=30)
    vitals.body(chart, visit, *vitals.frame(chart))
    vitals.usual(chart, visit)
    chart.problem(diagnoses.SLEEP_APNEA, visit)
    note(chart, visit, ["Sleep study: 34 events an hour."], ["Positive airway pressure 9 cm"])
