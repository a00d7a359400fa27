"""Old age: many drugs and falls, a mechanical valve and its INR, lungs that smoked, and a failing memory."""

from __future__ import annotations

from datetime import timedelta

from osler.main.sample import assays, diagnoses, facts, labs, pharmacy, vitals
from osler.main.sample.chart import FOLLOW_UP, SICK_VISIT, Chart
from osler.main.sample.documents import note
from osler.main.sample.treatments import prescribe

_FOURTEEN = (  # problem, since weeks, its drugs
    (facts.HYPERTENSION, 520, (facts.LISINOPRIL_10, facts.AMLODIPINE_5)),
    (diagnoses.CORONARY, 400, (pharmacy.ASPIRIN, facts.ATORVASTATIN_20, facts.METOPROLOL)),
    (facts.OSTEOARTHRITIS, 380, (facts.ACETAMINOPHEN,)),
    (facts.HYPOTHYROIDISM, 360, (facts.LEVOTHYROXINE_50,)),
    (facts.OSTEOPOROSIS, 300, (facts.ALENDRONATE, pharmacy.VITAMIN_D)),
    (diagnoses.INCONTINENCE, 200, (pharmacy.MIRABEGRON,)),
    (diagnoses.GLAUCOMA, 190, (pharmacy.LATANOPROST,)),
    (diagnoses.CONSTIPATION, 150, (pharmacy.SENNA,)),
    (diagnoses.INSOMNIA, 60, (pharmacy.TRAZODONE,)),
    (facts.REFLUX, 260, (pharmacy.PANTOPRAZOLE,)),
)
_FALLS = ((30, 3), (14, 1), (5, 2))  # weeks ago, falls since the last visit
_INR = (2.9, 3.1, 2.4, 2.8, 3.3, 3.8, 3.0, 2.7, 2.6, 3.2, 1.9, 2.5, 3.0, 3.4, 2.8, 3.1, 4.2, 3.3)
_EXACERBATIONS = (70, 34)


def elder(chart: Chart) -> None:
    """Fourteen drugs for ten problems, three falls in a year."""
    for number, (problem, weeks, drugs) in enumerate(_FOURTEEN):
        visit = chart.visit(chart.weeks_ago(weeks + number % 3), FOLLOW_UP, problem.name)
        condition = chart.problem(problem, visit)
        vitals.blood_pressure(chart, visit, round(chart.random.gauss(138, 6)), 76)
        for drug in drugs:
            prescribe(chart, visit, drug, condition)
    for number, (weeks, falls) in enumerate(_FALLS):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Fall at home", minutes=40)
        vitals.blood_pressure(chart, visit, 118 - 3 * number, 62)
        vitals.usual(chart, visit)
        vitals.sign(chart, visit, vitals.WEIGHT, 54.2 - 0.9 * number)
        vitals.pain(chart, visit, 4 - number)
        if number == 0:
            chart.problem(diagnoses.FALLS, visit)
        labs.metabolic(chart, visit, creatinine=1.02)
        findings = [f"{falls} falls since the last visit, none with loss of consciousness."]
        plan = ["Review all drugs that lower blood pressure", "Physical therapy", "Night light"]
        note(chart, visit, findings, plan)


def warfarin(chart: Chart) -> None:
    """A mechanical aortic valve; the INR every few weeks, sometimes too low or too high."""
    found = chart.visit(chart.weeks_ago(300), FOLLOW_UP, "After valve replacement", minutes=40)
    condition = chart.problem(diagnoses.VALVE, found, onset=chart.weeks_ago(310))
    vitals.blood_pressure(chart, found, 128, 74)
    prescribe(chart, found, pharmacy.WARFARIN, condition)
    prescribe(chart, found, facts.METOPROLOL, condition)
    for number, value in enumerate(_INR):
        visit = chart.visit(chart.weeks_ago(4 * (len(_INR) - number)), FOLLOW_UP, "INR check")
        labs.single(chart, visit, assays.INR, value)
        vitals.blood_pressure(chart, visit, round(chart.random.gauss(128, 5)), 72)
        if value > 4:
            findings = [f"INR {value}. Took an antibiotic from the dentist. No bleeding."]
            note(chart, visit, findings, ["Hold one dose", "INR in 5 days", "Call if bleeding"])
        elif value < 2:
            findings = [f"INR {value}. Missed two tablets while traveling."]
            note(chart, visit, findings, ["Extra half tablet today", "INR in one week"])
    last = chart.visit(chart.weeks_ago(11), FOLLOW_UP, "Blood count on warfarin")
    labs.blood_count(chart, last, hemoglobin=12.6)


def copd(chart: Chart) -> None:
    """Forty years of smoking; two exacerbations, fewer since the inhaler."""
    found = chart.visit(chart.weeks_ago(150), FOLLOW_UP, "Cough and breathlessness", minutes=40)
    condition = chart.problem(diagnoses.COPD, found)
    vitals.usual(chart, found)
    vitals.sign(chart, found, vitals.SATURATION, 92)
    prescribe(chart, found, pharmacy.TIOTROPIUM, condition)
    prescribe(chart, found, facts.ALBUTEROL, condition)
    findings = ["Spirometry: FEV1 58 % of predicted, ratio 0.61 after a bronchodilator."]
    note(chart, found, findings, ["Tiotropium once a day", "Stop smoking: quit date set"])
    for weeks in _EXACERBATIONS:
        visit = chart.visit(chart.weeks_ago(weeks), SICK_VISIT, "COPD exacerbation", minutes=30)
        vitals.usual(chart, visit, fever=0.5)
        vitals.sign(chart, visit, vitals.SATURATION, 89)
        over = visit.day + timedelta(days=5)
        prescribe(chart, visit, pharmacy.PREDNISONE, condition, until=over)
        note(chart, visit, ["More breathless, yellow sputum, wheeze."], ["Prednisone for 5 days"])
    last = chart.visit(chart.weeks_ago(9), FOLLOW_UP, "COPD follow-up")
    vitals.usual(chart, last)
    vitals.sign(chart, last, vitals.SATURATION, 93)


def dementia(chart: Chart) -> None:
    """Names and stoves forgotten; his daughter comes along."""
    for weeks, score in ((88, 24), (50, 22), (12, 20)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Memory", minutes=40)
        vitals.blood_pressure(chart, visit, 132, 74)
        if weeks == 88:
            condition = chart.problem(diagnoses.DEMENTIA, visit)
            prescribe(chart, visit, pharmacy.DONEPEZIL, condition)
            labs.single(chart, visit, assays.COBALAMIN, 410)
            labs.single(chart, visit, assays.TSH, 1.9)
        findings = [f"Cognitive screen {score} of 30. Dresses himself, no longer drives."]
        note(chart, visit, findings, ["Donepezil 5 mg", "Daughter keeps the pill box"])


def prostate(chart: Chart) -> None:
    """Up three times a night."""
    for weeks, antigen in ((130, 2.1), (78, 2.4), (20, 2.6)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Weak stream")
        labs.single(chart, visit, assays.PROSTATE_ANTIGEN, antigen)
        if weeks == 130:
            prescribe(chart, visit, pharmacy.TAMSULOSIN, chart.problem(diagnoses.PROSTATE, visit))
