"""Other conditions that people live with for years."""

from __future__ import annotations

from osler.main.sample import assays, facts, labs, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.treatments import prescribe


def thyroid(chart: Chart) -> None:
    """TSH comes down once levothyroxine is taken."""
    condition = None
    for weeks, tsh, t4 in (
        (170, 9.4, 0.7),
        (160, 5.1, 0.9),
        (148, 2.8, 1.2),
        (96, 2.4, 1.2),
        (44, 2.6, 1.1),
    ):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Thyroid follow-up")
        vitals.usual(chart, visit)
        labs.single(chart, visit, assays.TSH, chart.random.gauss(tsh, 0.1))
        labs.single(chart, visit, assays.FREE_T4, chart.random.gauss(t4, 0.03))
        if condition is None:
            condition = chart.problem(facts.HYPOTHYROIDISM, visit)
            prescribe(chart, visit, facts.LEVOTHYROXINE_50, condition)
            findings = [f"Tired, cold, dry skin. TSH {tsh}."]
            note(chart, visit, findings, ["Levothyroxine 50 mcg", "TSH in 8 weeks"])


def asthma(chart: Chart) -> None:
    """A reliever for all, and a controller after a winter of wheezing."""
    first = chart.visit(chart.weeks_ago(100), FOLLOW_UP, "Wheezing")
    condition = chart.problem(facts.ASTHMA, first)
    vitals.usual(chart, first)
    vitals.sign(chart, first, vitals.SATURATION, 94)
    prescribe(chart, first, facts.ALBUTEROL, condition)
    second = chart.visit(chart.weeks_ago(70), FOLLOW_UP, "Asthma follow-up")
    vitals.usual(chart, second)
    prescribe(chart, second, facts.FLUTICASONE, condition)
    findings = ["Wheezing three nights a week in winter; inhaler technique shown and corrected."]
    note(chart, second, findings, ["Add fluticasone twice a day", "Spacer", "Asthma action plan"])
    vitals.usual(chart, chart.visit(chart.weeks_ago(24), FOLLOW_UP, "Asthma follow-up"))


def anemia(chart: Chart) -> None:
    """Hemoglobin and ferritin recover on iron."""
    condition = None
    for weeks, red, ferritin, volume in ((50, 9.6, 6, 74), (42, 11.2, 18, 79), (24, 12.8, 41, 86)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Tiredness")
        vitals.usual(chart, visit)
        labs.blood_count(chart, visit, hemoglobin=red, volume=volume)
        labs.single(chart, visit, assays.FERRITIN, ferritin)
        if condition is None:
            condition = chart.problem(facts.IRON_DEFICIENCY, visit)
            prescribe(chart, visit, facts.IRON, condition)


def reflux(chart: Chart) -> None:
    """Heartburn, settled by a capsule a day."""
    visit = chart.visit(chart.weeks_ago(64), FOLLOW_UP, "Heartburn")
    vitals.usual(chart, visit)
    prescribe(chart, visit, facts.OMEPRAZOLE, chart.problem(facts.REFLUX, visit))


def migraine(chart: Chart) -> None:
    """Two or three attacks a month."""
    visit = chart.visit(chart.weeks_ago(80), FOLLOW_UP, "Headache", minutes=30)
    vitals.blood_pressure(chart, visit, 112, 70)
    condition = chart.problem(facts.MIGRAINE, visit)
    prescribe(chart, visit, facts.SUMATRIPTAN, condition)
    findings = ["One-sided throbbing headache with nausea, light hurts. Neurological exam normal."]
    note(chart, visit, findings, ["Sumatriptan 50 mg at the first sign", "Headache diary"])


def knee(chart: Chart) -> None:
    """Worn cartilage."""
    visit = chart.visit(chart.weeks_ago(110), FOLLOW_UP, "Knee pain")
    vitals.usual(chart, visit)
    prescribe(chart, visit, facts.ACETAMINOPHEN, chart.problem(facts.OSTEOARTHRITIS, visit))


def osteoporosis(chart: Chart) -> None:
    """A tablet a week."""
    visit = chart.visit(chart.weeks_ago(88), FOLLOW_UP, "Bone density result")
    prescribe(chart, visit, facts.ALENDRONATE, chart.problem(facts.OSTEOPOROSIS, visit))


def hay_fever(chart: Chart) -> None:
    """Every spring."""
    visit = chart.visit(chart.weeks_ago(30), FOLLOW_UP, "Sneezing and itchy eyes")
    vitals.usual(chart, visit)
    prescribe(chart, visit, facts.CETIRIZINE, chart.problem(facts.HAY_FEVER, visit))
